"""Prepares exports, reads them in every way in turn, and prints a table of medians and ratios."""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from .service import Nginx, Simulator, place_of
from .shapes import SHAPES


@dataclass
class Run:
    """What a run of a program took."""

    seconds: float
    memory: int
    busy: float
    chunks: int
    output: str


@dataclass
class Way:
    """A way to read a shape: the program, and the server that it asks, if any."""

    command: list[str]
    environment: dict[str, str]
    server: Nginx | None = None

    def run(self) -> Run:
        """Runs it: seconds, peak memory in MiB, seconds of processor, chunks asked for."""
        before = self.server.chunks_so_far() if self.server else 0
        began = time.perf_counter()
        process = subprocess.Popen(
            self.command, env=os.environ | self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        # Both are short.
        output, errors = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        if status != 0:
            sys.exit(f"{' '.join(self.command)} failed:\n{output.decode()}{errors.decode()}")
        chunks = self.server.chunks_so_far() - before if self.server else 0
        return Run(took, usage.ru_maxrss // 1024, usage.ru_utime + usage.ru_stime, chunks, output.decode())


def result_folder() -> Path:
    """Where results are written: to memory, where that is a place, because nobody wants to measure disks."""
    memory = Path("/dev/shm")
    room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 << 30
    return Path(tempfile.mkdtemp(prefix="bench-exports-", dir=memory if room else None))


def own_ways(program: str, name: str, place: Path, out: Path, plain: Nginx, packed: Nginx) -> dict[str, Way]:
    """What this program does."""
    figure = SHAPES[name].figure
    everything, total = 'SELECT * FROM "E"', f'SELECT sum("{figure}") FROM "E"'

    def way(server, *arguments: str):
        # The simulator keeps no log of chunks.
        return Way([program, "--quiet", "--connect", connection(server.url), *arguments], home(place), server)

    return {
        "own, all to Arrow": way(packed, "-c", everything, "-o", f"{out}/own.arrow"),
        "own, all to Parquet": way(packed, "-c", everything, "-o", f"{out}/own.parquet"),
        "own, plain, all to Arrow": way(plain, "-c", everything, "-o", f"{out}/own.arrow"),
        "own, all to Arrow, thrown away": way(packed, "-c", everything, "--format", "arrow", "-o", "/dev/null"),
        "own, sum": way(packed, "-c", total),
        "own, plain, sum": way(plain, "-c", total),
        "own, LIMIT 10": way(packed, "-c", everything + " LIMIT 10"),
    }


def other_ways(options, name: str, place: Path, out: Path, packed: Nginx) -> dict[str, Way]:
    """What one would use instead, and the least that is possible with well-known parts."""

    def way(what: str, source: str, server: Nginx | None = None):
        module = [sys.executable, "-m", "scripts.bench_exports.others"]
        return Way([*module, what, name, source, f"{out}/{what}"], {}, server)

    file = str(place / "file.csv")
    chunks = str(next(place.glob("www/2/0/models/*/files/*/chunks")))
    return {
        "SDK + Polars, all to Arrow": way("sdk-arrow", packed.url, packed),
        "SDK + Polars, all to Parquet": way("sdk-copy", packed.url, packed),
        "SDK + Polars, sum": way("sdk-sum", packed.url, packed),
        "Polars on the file, all to Arrow": way("polars-arrow", file),
        "DuckDB on the file, sum": way("duckdb-sum", file),
        "Polars on the file, sum": way("polars-sum", file),
        FLOOR: Way([options.floor, chunks, ",".join(SHAPES[name].columns.values())], {}),
    }


def simulated_ways(options, name: str, place: Path, simulator: Simulator) -> dict[str, Way]:
    """The same from the simulator, which packs what it sends."""
    figure = SHAPES[name].figure
    module = [sys.executable, "-m", "scripts.bench_exports.others"]
    own = [options.program, "--quiet", "--connect", connection(simulator.url)]
    return {
        "own, sum, from the simulator": Way([*own, "-c", f'SELECT sum("{figure}") FROM "E"'], home(place)),
        "SDK + Polars, sum, from the simulator": Way([*module, "sdk-sum", name, simulator.url, ""], {}),
    }


def connection(url: str) -> str:
    return f"Endpoint={url};AuthScheme=Basic;User=bench@example.com;Password=bench;Workspace=W;Model=M"


def home(place: Path) -> dict[str, str]:
    return {"HOME": str(place), "XDG_STATE_HOME": str(place / "state"), "NO_PROXY": "*"}


FLOOR = "libdeflate and arrow-csv, one thread"

# The second divided by the first.
RATIOS = [
    ("own, all to Arrow", "SDK + Polars, all to Arrow"),
    ("own, all to Parquet", "SDK + Polars, all to Parquet"),
    ("own, sum", "SDK + Polars, sum"),
    ("DuckDB on the file, sum", "own, sum"),
    ("Polars on the file, sum", "own, sum"),
    ("own, sum, from the simulator", "SDK + Polars, sum, from the simulator"),
]


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-exports")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--program", required=True)
    parser.add_argument("--floor", required=True)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / "bench-exports")
    parser.add_argument("--own", action="store_true", help="run this program only")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    for name in options.shapes.split(","):
        count = max(1000, int(options.rows * SHAPES[name].share))
        medians = measure(options, name, count)
        # Whether time grows with the file, and memory doesn't.
        if name == "mixed":
            twice = measure(options, name, 2 * count, own=True)
            print("\n| twice as many rows | time | peak memory |\n|---|---|---|")
            for way in ("own, all to Arrow", "own, sum"):
                once, double = medians[way], twice[way]
                print(f"| {way} | {double.seconds / once.seconds:.2f} | {double.memory / once.memory:.2f} |")


def measure(options, name: str, count: int, own: bool = False) -> dict[str, Run]:
    """Runs every way in turn, and prints and gives the medians."""
    place = place_of(name, count, options.data)
    # In a process of its own: see shapes.
    prepare = [sys.executable, "-m", "scripts.bench_exports.service", name, str(count), str(options.data)]
    subprocess.run(prepare, check=True)
    size = (place / "file.csv").stat().st_size
    print(f"\n{name}: {count:,} rows, {len(SHAPES[name].columns)} columns, {size / 1e6:.0f} MB\n", flush=True)
    with ExitStack() as servers:
        plain, packed, simulator = (
            servers.enter_context(closing(server()))
            for server in (
                lambda: Nginx(place, packed=False),
                lambda: Nginx(place, packed=True),
                lambda: Simulator(place, name, options.program),
            )
        )
        out = result_folder()
        servers.callback(shutil.rmtree, out)
        ways = own_ways(options.program, name, place, out, plain, packed)
        if not own and not options.own:
            ways |= other_ways(options, name, place, out, packed) | simulated_ways(options, name, place, simulator)
        runs: dict[str, list[Run]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            # In turn, so that whatever else the machine does falls on all of them.
            for way, what in ways.items():
                runs[way].append(what.run())
                for result in out.iterdir():
                    result.unlink()
    medians = {}
    print("| | seconds | MB/s of the file | core-seconds | peak MiB | chunks |\n|---|---|---|---|---|---|")
    for way, results in runs.items():
        took, memory, busy, chunks = (
            statistics.median(getattr(run, what) for run in results) for what in ("seconds", "memory", "busy", "chunks")
        )
        medians[way] = Run(took, memory, busy, chunks, results[0].output)
        print(f"| {way} | {took:.2f} | {size / 1e6 / took:.0f} | {busy:.2f} | {memory:.0f} | {chunks or ''} |")
    if FLOOR in runs:
        compare(medians, runs[FLOOR])
    return medians


def compare(medians: dict[str, Run], floors: list[Run]):
    """Prints the ratios of the medians."""
    parts = [json.loads(run.output) for run in floors]
    floor = statistics.median(part["unpacking"] + part["parsing"] for part in parts) / (os.cpu_count() or 1)
    print("\n| ratio of the medians | time | peak memory |\n|---|---|---|")
    for first, second in RATIOS:
        one, other = medians[first], medians[second]
        print(f"| {second} / {first} | {other.seconds / one.seconds:.2f} | {other.memory / one.memory:.2f} |")
    own = medians["own, all to Arrow, thrown away"].seconds / floor
    print(f"| own, all to Arrow, thrown away / libdeflate and arrow-csv over all cores ({floor:.2f} s) | {own:.2f} | |")


if __name__ == "__main__":
    main()

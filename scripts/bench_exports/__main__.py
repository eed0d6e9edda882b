"""Prepares exports, reads them in every way in turn, and prints a table of medians and ratios."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from .service import Nginx, prepare
from .shapes import SHAPES


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, int, float]:
    """Runs a program: seconds, peak memory in MiB, seconds of processor."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # Both are short.
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{' '.join(command)} failed:\n{output.decode()}{errors.decode()}")
    return took, usage.ru_maxrss // 1024, usage.ru_utime + usage.ru_stime


def ways(program: str, name: str, place: Path, plain: str, packed: str) -> dict[str, tuple[list[str], dict]]:
    """Every way to read a shape: its command and environment."""
    file, out = str(place / "file.csv"), str(place / "out")
    figure = SHAPES[name].figure
    home = {"HOME": str(place), "XDG_STATE_HOME": str(place / "state"), "NO_PROXY": "*"}

    def own(url: str, *arguments: str):
        connection = f"Endpoint={url};AuthScheme=Basic;User=bench@example.com;Password=bench;Workspace=W;Model=M"
        return [program, "--quiet", "--connect", connection, *arguments], home

    def other(what: str, source: str):
        return [sys.executable, "-m", "scripts.bench_exports.others", what, name, source, f"{out}.{what}"], {}

    everything, total = 'SELECT * FROM "E"', f'SELECT sum("{figure}") FROM "E"'
    return {
        "own, all to Arrow": own(packed, "-c", everything, "-o", f"{out}.arrow"),
        "own, all to Parquet": own(packed, "-c", everything, "-o", f"{out}.parquet"),
        "own, plain, all to Arrow": own(plain, "-c", everything, "-o", f"{out}.arrow"),
        "SDK + Polars, all to Arrow": other("sdk-arrow", packed),
        "SDK + Polars, all to Parquet": other("sdk-copy", packed),
        "Polars on the file, all to Arrow": other("polars-arrow", file),
        "own, sum": own(packed, "-c", total),
        "own, plain, sum": own(plain, "-c", total),
        "SDK + Polars, sum": other("sdk-sum", packed),
        "DuckDB on the file, sum": other("duckdb-sum", file),
        "Polars on the file, sum": other("polars-sum", file),
        "own, LIMIT 10": own(packed, "-c", everything + " LIMIT 10"),
    }


RATIOS = [
    ("own, all to Arrow", "SDK + Polars, all to Arrow"),
    ("own, all to Parquet", "SDK + Polars, all to Parquet"),
    ("own, sum", "SDK + Polars, sum"),
    ("own, sum", "DuckDB on the file, sum"),
    ("own, sum", "Polars on the file, sum"),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / "bench-exports")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    for name in options.shapes.split(","):
        count = max(1000, int(options.rows * SHAPES[name].share))
        place = prepare(name, count, options.data)
        servers = [Nginx(place, packed=False), Nginx(place, packed=True)]
        try:
            measure(options, name, count, place, *servers)
        finally:
            for server in servers:
                server.stop()


def measure(options, name: str, count: int, place: Path, plain: Nginx, packed: Nginx):
    size = (place / "file.csv").stat().st_size
    print(f"\n{name}: {count:,} rows, {len(SHAPES[name].columns)} columns, {size / 1e6:.0f} MB\n")
    commands = ways(options.program, name, place, plain.url, packed.url)
    results = {way: [] for way in commands}
    for _ in range(options.rounds):
        # In turn, so that whatever else the machine does falls on all of them.
        for way, (command, environment) in commands.items():
            results[way].append(measured(command, environment))
    print("| | seconds | MB/s of the file | core-seconds | peak MiB |")
    print("|---|---|---|---|---|")
    medians = {}
    for way, runs in results.items():
        took, memory, busy = (statistics.median(run[n] for run in runs) for n in range(3))
        medians[way] = took
        print(f"| {way} | {took:.2f} | {size / 1e6 / took:.0f} | {busy:.2f} | {memory:.0f} |")
    print("\n| ratio of the medians | |\n|---|---|")
    for own, other in RATIOS:
        print(f"| {other} / {own} | {medians[other] / medians[own]:.2f} |")


if __name__ == "__main__":
    main()

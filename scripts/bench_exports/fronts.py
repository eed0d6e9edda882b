"""What the front ends cost beside the program's own output: rows of the mixed export as CSV, through ADBC into pyarrow,
and a tenth of them through the Postgres server into psycopg; once more with twice as many rows.
`scripts/bench-exports fronts`."""

import argparse
import os
import re
import statistics
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from .__main__ import Run, Way, connection, home
from .service import Nginx, place_of

SHAPE, PASSWORD = "mixed", "bench"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-exports fronts")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", required=True)
    parser.add_argument("--library", type=Path, required=True, help="the ADBC driver")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / "bench-exports")
    options = parser.parse_args()
    print("| | rows | seconds | rows/s | core-seconds | peak MiB |\n|---|---|---|---|---|---|")
    for count in (options.rows, 2 * options.rows):
        prepare = [sys.executable, "-m", "scripts.bench_exports.service", SHAPE, str(count), str(options.data)]
        subprocess.run(prepare, check=True)
        with ExitStack() as servers:
            measure(options, count, place_of(SHAPE, count, options.data), servers)


class Server:
    """The Postgres server, whose memory and processor are counted too."""

    def __init__(self, program: str, connect: str, environment: dict[str, str]):
        self.process = subprocess.Popen(
            [program, "serve", "--connect", connect, "--listen", "127.0.0.1:0"],
            env=os.environ | environment | {"ANAPLAN_SQL_SERVE_PASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in self.process.stdout:
            if port := re.search(r"127\.0\.0\.1:(\d+)", line):
                self.port = port[1]
                return
        raise RuntimeError("the server doesn't start")

    def used(self) -> tuple[float, int]:
        """Core-seconds, and the most MiB, so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        busy = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return busy, int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024

    def close(self):
        self.process.terminate()
        self.process.wait()


def measure(options, count: int, place: Path, servers: ExitStack):
    nginx = servers.enter_context(closing(Nginx(place, packed=True)))
    environment = home(place) | {"ADBC_DRIVER_ANAPLAN_LIBRARY": str(options.library.absolute())}
    connect = connection(nginx.url)

    def client(what: str, where: str, rows: int) -> Way:
        return Way([sys.executable, "-m", "scripts.bench_exports.clients", what, where, str(rows)], environment)

    def served(what: str, rows: int) -> Run:
        # A new one each time: memory is that of this query.
        with closing(Server(options.program, connect, environment)) as server:
            run = client(what, server.port, rows).run()
            busy, memory = server.used()
            return Run(run.seconds, memory, run.busy + busy, 0, run.output)

    own = [options.program, "--quiet", "--connect", connect, "-c", 'SELECT * FROM "E"']
    few = count // 10
    ways = {
        "own, CSV": (Way([*own, "--format", "csv", "-o", "/dev/null"], environment).run, count),
        "ADBC, batches of pyarrow": (client("adbc-batches", connect, count).run, count),
        "ADBC, a table of pyarrow": (client("adbc-table", connect, count).run, count),
        "Postgres, rows of psycopg (memory: the server's)": (lambda: served("psycopg-rows", few), few),
        "Postgres, COPY into psycopg (memory: the server's)": (lambda: served("psycopg-copy", few), few),
    }
    results = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, (run, _) in ways.items():
            results[name].append(run())
    for name, runs in results.items():
        rows = ways[name][1]
        took, busy, memory = (statistics.median(getattr(run, what) for run in runs) for what in ("seconds", "busy", "memory"))
        print(f"| {name} | {rows:,} | {took:.2f} | {rows / took:,.0f} | {busy:.2f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()

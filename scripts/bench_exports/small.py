"""What small things cost: starting, the first row, items of a list, cells of a module, an upload; beside the Python SDK
where it does the same. `scripts/bench-exports small`. All of it against the simulator, which shares the cores."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from .__main__ import Way

MODEL, WORKSPACE = "A" * 32, "8" * 32
USER, PASSWORD = "bench@example.com", "bench"
ITEMS, PRODUCTS, UPLOAD = 900_000, 5_000, 500_000_000
LIST, MODULE, EXPORT, FILE = "101000000001", "102000000001", "116000000001", "113000000001"

SCENARIO = f"""
[[users]]
email = "{USER}"
password = "{PASSWORD}"

[[workspaces]]
name = "W"
id = "{WORKSPACE}"

[[models]]
name = "M"
id = "{MODEL}"

[models.calendar]
past_years = 0

[[lists]]
name = "Items"
id = "{LIST}"
properties = [{{ name = "Since", format = "date" }}, {{ name = "Credit limit", format = "number" }}]
generate = {{ count = {ITEMS}, seed = 2, name = "Item #######", code = "C#######" }}

[[lists]]
name = "Products"
generate = {{ count = {PRODUCTS}, seed = 3, name = "Product ####", code = "P####" }}

# Below what one answer may have.
[[modules]]
name = "Figures"
id = "{MODULE}"
dimensions = ["Products", "Time"]
line_items = [{", ".join(f'{{ name = "Figure {n}", random = [0, 10_000], seed = {n} }}' for n in range(1, 11))}]

[[exports]]
name = "Small"
id = "{EXPORT}"
columns = [{{ name = "Code", sequence = "C####" }}, {{ name = "Amount", type = "NUMBER", range = [0, 1000] }}]
generate = {{ rows = 1000 }}

[[files]]
name = "Upload"
id = "{FILE}"
headers = ["Code", "Amount"]

[limits]
requests_per_minute = 0
task_queued = "0s"
task_running = "0s"
"""

def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-exports small")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", required=True)
    parser.add_argument("--floor", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options, Path(folder))


def measure(options, place: Path):
    scenario, upload = place / "scenario.toml", place / "upload.csv"
    scenario.write_text(SCENARIO)
    with upload.open("w") as file:
        file.write("Code,Amount\n")
        block = "".join(f"C{n:07},{n * 7919 % 100003}.5\n" for n in range(20_000))
        while file.tell() < UPLOAD:
            file.write(block)
    size = upload.stat().st_size
    simulator = subprocess.Popen(
        [options.program, "simulator", "--listen", "127.0.0.1:0", "--control", "--scenario", str(scenario)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = simulator.stdout.readline().split()[-1]
        rows = compare(options, place, url, upload, size)
    finally:
        simulator.terminate()
        simulator.wait()
    print("| | seconds | rate | core-seconds | peak MiB | requests |\n|---|---|---|---|---|---|")
    for row in rows:
        print(row)


def compare(options, place: Path, url: str, upload: Path, size: int) -> list[str]:
    connection = (
        f"Endpoint={url};AuthScheme=Basic;User={USER};Password={PASSWORD};Workspace=W;Model=M;Summaries=Include"
    )
    home = {"HOME": str(place), "XDG_STATE_HOME": str(place / "state"), "NO_PROXY": "*"}

    def own(*arguments: str) -> Way:
        return Way([options.program, "--quiet", "--connect", connection, *arguments], home)

    def other(what: str) -> Way:
        module = [sys.executable, "-m", "scripts.bench_exports.others"]
        return Way([*module, what, "small", url, str(upload if what == "sdk-upload" else place / what)], {})

    out = str(place / "out.arrow")
    # 12 months, 4 quarters, a year.
    ways = {
        "own, start": (Way([options.program, "--version"], {}), None),
        "own, sign in and list models": (own("-c", "SELECT name FROM information.models"), None),
        "own, first row of a small export": (own("-c", 'SELECT * FROM "Small" LIMIT 1'), None),
        "SDK + Polars, a small export": (other("sdk-small"), None),
        "own, items of a list to Arrow": (own("-c", 'SELECT * FROM "Lists.Items"', "-o", out), (ITEMS, "items")),
        "SDK + Polars, items of a list to Arrow": (other("sdk-items"), (ITEMS, "items")),
        "own, a module to Arrow": (own("-c", 'SELECT * FROM "Modules.Figures"', "-o", out), (PRODUCTS * 17, "rows")),
        "SDK + Polars, a module to Arrow": (other("sdk-module"), (PRODUCTS * 17, "rows")),
        "own, upload": (own("-c", f"CALL UploadFile(File => 'Upload', InputFile => '{upload}')"), (size / 1e6, "MB")),
        "SDK, upload": (other("sdk-upload"), (size / 1e6, "MB")),
    }
    runs: dict[str, list] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, (way, _) in ways.items():
            ask(f"{url}/_simulator/requests", "DELETE")
            run = way.run()
            run.chunks = ask(f"{url}/_simulator/requests?last=0")["total"]
            runs[name].append(run)
    rows = []
    for name, results in runs.items():
        took, memory, busy, requests = (
            statistics.median(getattr(run, what) for run in results) for what in ("seconds", "memory", "busy", "chunks")
        )
        amount = ways[name][1]
        rate = f"{amount[0] / took:,.0f} {amount[1]}/s" if amount else ""
        rows.append(f"| {name} | {took:.3f} | {rate} | {busy:.2f} | {memory:.0f} | {requests:.0f} |")
    return rows


def ask(url: str, method: str = "GET"):
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
        return json.loads(answer.read() or "null")


if __name__ == "__main__":
    main()

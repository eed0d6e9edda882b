"""The transcripts of the guide, run as they stand."""

import re
import subprocess

from conftest import ROOT

GUIDE = ROOT / "docs/guides/simulator-by-curl.md"
# Between what two commands print.
BREAK = "\x1e\n"


def steps() -> list[tuple[str, str]]:
    """The commands of all transcripts, each with what it must print."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(), re.M | re.S):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            lines = step.splitlines(keepends=True)
            # A command goes on after a backslash, and inside of quotes.
            end = 1
            while lines[end - 1].endswith("\\\n") or "".join(lines[:end]).count("'") % 2:
                end += 1
            found.append(("".join(lines[:end]), "".join(lines[end:])))
    return found


def fits(wanted: str, printed: str) -> bool:
    if wanted.startswith("{"):
        # JSON comes on one line, which is broken in the guide.
        wanted = wanted.replace("\n", "")
    parts = (re.escape(part) for part in wanted.strip().split("…"))
    return re.fullmatch(".*".join(parts), printed.strip(), re.S) is not None


def test_every_command_prints_what_the_guide_says(simulator, tmp_path):
    every = steps()
    assert len(every) > 30
    script = "set -u\n" + "".join(f"{command}printf '\\x1e\\n'\n" for command, _ in every)
    script = script.replace("http://127.0.0.1:8787", simulator.url)
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert run.stderr == ""
    outputs = run.stdout.split(BREAK)[:-1]
    assert len(outputs) == len(every)
    for (command, wanted), printed in zip(every, outputs):
        assert fits(wanted, printed), f"$ {command}{printed}"

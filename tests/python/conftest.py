"""The simulator as a program of its own, and clients that believe it to be Anaplan."""

import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
USER = "demo@anaplan-sql.example"
PASSWORD = "demo"


def program() -> str:
    """The program that is tested."""
    return os.environ.get("ANAPLAN_SQL_PROGRAM", str(ROOT / "target/debug/anaplan-sql"))


class Simulator:
    """A running simulator."""

    def __init__(self, *arguments: str):
        self.process = subprocess.Popen(
            [program(), "simulator", "--listen", "127.0.0.1:0", "--control", *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert match, f"the simulator began with {line!r}"
        self.url = match.group(1)

    def control(self, method: str, path: str, **arguments) -> httpx.Response:
        answer = httpx.request(method, f"{self.url}/_simulator/{path}", **arguments)
        answer.raise_for_status()
        return answer

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def pytest_addoption(parser):
    parser.addoption(
        "--without",
        metavar="OPERATION",
        help='runs without an operation, such as "GET /2/0/models/*/exports": tests must fail then',
    )


@pytest.fixture(scope="module")
def simulator(request):
    running = Simulator("--scenario", str(HERE / "scenario.toml"))
    without = request.config.getoption("--without")
    if without:
        running.control("POST", "faults", json={"on": without, "status": 404, "times": 0})
    yield running
    running.stop()


@pytest.fixture
def anaplan(simulator, monkeypatch):
    """Sends what is meant for Anaplan's hosts to the simulator, and nothing anywhere else."""
    target = httpx.URL(simulator.url)

    def redirect(request: httpx.Request) -> httpx.Request:
        host = request.url.host
        assert host.endswith(".anaplan.com") or host == "127.0.0.1", f"a request to {host}"
        request.url = request.url.copy_with(
            scheme=target.scheme, host=target.host, port=target.port
        )
        request.headers["Host"] = f"{target.host}:{target.port}"
        return request

    plain = httpx.HTTPTransport.handle_request
    asynchronous = httpx.AsyncHTTPTransport.handle_async_request
    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda self, request: plain(self, redirect(request))
    )
    monkeypatch.setattr(
        httpx.AsyncHTTPTransport,
        "handle_async_request",
        lambda self, request: asynchronous(self, redirect(request)),
    )
    return simulator

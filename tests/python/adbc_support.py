"""The ADBC driver as Python loads it, and simulators for it."""

import os
import sys
from pathlib import Path

import pytest
from conftest import PASSWORD, ROOT, USER, Simulator

PACKAGE = ROOT / "python/adbc-driver-anaplan"
PROGRAM = Path(os.environ.get("ANAPLAN_SQL_PROGRAM", ROOT / "target/debug/anaplan-sql"))
# The library that was built with the tests of the driver.
LIBRARY = PROGRAM.parent / "deps/libadbc_driver_anaplan.so"

os.environ["ADBC_DRIVER_ANAPLAN_LIBRARY"] = str(LIBRARY)
sys.path.insert(0, str(PACKAGE / "src"))

import adbc_driver_anaplan.dbapi  # noqa: E402

SALES = {"Workspace": "Finance", "Model": "Sales Planning"}


@pytest.fixture(scope="module")
def demo():
    """The demo tenant as a process of its own, whose requests can be counted."""
    running = Simulator()
    yield running
    running.stop()


def requests(simulator) -> list[str]:
    """The requests so far."""
    log = simulator.control("GET", "requests").json()
    return [f"{entry['method']} {entry['path']}" for entry in log["requests"]]


def connect(simulator, **more):
    return adbc_driver_anaplan.dbapi.connect(
        f"Endpoint={simulator.url};User={USER};Password={PASSWORD};BulkPollingInterval=10", **more
    )


@pytest.fixture
def connection(demo):
    """A connection to the demo tenant, whose default is the model Sales Planning."""
    with connect(demo, **SALES) as opened:
        yield opened

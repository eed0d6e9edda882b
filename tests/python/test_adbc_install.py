"""The manifest that the program writes, and the wheel."""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from adbc_support import LIBRARY, PROGRAM
from conftest import ROOT


@pytest.fixture
def home(tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ADBC")}
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "con fig")
    return tmp_path / "con fig" / "adbc" / "drivers" / "anaplan.toml", environment


def run(environment, *arguments, program=PROGRAM):
    return subprocess.run(
        [program, "adbc", *arguments], env=environment, capture_output=True, text=True
    )


def test_the_manifest_leads_to_the_driver(home, tmp_path):
    manifest, environment = home
    odd = tmp_path / 'a "library"'
    odd.mkdir()
    library = odd / LIBRARY.name
    library.symlink_to(LIBRARY)
    done = run(environment, "install", "--library", str(library))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{manifest}\n", "")
    # In a process of its own, which has no other way to find it.
    script = (
        "import adbc_driver_manager.dbapi as dbapi\n"
        "with dbapi.connect('anaplan://demo', autocommit=True) as c, c.cursor() as cursor:\n"
        "    cursor.execute('SELECT count(*) FROM information.models')\n"
        "    print(cursor.fetchone())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert found.stdout == "(3,)\n", found.stderr
    # Once more does no harm.
    assert run(environment, "install", "--library", str(library)).returncode == 0
    assert run(environment, "uninstall").returncode == 0
    assert not manifest.exists()
    assert run(environment, "uninstall").returncode == 0


def test_the_library_beside_the_program_is_found(home):
    manifest, environment = home
    with tempfile.TemporaryDirectory(dir=PROGRAM.parent) as folder:
        place = Path(folder, "bin")
        place.mkdir()
        program = place / "anaplan-sql"
        os.link(PROGRAM, program)
        lacking = run(environment, "install", program=program)
        assert lacking.returncode == 2
        assert "--library FILE" in lacking.stderr
        for library in (Path(folder, "lib") / LIBRARY.name, place / LIBRARY.name):
            library.parent.mkdir(exist_ok=True)
            os.link(LIBRARY, library)
            assert run(environment, "install", program=program).returncode == 0
            assert f'"{library.resolve()}"' in manifest.read_text()


def test_a_library_that_is_not_there_is_told(home):
    manifest, environment = home
    done = run(environment, "install", "--library", "/no/such/file.so")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no library /no/such/file.so")
    assert not manifest.exists()


def test_a_manifest_that_can_not_be_written_is_told(home):
    manifest, environment = home
    manifest.parent.parent.parent.mkdir(parents=True, exist_ok=True)
    (manifest.parent.parent).write_text("a file, not a folder")
    done = run(environment, "install", "--library", str(LIBRARY))
    assert done.returncode == 1
    assert "anaplan.toml can't be written" in done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel with something small in place of the library, which takes a minute to pack."""
    folder = tmp_path_factory.mktemp("wheel")
    library = folder / LIBRARY.name
    library.write_bytes(b"stands for the library")
    done = subprocess.run(
        [ROOT / "scripts/build-wheel", folder / "dist"],
        env={**os.environ, "PYTHON": sys.executable, "ADBC_DRIVER_ANAPLAN_LIBRARY": str(library)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    [built] = (folder / "dist").glob("*.whl")
    return built


def test_the_wheel_carries_the_library_for_every_python(wheel):
    name, version, python, abi, platform = wheel.stem.split("-")
    assert (name, python, abi) == ("adbc_driver_anaplan", "py3", "none")
    assert platform.startswith("linux_")
    held = zipfile.ZipFile(wheel)
    names = held.namelist()
    assert f"adbc_driver_anaplan/{LIBRARY.name}" in names
    assert "adbc_driver_anaplan/dbapi.py" in names
    assert "adbc_driver_anaplan/py.typed" in names
    assert held.read(f"adbc_driver_anaplan/{LIBRARY.name}") == b"stands for the library"


def test_an_installed_wheel_finds_its_library(wheel, tmp_path):
    target = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel],
        check=True,
    )
    carried = target / "adbc_driver_anaplan" / LIBRARY.name
    carried.unlink()
    carried.symlink_to(LIBRARY)
    script = (
        "import adbc_driver_anaplan.dbapi as dbapi\n"
        "with dbapi.connect('anaplan://demo') as c, c.cursor() as cursor:\n"
        "    cursor.execute('SELECT 1'); print(cursor.fetchone())\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ADBC")}
    environment["PYTHONPATH"] = str(target)
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert found.stdout == "(1,)\n", found.stderr
    carried.unlink()
    missing = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert "ADBC_DRIVER_ANAPLAN_LIBRARY" in missing.stderr

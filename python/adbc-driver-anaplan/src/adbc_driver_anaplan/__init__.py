"""An ADBC driver for Anaplan. Most programs want :mod:`adbc_driver_anaplan.dbapi`."""

import enum
import os
import sys
from pathlib import Path

import adbc_driver_manager

__all__ = ["DatabaseOptions", "StatementOptions", "connect", "driver_path"]

_ENTRYPOINT = "AdbcAnaplanInit"
_PREFIX = "adbc.anaplan."


class DatabaseOptions(enum.Enum):
    """Options of the driver's own. Every key of a connection string is one too: ``adbc.anaplan.Region``."""

    #: A whole connection string.
    CONNECTION_STRING = _PREFIX + "connection_string"


class StatementOptions(enum.Enum):
    """Options of statements beside ADBC's."""

    #: Whether columns of bound rows are found by the names of parameters.
    BIND_BY_NAME = "adbc.statement.bind_by_name"


def driver_path() -> str:
    """Where the driver's library is: as ``ADBC_DRIVER_ANAPLAN_LIBRARY`` says, else in this package."""
    given = os.environ.get("ADBC_DRIVER_ANAPLAN_LIBRARY")
    if given:
        return given
    name = {
        "darwin": "libadbc_driver_anaplan.dylib",
        "win32": "adbc_driver_anaplan.dll",
    }.get(sys.platform, "libadbc_driver_anaplan.so")
    path = Path(__file__).parent / name
    if not path.is_file():
        raise ImportError(
            f"{name} is not in this package: install a wheel, or let the variable "
            "ADBC_DRIVER_ANAPLAN_LIBRARY name the library"
        )
    return str(path)


def _options(uri, db_kwargs, keys) -> dict:
    options = dict(db_kwargs or {})
    if uri is not None:
        options["uri"] = uri
    for key, value in keys.items():
        # True and False as the connection string writes them.
        text = str(value).lower() if isinstance(value, bool) else str(value)
        options[_PREFIX + key] = text
    return options


def connect(uri=None, *, db_kwargs=None, **keys) -> adbc_driver_manager.AdbcDatabase:
    """Open a database without the DB-API. The arguments are those of :func:`dbapi.connect`."""
    options = _options(uri, db_kwargs, keys)
    return adbc_driver_manager.AdbcDatabase(
        driver=driver_path(), entrypoint=_ENTRYPOINT, **options
    )

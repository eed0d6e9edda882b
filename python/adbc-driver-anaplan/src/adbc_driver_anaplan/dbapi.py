"""Anaplan through Python's DB-API 2.0."""

import adbc_driver_manager.dbapi
from adbc_driver_manager.dbapi import *  # noqa: F403
from adbc_driver_manager.dbapi import Connection

from . import _ENTRYPOINT, _options, driver_path


def connect(
    uri=None, *, db_kwargs=None, conn_kwargs=None, autocommit=True, **keys
) -> Connection:
    """Connect to Anaplan.

    :param uri: A connection string (``"Region=EU1;User=…"``), a URI
        (``"anaplan://user:password@EU1/workspace/model"``), or ``"anaplan://demo"``. Without it,
        everything comes from ``keys``, or from the environment.
    :param db_kwargs: Options of the database by their full names.
    :param conn_kwargs: Options of the connection by their full names.
    :param autocommit: Anaplan has no transactions. ``False`` warns, and changes nothing.
    :param keys: Keys of the connection string, such as ``Workspace="Finance"``. They win over ``uri``.
    """
    return adbc_driver_manager.dbapi.connect(
        driver=driver_path(),
        entrypoint=_ENTRYPOINT,
        db_kwargs=_options(uri, db_kwargs, keys),
        conn_kwargs=conn_kwargs,
        autocommit=autocommit,
    )

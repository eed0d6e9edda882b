"""The server for PostgreSQL's clients, through psqlODBC: pyodbc, and unixODBC's own isql.

The driver is Debian's odbc-postgresql; elsewhere the variable PSQLODBC names its library.
"""

import datetime
import glob
import os
import subprocess

import pyodbc
import pytest
from postgres_support import PASSWORD, USER, Server

DRIVERS = [os.environ.get("PSQLODBC", ""), *glob.glob("/usr/lib/*/odbc/psqlodbcw.so")]
DRIVER = next((path for path in DRIVERS if path and os.path.exists(path)), None)


@pytest.fixture(scope="module")
def server():
    assert DRIVER, "no psqlODBC: install the Debian package odbc-postgresql"
    running = Server()
    yield running
    running.stop()


def string(server, **more):
    keys = {
        "Driver": DRIVER,
        "Servername": "127.0.0.1",
        "Port": str(server.port),
        "Database": "Finance",
        "Username": USER,
        "Password": PASSWORD,
        "ConnSettings": '{SET search_path TO "Sales Planning"}',
        **more,
    }
    return ";".join(f"{key}={value}" for key, value in keys.items())


@pytest.fixture(params=["0", "1"], ids=["whole", "UseDeclareFetch"])
def connection(server, request):
    more = {"UseDeclareFetch": request.param, "Fetch": "10"}
    with pyodbc.connect(string(server, **more), autocommit=True) as opened:
        yield opened


def test_rows_and_parameters(connection):
    cursor = connection.cursor()
    rows = cursor.execute("SELECT value FROM generate_series(1, 35)").fetchall()
    assert [row[0] for row in rows] == list(range(1, 36))
    row = cursor.execute("SELECT CAST(? AS BIGINT) + 1, ?, ?", 7, "it's", datetime.date(2026, 1, 31)).fetchone()
    assert (row[0], row[1]) == (8, "it's")
    sql = 'SELECT count(*) FROM "Revenue by Region" WHERE "Revenue" > ?'
    assert cursor.execute(sql, 10.0).fetchone()[0] > 0
    row = cursor.execute('SELECT * FROM "Revenue by Region" LIMIT 1').fetchone()
    kinds = {column[0]: column[1] for column in row.cursor_description}
    assert kinds["Revenue"] is float and kinds["Region"] is str
    with pytest.raises(pyodbc.Error) as failed:
        cursor.execute("SELECT * FROM nothing")
    assert failed.value.args[0] == "42P01" or "nothing" in str(failed.value)


def test_tables_and_columns(connection):
    cursor = connection.cursor()
    tables = [(row.table_schem, row.table_name) for row in cursor.tables(schema="Sales Planning")]
    assert ("Sales Planning", "Revenue by Region") in tables
    columns = cursor.columns(table="Revenue by Region", schema="Sales Planning").fetchall()
    assert [column.column_name for column in columns][:2] == ["Region", "Product"]
    assert cursor.primaryKeys("Revenue by Region", schema="Sales Planning").fetchall() == []
    assert cursor.foreignKeys("Revenue by Region", schema="Sales Planning").fetchall() == []
    assert cursor.statistics("Revenue by Region").fetchall() is not None
    assert cursor.getTypeInfo().fetchall()
    assert connection.getinfo(pyodbc.SQL_DBMS_VER).startswith("16.")


def test_a_call_is_one(connection):
    cursor = connection.cursor()
    with pytest.raises(pyodbc.Error) as failed:
        cursor.execute("{call RunAction('nothing')}")
    # The server only reads.
    assert "read-only" in str(failed.value)


def test_isql(server, tmp_path):
    settings = tmp_path / "odbc.ini"
    settings.write_text(
        f"[anaplan]\nDriver = {DRIVER}\nServername = 127.0.0.1\nPort = {server.port}\n"
        f"Database = Finance\nUsername = {USER}\nPassword = {PASSWORD}\n"
    )
    run = subprocess.run(
        ["isql", "-b", "-d,", "anaplan", USER, PASSWORD],
        input='SELECT count(*) > 1 AS several FROM information.models\n',
        env={**os.environ, "ODBCINI": str(settings)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr + run.stdout
    assert run.stdout.strip().splitlines()[-1] in ("1", "true"), run.stdout

"""The driver through the DB-API."""

import datetime
import gc
import warnings

import adbc_driver_manager
import pyarrow
import pytest
from adbc_support import LIBRARY, connect, connection, demo, requests  # noqa: F401
from conftest import PASSWORD, USER

# The support before has put it on the path.
import adbc_driver_anaplan  # isort: skip
from adbc_driver_anaplan import dbapi  # isort: skip


def fetch(connection, sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def test_it_has_what_the_db_api_wants():
    assert dbapi.apilevel == "2.0"
    assert dbapi.paramstyle == "qmark"
    assert dbapi.threadsafety == 1
    assert issubclass(dbapi.ProgrammingError, dbapi.DatabaseError)


def test_rows_have_python_values(connection):
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT name, "List Price", "Launched", "Recurring", "Supplier" '
            'FROM "Lists.Products" WHERE code = ?',
            ("SKU-100",),
        )
        assert [column[0] for column in cursor.description] == [
            "name", "List Price", "Launched", "Recurring", "Supplier",
        ]
        row = cursor.fetchone()
        assert row == (
            "Barista One", 1281.33, datetime.date(2025, 10, 15), False, 'Möller, Söhne & "Co"',
        )
        assert cursor.fetchone() is None


def test_connecting_warns_of_nothing(demo):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with connect(demo) as connection:
            connection.close()
        gc.collect()


def test_without_autocommit_it_warns_and_works(demo):
    with pytest.warns(Warning, match="Cannot disable autocommit"):
        connection = connect(demo, autocommit=False)
    with connection:
        assert fetch(connection, "SELECT 1") == [(1,)]
        connection.commit()


def test_the_demo_needs_nothing():
    for uri in ("anaplan://demo", "anaplan:demo"):
        with dbapi.connect(uri) as connection:
            [(count,)] = fetch(connection, "SELECT count(*) FROM information.models")
            assert count == 3
    with dbapi.connect("anaplan://demo/Finance/Sales%20Planning", Timeout=30) as connection:
        assert fetch(connection, "SELECT count(*) FROM Customers") == [(1200,)]


def test_keys_win_over_the_uri_and_wrong_ones_are_told(demo):
    url = f"anaplan://nobody@/Finance?Endpoint={demo.url}"
    with dbapi.connect(url, User=USER, Password=PASSWORD, ReadOnly=True) as connection:
        assert connection.adbc_current_catalog == "anaplan"
        assert connection.adbc_connection.get_option("adbc.connection.readonly") == "true"
    with pytest.raises(dbapi.NotSupportedError, match="did you mean Workspace"):
        dbapi.connect("anaplan://demo", Workspac="x")
    with pytest.raises(dbapi.ProgrammingError, match="PageSize"):
        dbapi.connect("anaplan://demo", PageSize=0)


def test_everything_may_come_from_the_environment(demo, monkeypatch):
    text = f"Endpoint={demo.url};User={USER};Password={PASSWORD}"
    monkeypatch.setenv("ANAPLAN_SQL_CONNECTION", text)
    with dbapi.connect() as connection:
        assert fetch(connection, "SELECT count(*) FROM information.models") == [(3,)]


def test_errors_are_of_the_db_apis_classes_and_hold_no_secret(demo, connection):
    for sql, kind, part in [
        ("SELEC 1", dbapi.ProgrammingError, "syntax error"),
        ("SELECT * FROM Customer", dbapi.ProgrammingError, 'did you mean "Customers"'),
        ("CALL Nothing()", dbapi.ProgrammingError, "Nothing"),
        ("UPDATE information.models SET name = 'x'", dbapi.Error, "information"),
    ]:
        with pytest.raises(kind, match=part) as caught:
            fetch(connection, sql)
        assert caught.value.sqlstate, sql
    with pytest.raises(dbapi.Error) as caught:
        connect(demo, Password="marker")
    assert caught.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED
    assert caught.value.sqlstate == "28000"
    assert "marker" not in str(caught.value)
    assert fetch(connection, "SELECT 1") == [(1,)]


def test_parameters_are_values_and_not_text(connection):
    odd = "'; DROP TABLE x; -- \" \\ ? $1 🎯"
    assert fetch(connection, "SELECT ?, '?', ?", (odd, None)) == [(odd, "?", None)]
    assert fetch(connection, "SELECT $2 - $1", (1, -2)) == [(-3,)]
    assert fetch(connection, "SELECT $later, $first", {"first": 1, "later": "x"}) == [("x", 1)]
    day = datetime.date(2025, 10, 15)
    sql = 'SELECT code FROM "Lists.Products" WHERE "Launched" = ? ORDER BY code'
    assert fetch(connection, sql, (day,)) == [("SKU-100",), ("SKU-160",)]
    moment = datetime.datetime(2025, 1, 2, 3, 4, 5, 678)
    assert fetch(connection, "SELECT ?", (moment,)) == [(moment,)]
    with pytest.raises(dbapi.ProgrammingError, match="2 parameters"):
        fetch(connection, "SELECT ?, ?", (1,))


def test_many_rows_of_parameters_run_one_after_another(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(?) AS x", pyarrow.table({"text": ["S", "F"]}))
        assert cursor.fetchall() == [("s",), ("f",)]


def test_a_large_result_comes_in_batches(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM Customers")
        reader = cursor.fetch_record_batch()
        assert isinstance(reader, pyarrow.RecordBatchReader)
        assert sum(batch.num_rows for batch in reader) == 1200


def test_a_call_runs_once_though_nobody_reads_its_result(demo, connection):
    before = len(requests(demo))
    with connection.cursor() as cursor:
        cursor.execute("CALL RunExport(Export => ?)", ("Customers",))
    started = [r for r in requests(demo)[before:] if r.startswith("POST") and r.endswith("/tasks")]
    assert len(started) == 1
    assert not [r for r in requests(demo)[before:] if r.startswith("DELETE")]


def test_objects_are_browsed(connection):
    everything = connection.adbc_get_objects(depth="all").read_all().to_pylist()
    assert [catalog["catalog_name"] for catalog in everything] == ["anaplan", "Finance"]
    some = connection.adbc_get_objects(
        depth="columns",
        catalog_filter="Finance",
        db_schema_filter="Sales Planning",
        table_name_filter="Lists.Products",
        column_name_filter="List%",
    )
    [catalog] = some.read_all().to_pylist()
    [schema] = catalog["catalog_db_schemas"]
    [table] = schema["db_schema_tables"]
    assert table["table_type"] == "TABLE"
    assert [column["column_name"] for column in table["table_columns"]] == ["List Price"]
    schema = connection.adbc_get_table_schema("Lists.Products", db_schema_filter="Sales Planning")
    assert schema.field("Launched").type == pyarrow.date32()
    with pytest.raises(dbapi.Error):
        connection.adbc_get_table_schema("Nothing")
    assert "TABLE" in connection.adbc_get_table_types()


def test_the_driver_tells_about_itself(connection):
    info = connection.adbc_get_info()
    assert info["vendor_name"] == "Anaplan"
    assert info["driver_adbc_version"] == 1_001_000
    assert info["driver_arrow_version"].startswith("v59")


def test_catalog_and_schema_can_be_changed(demo):
    with connect(demo) as connection:
        connection.adbc_current_catalog = "Finance"
        connection.adbc_current_db_schema = "Sales Planning"
        assert fetch(connection, "SELECT count(*) FROM Customers") == [(1200,)]
        with pytest.raises(dbapi.Error, match="did you mean"):
            connection.adbc_current_db_schema = "Sales Plannin"


def test_a_query_can_be_cancelled(demo, connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT a.* FROM Customers a, Customers b, Customers c")
        reader = cursor.fetch_record_batch()
        reader.read_next_batch()
        cursor.adbc_cancel()
        with pytest.raises((dbapi.Error, pyarrow.ArrowException), match="cancelled"):
            while True:
                reader.read_next_batch()
    assert fetch(connection, "SELECT 1") == [(1,)]


def test_the_low_level_interface_works(demo):
    options = {"adbc.anaplan.Endpoint": demo.url, "username": USER, "password": PASSWORD}
    with adbc_driver_anaplan.connect(db_kwargs=options) as database:
        with adbc_driver_manager.AdbcConnection(database) as connection:
            with adbc_driver_manager.AdbcStatement(connection) as statement:
                statement.set_sql_query("SELECT 1 AS x")
                stream, _ = statement.execute_query()
                reader = pyarrow.RecordBatchReader.from_stream(stream)
                assert reader.read_all().to_pydict() == {"x": [1]}


def test_a_manifest_leads_to_the_driver(tmp_path, monkeypatch, demo):
    monkeypatch.setenv("ADBC_DRIVER_PATH", str(tmp_path))
    (tmp_path / "anaplan.toml").write_text(
        f'[ADBC]\nversion = "1.1.0"\n[Driver]\nentrypoint = "AdbcAnaplanInit"\nshared = "{LIBRARY}"\n'
    )
    monkeypatch.setenv("ANAPLAN_SQL_ENDPOINT", demo.url)
    options = {"username": USER, "password": PASSWORD}
    for arguments in ({"driver": "anaplan", "db_kwargs": options}, {"uri": "anaplan://demo"}):
        with adbc_driver_manager.dbapi.connect(**arguments, autocommit=True) as connection:
            assert fetch(connection, "SELECT count(*) FROM information.models") == [(3,)]

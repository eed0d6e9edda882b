"""The driver under pandas, Polars, pyarrow and DuckDB."""

import datetime

import duckdb
import pandas
import polars
import pyarrow
import pytest
from adbc_support import SALES, connect, connection, demo, requests  # noqa: F401

# The support before has put it on the path.
from adbc_driver_anaplan import dbapi  # isort: skip

SQL = (
    'SELECT "Region", count(*) AS customers FROM Customers '
    'WHERE "Region" IS NOT NULL GROUP BY 1 ORDER BY 1'
)


def expected(connection):
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        return cursor.fetchall()


def test_pandas_reads(connection):
    rows = expected(connection)
    assert len(rows) > 2
    frame = pandas.read_sql(SQL, connection)
    assert list(frame.itertuples(index=False, name=None)) == rows
    arrow = pandas.read_sql(SQL, connection, dtype_backend="pyarrow")
    assert arrow["customers"].sum() == sum(count for _, count in rows)
    products = pandas.read_sql_table("Lists.Products", connection, schema="Sales Planning")
    assert "List Price" in products.columns


def test_polars_reads(connection):
    rows = expected(connection)
    sql = 'SELECT * FROM Customers WHERE "Region" = ?'
    one = polars.read_database(sql, connection, execute_options={"parameters": (rows[0][0],)})
    assert one.height == rows[0][1]
    assert polars.read_database(SQL, connection).rows() == rows
    batches = polars.read_database(SQL, connection, iter_batches=True, batch_size=2)
    assert polars.concat(batches).rows() == rows


def test_polars_reads_by_uri(connection):
    uri = "anaplan://demo/Finance/Sales%20Planning"
    frame = polars.read_database_uri(SQL, uri, engine="adbc")
    assert frame.rows() == expected(connection)
    # A connection string behind the scheme does as well.
    frame = polars.read_database_uri("SELECT 1 AS x", "anaplan:demo", engine="adbc")
    assert frame.rows() == [(1,)]


def test_pyarrow_reads(connection):
    with connection.cursor() as cursor:
        cursor.execute('SELECT * FROM "Lists.Products"')
        table = cursor.fetch_arrow_table()
        assert table.schema.field("List Price").type == pyarrow.float64()
        assert table.num_rows > 10


def test_duckdb_queries_the_result(connection):
    with connection.cursor() as cursor:
        cursor.execute('SELECT "Region" FROM Customers')
        customers = cursor.fetch_record_batch()  # noqa: F841
        counted = duckdb.sql('SELECT "Region", count(*) FROM customers WHERE "Region" IS NOT NULL GROUP BY 1 ORDER BY 1')
        assert counted.fetchall() == expected(connection)


def test_pandas_writes(demo):
    with connect(demo, **SALES) as connection:
        frame = pandas.DataFrame({"name": ["Ünit, \"one\"", "Unit two"], "code": ["SKU-X1", "SKU-X2"]})
        assert frame.to_sql("Lists.Products", connection, if_exists="append", index=False) == 2
        sql = "SELECT name FROM \"Lists.Products\" WHERE code LIKE 'SKU-X%' ORDER BY code"
        assert list(pandas.read_sql(sql, connection)["name"]) == list(frame["name"])
        with pytest.raises(ValueError, match="exists"):
            frame.to_sql("Lists.Products", connection, if_exists="fail", index=False)
        with pytest.raises(pandas.errors.DatabaseError) as caught:
            frame.to_sql("Lists.New", connection, index=False)
        assert isinstance(caught.value.__cause__, dbapi.NotSupportedError)


def test_polars_writes(demo):
    with connect(demo, **SALES) as connection:
        frame = polars.DataFrame({"name": ["Unit three"], "code": ["SKU-X3"]})
        frame.write_database('"Lists.Products"', connection, if_table_exists="append", engine="adbc")


def test_frames_are_loaded_through_an_import(demo):
    """An import takes the columns that it knows, whatever their order, and tells how many rows it refused."""
    table = "Imports.Products from products.csv"
    frame = pandas.DataFrame(
        {
            "Price": [12.5, None, 3.0],
            "Product": ["Loaded, \"one\"", "Loaded\ntwo", "Lost"],
            "Code": ["SKU-I1", "SKU-I2", "SKU-I3"],
            "Family": ["Accessories", "Accessories", "Nowhere"],
            "Launch": [datetime.date(2026, 5, 20), None, None],
        }
    )
    with connect(demo, **SALES) as connection:
        before = len(requests(demo))
        assert frame[:2].to_sql(table, connection, if_exists="append", index=False) == 2
        sent = [request.split("/")[-2:] for request in requests(demo)[before:] if request.startswith(("POST", "PUT"))]
        assert [what for what in sent if what[-1] == "tasks"] == [[sent[-1][0], "tasks"]], sent
        sql = "SELECT name, code, \"List Price\" FROM \"Lists.Products\" WHERE code LIKE 'SKU-I%' ORDER BY code"
        loaded = pandas.read_sql(sql, connection)
        assert list(loaded["name"])[0] == 'Loaded, "one"'
        assert list(loaded["code"]) == ["SKU-I1", "SKU-I2"]
        assert loaded["List Price"][0] == 12.5
        with connection.cursor() as cursor, pytest.raises(dbapi.Error) as caught:
            cursor.adbc_ingest(table, pyarrow.Table.from_pandas(frame[2:], preserve_index=False), mode="append")
        assert "1 row of import \"Products from products.csv\" was rejected" in str(caught.value), caught.value
        with connection.cursor() as cursor, pytest.raises(dbapi.Error, match="Colour"):
            wrong = pyarrow.table({"Product": ["x"], "Colour": ["red"]})
            cursor.adbc_ingest(table, wrong, mode="append")


def test_many_rows_are_inserted_at_once(demo):
    with connect(demo, **SALES) as connection, connection.cursor() as cursor:
        before = len(requests(demo))
        rows = [(f"Unit {i}", f"SKU-Y{i}") for i in range(500)]
        cursor.executemany('INSERT INTO "Lists.Products" (name, code) VALUES (?, ?)', rows)
        sent = [request for request in requests(demo)[before:] if request.startswith("POST")]
        assert len(sent) <= 2, sent
        cursor.execute("SELECT count(*) FROM \"Lists.Products\" WHERE code LIKE 'SKU-Y%'")
        assert cursor.fetchone() == (500,)

"""The driver under pandas, Polars, pyarrow and DuckDB."""

import duckdb
import pandas
import polars
import pyarrow
from adbc_support import connection, demo  # noqa: F401

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
    filtered = pandas.read_sql('SELECT * FROM Customers WHERE "Region" = ?', connection, params=(rows[0][0],))
    assert len(filtered) == rows[0][1]


def test_polars_reads(connection):
    rows = expected(connection)
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

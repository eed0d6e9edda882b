"""The server for PostgreSQL's clients, with those of Python: psycopg 3 and 2, asyncpg, SQLAlchemy, pandas."""

import asyncio
import datetime
import decimal

import asyncpg
import pandas
import psycopg
import psycopg2
import psycopg2.extras
import pytest
import sqlalchemy
from postgres_support import PASSWORD, USER, Server

TABLE = '"Sales Planning"."Revenue by Region"'
SEARCH_PATH = {"options": r"-c search_path=Sales\ Planning"}


@pytest.fixture(scope="module")
def server():
    running = Server()
    yield running
    running.stop()


def arguments(server, **more):
    place = {"host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD}
    return {**place, "dbname": "Finance", **more}


def test_psycopg(server):
    with psycopg.connect(**arguments(server)) as connection:
        values = (7, "it's", datetime.date(2026, 1, 31), True, 1.5, None, decimal.Decimal("1.25"))
        row = connection.execute("SELECT %s + 1, %s, %s, %s, %s, %s, %s + 0", values).fetchone()
        assert row == (8, "it's", datetime.date(2026, 1, 31), True, 1.5, None, 1.25)
        with connection.cursor(binary=True) as cursor:
            row = cursor.execute("SELECT 1, 1.5, true, DATE '2026-01-31', 'x'").fetchone()
            assert row == (1, 1.5, True, datetime.date(2026, 1, 31), "x")
        listed = connection.execute("SELECT value FROM generate_series(1, 5) WHERE value = ANY(%s)", ([2, 3],))
        assert [row[0] for row in listed] == [2, 3]
        connection.commit()
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT 1, 'a b') TO STDOUT") as copy:
            assert list(copy.rows()) == [("1", "a b")]
        with connection.cursor("named") as cursor:
            cursor.itersize = 10
            cursor.execute("SELECT value FROM generate_series(1, 25)")
            assert [row[0] for row in cursor] == list(range(1, 26))
        with connection.cursor("bound") as cursor:
            cursor.execute("SELECT value FROM generate_series(1, 25) WHERE value > %s", (20,))
            assert [row[0] for row in cursor] == [21, 22, 23, 24, 25]
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM nothing")
        connection.rollback()
        with connection.transaction(), connection.transaction():
            connection.execute("SELECT 1")
        with connection.pipeline():
            cursors = [connection.execute("SELECT %s", (n,)) for n in range(3)]
        assert [cursor.fetchone()[0] for cursor in cursors] == [0, 1, 2]


def test_psycopg_prepares_statements(server):
    with psycopg.connect(**arguments(server), autocommit=True) as connection:
        for number in range(8):
            sql = f"SELECT count(*) FROM {TABLE} WHERE 1 = %s"
            row = connection.execute(sql, (number,), prepare=True).fetchone()
            assert (row[0] > 0) == (number == 1)


def test_psycopg2(server):
    connection = psycopg2.connect(**arguments(server))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s, %s, %s", (7, "it's", datetime.date(2026, 1, 31)))
        assert cursor.fetchone() == (7, "it's", datetime.date(2026, 1, 31))
    with connection.cursor(name="named") as cursor:
        cursor.itersize = 10
        cursor.execute("SELECT value FROM generate_series(1, 25)")
        assert [row[0] for row in cursor] == list(range(1, 26))
    connection.rollback()
    with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute(f"SELECT * FROM {TABLE} LIMIT 2")
        assert len(cursor.fetchall()) == 2
    connection.close()


def test_asyncpg(server):
    async def run():
        connection = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user=USER, password=PASSWORD, database="Finance"
        )
        row = await connection.fetchrow("SELECT $1::int + 1 AS a, $2::text AS b, $3::date AS c", 7, "x", datetime.date(2026, 1, 31))
        assert tuple(row) == (8, "x", datetime.date(2026, 1, 31))
        count = await connection.fetchval(f"SELECT count(*) FROM {TABLE}")
        assert count > 0
        async with connection.transaction():
            seen = [row["value"] async for row in connection.cursor("SELECT value FROM generate_series(1, 25)", prefetch=10)]
        assert seen == list(range(1, 26))
        with pytest.raises(asyncpg.exceptions.UndefinedTableError):
            await connection.fetch("SELECT * FROM nothing")
        await connection.reset()
        await connection.close()

    asyncio.run(run())


@pytest.mark.parametrize("dialect", ["psycopg", "psycopg2"])
def test_sqlalchemy(server, dialect):
    url = sqlalchemy.URL.create(
        f"postgresql+{dialect}", USER, PASSWORD, "127.0.0.1", server.port, "Finance"
    )
    engine = sqlalchemy.create_engine(url, connect_args=SEARCH_PATH)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT :x"), {"x": "y"}).scalar() == "y"
    inspector = sqlalchemy.inspect(engine)
    assert "Sales Planning" in inspector.get_schema_names()
    names = inspector.get_table_names()
    assert {"Revenue by Region", "Lists.Products"} <= set(names)
    assert inspector.has_table("Revenue by Region")
    columns = inspector.get_columns("Revenue by Region")
    assert [column["name"] for column in columns]
    assert inspector.get_pk_constraint("Revenue by Region")["constrained_columns"] == []
    assert inspector.get_foreign_keys("Revenue by Region") == []
    assert inspector.get_indexes("Revenue by Region") == []
    table = sqlalchemy.Table("Revenue by Region", sqlalchemy.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.select(table).limit(3)).all()
        assert len(rows) == 3
        frame = pandas.read_sql(sqlalchemy.select(table), connection)
        assert list(frame.columns) == [column["name"] for column in columns]
        assert len(frame) > 3
    engine.dispose()

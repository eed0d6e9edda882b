"""Clients of the front ends, each in a process of its own: `python -m scripts.bench_exports.clients WHAT WHERE ROWS`."""

import sys

SQL = 'SELECT * FROM "E"'


def batches(connection: str) -> int:
    """All rows through ADBC, a batch at a time."""
    import adbc_driver_anaplan.dbapi as dbapi

    with dbapi.connect(connection) as opened, opened.cursor() as cursor:
        cursor.execute(SQL)
        return sum(batch.num_rows for batch in cursor.fetch_record_batch())


def table(connection: str) -> int:
    """All rows through ADBC, as one table."""
    import adbc_driver_anaplan.dbapi as dbapi

    with dbapi.connect(connection) as opened, opened.cursor() as cursor:
        cursor.execute(SQL)
        return cursor.fetch_arrow_table().num_rows


def connect(port: str):
    import psycopg

    return psycopg.connect(host="127.0.0.1", port=port, user="anaplan", password="bench", dbname="W")


def rows(port: str, count: int) -> int:
    """Rows from the Postgres server, as Python has them, a few thousand at a time."""
    with connect(port) as opened, opened.cursor() as cursor:
        return sum(1 for _ in cursor.stream(f"{SQL} LIMIT {count}", size=1000))


def copy(port: str, count: int) -> int:
    """Rows from the Postgres server as text."""
    with connect(port) as opened, opened.cursor() as cursor:
        with cursor.copy(f"COPY ({SQL} LIMIT {count}) TO STDOUT") as stream:
            return sum(bytes(block).count(b"\n") for block in stream)


def main(what: str, where: str, count: str):
    wanted = int(count)
    if what == "adbc-batches":
        found = batches(where)
    elif what == "adbc-table":
        found = table(where)
    elif what == "psycopg-rows":
        found = rows(where, wanted)
    else:
        found = copy(where, wanted)
    if found != wanted:
        sys.exit(f"{found} rows instead of {wanted}")


if __name__ == "__main__":
    main(*sys.argv[1:])

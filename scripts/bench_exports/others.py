"""What one would use instead, each in a process of its own: `python -m scripts.bench_exports.others WHAT …`."""

import io
import sys

from .shapes import SHAPES

TYPES = {"NUMBER": "Float64", "BOOLEAN": "Boolean", "DATE": "Date"}


def polars_types(shape):
    import polars as pl

    return {name: getattr(pl, TYPES.get(kind, "String")) for name, kind in shape.columns.items()}


def download(url: str) -> bytes:
    """The file as the Python SDK gives it, with its requests sent to another address."""
    import httpx
    from anaplan_sdk import Client

    from .service import EXPORT, MODEL, WORKSPACE

    target = httpx.URL(url)
    plain = httpx.HTTPTransport.handle_request

    def redirected(self, request):
        request.url = request.url.copy_with(scheme=target.scheme, host=target.host, port=target.port)
        return plain(self, request)

    httpx.HTTPTransport.handle_request = redirected
    client = Client(
        workspace_id=WORKSPACE,
        model_id=MODEL,
        user_email="bench@example.com",
        password="bench",
        status_poll_delay=0,
    )
    return client.export_and_download(int(EXPORT))


def main(what: str, name: str, source: str, output: str):
    shape = SHAPES[name]
    if what.startswith("sdk"):
        import polars as pl

        content = download(source)
        frame = pl.read_csv(io.BytesIO(content), schema=polars_types(shape))
        if what == "sdk-copy":
            frame.write_parquet(output, compression="zstd")
        elif what == "sdk-arrow":
            frame.write_ipc(output)
        else:
            print(frame[shape.figure].sum())
    elif what.startswith("polars"):
        import polars as pl

        frame = pl.scan_csv(source, schema=polars_types(shape))
        if what == "polars-copy":
            frame.sink_parquet(output, compression="zstd")
        elif what == "polars-arrow":
            frame.sink_ipc(output)
        else:
            print(frame.select(pl.col(shape.figure).sum()).collect().item())
    else:
        import duckdb

        types = {"NUMBER": "DOUBLE", "BOOLEAN": "BOOLEAN", "DATE": "DATE"}
        columns = {column: types.get(kind, "VARCHAR") for column, kind in shape.columns.items()}
        duckdb.execute("SET threads = 2")
        table = duckdb.read_csv(
            source, header=True, columns=columns, quotechar='"', escapechar='"', auto_detect=False, parallel=True
        )
        if what == "duckdb-copy":
            table.write_parquet(output, compression="zstd")
        else:
            print(table.sum(f'"{shape.figure}"').fetchall()[0][0])


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What one would use instead, each in a process of its own: `python -m scripts.bench_exports.others WHAT …`."""

import io
import sys

from .service import EXPORT
from .shapes import SHAPES

TYPES = {"NUMBER": "Float64", "BOOLEAN": "Boolean", "DATE": "Date"}


def polars_types(shape):
    import polars as pl

    return {name: getattr(pl, TYPES.get(kind, "String")) for name, kind in shape.columns.items()}


def sdk(url: str):
    """The Python SDK's client, with its requests sent to another address."""
    import httpx
    from anaplan_sdk import Client

    from .service import MODEL, WORKSPACE

    target = httpx.URL(url)
    plain = httpx.HTTPTransport.handle_request

    def redirected(self, request):
        request.url = request.url.copy_with(scheme=target.scheme, host=target.host, port=target.port)
        return plain(self, request)

    httpx.HTTPTransport.handle_request = redirected
    return Client(
        workspace_id=WORKSPACE,
        model_id=MODEL,
        user_email="bench@example.com",
        password="bench",
        status_poll_delay=0,
    )


def small(what: str, source: str, output: str):
    """What is measured beside smaller things, see `small`."""
    import polars as pl

    from .small import EXPORT, FILE, LIST, MODULE

    client = sdk(source)
    if what == "sdk-small":
        print(pl.read_csv(client.export_and_download(int(EXPORT))).row(0))
    elif what == "sdk-items":
        items = client.tr.get_list_items(int(LIST), return_raw=True)
        pl.json_normalize(items, infer_schema_length=None).write_ipc(output)
    elif what == "sdk-module":
        options = {"data_format": "text/csv", "export_type": "TABULAR_MULTI_COLUMN"}
        content = client.tr.get_view_data(int(MODULE), parent_module_id=int(MODULE), **options)
        pl.read_csv(content).write_ipc(output)
    else:
        with open(output, "rb") as file:
            client.upload_file(int(FILE), file.read())


def main(what: str, name: str, source: str, output: str):
    if name == "small":
        return small(what, source, output)
    shape = SHAPES[name]
    if what.startswith("sdk"):
        import polars as pl

        content = sdk(source).export_and_download(int(EXPORT))
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

"""An export as a service gives it: its file in chunks, and answers to the requests before it, served by nginx, or
by the simulator. `python -m scripts.bench_exports.service SHAPE ROWS FOLDER` writes them."""

import gzip
import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from .shapes import SHAPES, rows

CHUNK = 10_000_000
ROWS_AT_ONCE = 200_000
MODEL, WORKSPACE, EXPORT, TASK = "A" * 32, "8" * 32, "116000000001", "B" * 32


def place_of(name: str, count: int, folder: Path) -> Path:
    """Where so many rows of a shape are, once they are written."""
    return folder.absolute() / f"{name}-{count}"


def prepare(name: str, count: int, folder: Path) -> Path:
    """Writes a shape's file once: as one, and in chunks, plain and compressed."""
    place = place_of(name, count, folder)
    if (place / "ready").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with (place / "file.csv").open("wb") as file:
        for start in range(0, count, ROWS_AT_ONCE):
            part = rows(name, start, min(ROWS_AT_ONCE, count - start))
            file.write(part.write_csv(include_header=start == 0, null_value="").encode())
    api = place / "www/2/0"
    model = api / f"models/{MODEL}"
    chunks = model / f"files/{EXPORT}/chunks"
    chunks.mkdir(parents=True)
    with (place / "file.csv").open("rb") as file:
        number = 0
        while chunk := file.read(CHUNK):
            (chunks / str(number)).write_bytes(chunk)
            (chunks / f"{number}.gz").write_bytes(gzip.compress(chunk, 6))
            number += 1
    shape = SHAPES[name]
    metadata = {
        "columnCount": len(shape.columns),
        "rowCount": count,
        "dataTypes": list(shape.columns.values()),
        "headerNames": list(shape.columns),
        "listNames": [""] * len(shape.columns),
        "delimiter": '"',
        "separator": ",",
        "encoding": "UTF-8",
        "exportFormat": "text/csv",
        "layout": "TABULAR_MULTI_COLUMN",
    }
    export = {"id": EXPORT, "name": "E", "exportType": "TABULAR_MULTI_COLUMN", "exportFormat": "text/csv"}
    user = {"id": "C" * 32, "active": True, "email": "bench@example.com", "firstName": "B", "lastName": "B"}
    token = {"tokenValue": "token", "tokenId": "1", "refreshTokenId": "1", "expiresAt": 4102444800000}
    answers = {
        place / "www/token/authenticate": {"status": "SUCCESS", "tokenInfo": token},
        api / "users/me": {"user": user},
        api / "workspaces": {"workspaces": [{"id": WORKSPACE, "name": "W", "active": True}]},
        api / "models": {
            "models": [
                {"id": MODEL, "name": "M", "activeState": "UNLOCKED", "currentWorkspaceId": WORKSPACE, "currentWorkspaceName": "W"}
            ]
        },
        model / "exports": {"exports": [export]},
        model / f"exports/{EXPORT}": {"exportMetadata": metadata},
        model / f"exports/{EXPORT}/tasks": {"task": {"taskId": TASK}},
        model / f"exports/{EXPORT}/tasks/{TASK}": {
            "task": {
                "taskId": TASK,
                "taskState": "COMPLETE",
                "creationTime": 1700000000000,
                "progress": 1.0,
                "result": {
                    "successful": True,
                    "failureDumpAvailable": False,
                    "objectId": EXPORT,
                    "objectName": "E",
                },
            }
        },
        model / "files": {
            "files": [{"id": EXPORT, "name": "E", "chunkCount": number, "firstDataRow": 0, "headerRow": 0}]
        },
        chunks: {"chunks": [{"id": str(n), "name": f"Chunk {n}"} for n in range(number)]},
    }
    for path, answer in answers.items():
        for key in answer:
            if isinstance(answer[key], list):
                size = len(answer[key])
                answer["meta"] = {"paging": {"currentPageSize": size, "totalSize": size, "offset": 0}}
                break
        path.mkdir(parents=True, exist_ok=True)
        (path / "answer.json").write_text(json.dumps({"status": {"code": 200, "message": "Success"}} | answer))
    # The SDK asks for a small file as a whole, and for a model by its workspace.
    (chunks.parent / "answer.json").symlink_to((place / "file.csv").absolute())
    (api / f"workspaces/{WORKSPACE}").mkdir()
    (api / f"workspaces/{WORKSPACE}/models").symlink_to(api.absolute() / "models")
    (place / "ready").touch()
    return place


class Nginx:
    """nginx with a shape's files. Where a path is a folder, the answer stands in it."""

    def __init__(self, place: Path, packed: bool):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        own = self.own = place / f"nginx-{port}"
        own.mkdir(exist_ok=True)
        self.log, settings = own / "access.log", own / "nginx.conf"
        paths = "".join(
            f"{kind}_temp_path {own}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        settings.write_text(
            f"daemon off; worker_processes auto; pid {own}/pid; error_log {own}/error; user root;\n"
            "events {}\n"
            f"http {{ sendfile on; tcp_nopush on; default_type application/octet-stream;\n{paths}"
            "log_format path '$request_method $uri';\n"
            f"server {{ listen 127.0.0.1:{port}; root {place}/www; gzip_static {'on' if packed else 'off'};\n"
            "location ~ /chunks/ { access_log " + str(self.log) + " path; }\n"
            "location / { access_log off; default_type application/json; try_files $uri/answer.json =404;\n"
            "location ~ /answer.json$ { access_log off; default_type application/json; error_page 405 =200 $uri; }\n"
            # nginx refuses to answer a POST with a file, unless it is about an error.
            "error_page 405 =200 $uri; } } }\n"
        )
        self.process = subprocess.Popen(["nginx", "-c", str(settings)])
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError("nginx doesn't answer")

    def chunks_so_far(self) -> int:
        """How many chunks were asked for."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.own)


class Simulator:
    """The program's own simulator with a shape's file."""

    def __init__(self, place: Path, name: str, program: str):
        columns = ",\n".join(
            f"    {{ name = {json.dumps(column)}, type = {json.dumps(kind)} }}" for column, kind in SHAPES[name].columns.items()
        )
        scenario = place / "scenario.toml"
        scenario.write_text(
            '[[users]]\nemail = "bench@example.com"\npassword = "bench"\n\n'
            f'[[workspaces]]\nname = "W"\nid = "{WORKSPACE}"\n\n[[models]]\nname = "M"\nid = "{MODEL}"\n\n'
            f'[[exports]]\nname = "E"\nid = "{EXPORT}"\nfile = "file.csv"\ncolumns = [\n{columns},\n]\n\n'
            '[limits]\nrequests_per_minute = 0\ntask_queued = "0s"\ntask_running = "0s"\n'
        )
        self.process = subprocess.Popen(
            [program, "simulator", "--listen", "127.0.0.1:0", "--scenario", str(scenario)],
            stdout=subprocess.PIPE,
            text=True,
        )
        told = self.process.stdout.readline().split()
        if not told:
            raise RuntimeError("the simulator doesn't start")
        self.url = told[-1]

    def close(self):
        self.process.terminate()
        self.process.wait()


if __name__ == "__main__":
    prepare(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))

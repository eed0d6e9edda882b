"""The server for PostgreSQL's clients as a program of its own, on the demo tenant."""

import os
import re
import subprocess

from conftest import program

USER = "anaplan"
PASSWORD = "correct horse"


class Server:
    """A running server."""

    def __init__(self, *more: str):
        environment = {**os.environ, "ANAPLAN_SQL_SERVE_PASSWORD": PASSWORD}
        self.process = subprocess.Popen(
            [program(), "serve", "--demo", "--listen", "127.0.0.1:0", *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
        assert match, f"the server began with {line!r}"
        self.port = int(match.group(1))

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0

"""Serves a local datastore as a metadata service does, over HTTP, and logs what it is asked.

The client that asks is the real one, with its real datastore behind; only the service is a stand-in, made of
Metaflow's own local provider.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from metaflow.plugins.metadata_providers.local import LocalMetadataProvider

LOG = Path(sys.argv[1])
READ_ONLY = "read-only" in sys.argv[2:]
ONE_CHANGE = threading.Lock()
KINDS = ("flow", "run", "step", "task", "artifact")


def look_up(path: str) -> object:
    """Find what a path of the service names, such as /flows/F/runs/1/steps/end/tasks."""
    parts = [part for part in path.split("/") if part]
    names = parts[1::2]
    kind = KINDS[len(names) - 1] if names else "root"
    wanted = "self" if len(parts) % 2 == 0 else parts[-1].removesuffix("s")
    found: object = LocalMetadataProvider.get_object(kind, wanted, {}, None, *names)
    return found


class Service(BaseHTTPRequestHandler):
    """Answers GET, and changes tags, each change at once."""

    def do_GET(self) -> None:
        with LOG.open("a") as log:
            log.write(f"{self.path}\n")
        found = "pong" if self.path == "/ping" else look_up(self.path)
        self.answer(404 if found is None else 200, found)

    def do_PATCH(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, flow, _, run, *what = self.path.strip("/").split("/")
        if what != ["tag", "mutate"] or READ_ONLY:
            self.answer(400, {"detail": "read-only"})
            return
        with ONE_CHANGE:
            tags = LocalMetadataProvider.mutate_user_tags_for_run(flow, run, **wanted)
        self.answer(200, {"tags": sorted(tags)})

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("METADATA_SERVICE_VERSION", "2.3.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    print(server.server_address[1], flush=True)  # noqa: T201 - the port, for whoever started this
    server.serve_forever()

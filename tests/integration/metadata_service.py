"""A metadata service in memory that implements the HTTP API of Metaflow's client, so that flows can use it.

The service registers flows, runs, steps, tasks, artifacts and metadata, changes tags, and logs requests. Metaflow's
own service is not a package and needs PostgreSQL. As there, a run gets the next number, the parts of a run have its
tags, an artifact comes from the last attempt, a tag change is one transaction, and an unknown object results in a 404
with a version header.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = ("flows", "runs", "steps", "tasks", "artifacts")
ONE = {"flow": "flows", "run": "runs", "step": "steps", "task": "tasks"}
NAMES = {"flows": "flow_id", "runs": "run_number", "steps": "step_name", "tasks": "task_id", "artifacts": "name"}
Row = dict[str, Any]


@dataclass
class Node:
    """A registered object, and its parts by kind and name."""

    row: Row
    inside: dict[str, dict[str, Node]] = field(default_factory=dict)
    metadata: list[Row] = field(default_factory=list)

    def list(self, kind: str) -> dict[str, Node]:
        return self.inside.setdefault(kind, {})


@dataclass(frozen=True)
class Asked:
    """A logged request."""

    method: str
    path: str


class MetadataService:
    """The service. Call `start` first and `stop` at the end."""

    def __init__(self) -> None:
        self.root = Node({})
        self.asked: list[Asked] = []
        self.tagged: list[dict[str, frozenset[str]]] = []
        """The tags of all runs of a flow, after each change."""
        self.is_read_only = False
        self.url = ""
        self._lock = threading.Lock()
        self._numbers = iter(range(1, 1_000_000))
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Serve at `url`."""
        handler = type("Handler", (_Handler,), {"service": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def paths(self) -> list[str]:
        """Return the paths of all requests."""
        return [asked.path for asked in self.asked]

    def runs(self, flow: str) -> dict[str, Node]:
        """Return the current runs of a flow by ID."""
        return dict(self.root.list("flows")[flow].list("runs"))

    def tags(self, flow: str) -> dict[str, frozenset[str]]:
        """Return the user tags of every run of a flow."""
        return {run: frozenset(node.row["tags"]) for run, node in self.runs(flow).items()}

    def copy_run(self, flow: str, run: str, *, later: float = 0.0) -> str:
        """Register a copy of a run, with the same artifacts.

        Args:
            flow: name of the flow.
            run: ID of the run to copy.
            later: seconds by which the copy started and finished later.

        Returns:
            The ID of the copy.
        """
        with self._lock:
            runs = self.root.list("flows")[flow].list("runs")
            node = copy.deepcopy(runs[run])
            number = str(next(self._numbers))
            for row in _rows(node):
                row["run_number"] = number
                row["ts_epoch"] += round(later * 1000)
            node.row["tags"] = []
            runs[number] = node
            return number

    def load(self, root: Path) -> None:
        """Register the content of a local datastore.

        Args:
            root: folder that contains `.metaflow`.
        """
        for flow in (root / ".metaflow").iterdir():
            self._load(flow, self.root, "flows")

    def _load(self, folder: Path, parent: Node, kind: str) -> None:
        about = folder / "_meta" / "_self.json"
        if not about.exists():
            return
        node = Node(json.loads(about.read_text(encoding="utf-8")))
        parent.list(kind)[folder.name] = node
        if kind == "tasks":
            for path in sorted(about.parent.glob("*_artifact_*.json")):
                row = json.loads(path.read_text(encoding="utf-8"))
                node.list("artifacts")[row["name"]] = Node(row)
            node.metadata = [json.loads(path.read_text(encoding="utf-8")) for path in about.parent.glob("sysmeta_*")]
            return
        for inner in folder.iterdir():
            if inner.is_dir():
                self._load(inner, node, KINDS[KINDS.index(kind) + 1])

    # called by the handler

    def get(self, parts: list[str]) -> tuple[int, object]:
        with self._lock:
            if parts and parts[-1] == "metadata":
                node = self._find(parts[:-1])
                return (200, node.metadata) if node else _missing(parts)
            if len(parts) % 2:
                node = self._find(parts[:-1])
                return (200, [self._seen(inner) for inner in node.list(parts[-1]).values()]) if node else (200, [])
            node = self._find(parts)
            return (200, self._seen(node)) if node else _missing(parts)

    def create(self, parts: list[str], body: Any) -> tuple[int, object]:
        if parts[-1] == "heartbeat":
            return 200, json.dumps({"wait_time_in_seconds": 10})
        with self._lock:
            if parts[-1] in ("artifact", "metadata"):
                return self._add(parts, body)
            if len(parts) == 2:  # a flow, whose name is in the path
                return self._register(self.root, "flows", {"flow_id": parts[1], **body})
            kind = ONE[parts[-1]]
            path = parts[:-3] if kind == "steps" else parts[:-1]
            parent = self._find(path)
            if parent is None:
                return _missing(path)
            own = {"step_name": parts[-2]} if kind == "steps" else {NAMES[kind]: body.get(NAMES[kind])}
            return self._register(parent, kind, {**parent.row, **body, **own})

    def mutate(self, parts: list[str], body: Any) -> tuple[int, object]:
        node = self._find(parts[:4])
        if parts[4:] != ["tag", "mutate"] or node is None:
            return _missing(parts)
        if self.is_read_only:
            return 400, {"detail": "read-only"}
        with self._lock:
            removed, added = set(body["tags_to_remove"]), set(body["tags_to_add"])
            if removed & set(node.row["system_tags"]):
                return 422, "Cannot remove tags that are existing system tags"
            node.row["tags"] = sorted((set(node.row["tags"]) - removed) | added)
            self.tagged.append(self.tags(parts[1]))
            return 200, {"tags": node.row["tags"]}

    def _find(self, parts: list[str]) -> Node | None:
        node: Node | None = self.root
        for kind, name in zip(parts[::2], parts[1::2], strict=False):
            node = node.list(kind).get(name) if node else None
        return node

    def _register(self, parent: Node, kind: str, row: Row) -> tuple[int, object]:
        name = row.get(NAMES[kind])
        if name is None:
            name = row[NAMES[kind]] = next(self._numbers)
        siblings = parent.list(kind)
        if str(name) in siblings:
            return 409, siblings[str(name)].row
        row = {"tags": [], "system_tags": [], **row, "ts_epoch": round(time.time() * 1000)}
        siblings[str(name)] = Node(row)
        return 200, row

    def _add(self, parts: list[str], body: list[Row]) -> tuple[int, object]:
        task = self._find(parts[:-1])
        if task is None:
            return 400, {"message": "need to register run_id and task_id first"}
        for given in body:
            row = {**task.row, **given, "ts_epoch": round(time.time() * 1000)}
            if parts[-1] == "metadata":
                task.metadata.append(row)
            else:  # a later attempt replaces an earlier one
                task.list("artifacts")[row["name"]] = Node(row)
        return 200, {f"{parts[-1]}s_created": len(body)}

    def _seen(self, node: Node) -> Row:
        """Return the row of a node, with the tags of its run."""
        row = node.row
        run = self._find(["flows", row["flow_id"], "runs", str(row.get("run_number"))])
        return {**row, "tags": run.row["tags"], "system_tags": run.row["system_tags"]} if run else row


def _rows(node: Node) -> Iterator[Row]:
    yield node.row
    yield from node.metadata
    for siblings in node.inside.values():
        for inner in siblings.values():
            yield from _rows(inner)


def _missing(parts: list[str]) -> tuple[int, object]:
    return HTTPStatus.NOT_FOUND, {"message": f"not found: {'/'.join(parts)}"}


class _Handler(BaseHTTPRequestHandler):
    service: MetadataService
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        parts = self._parts()
        self._answer(*((200, "pong") if parts == ["ping"] else self.service.get(parts)))

    def do_POST(self) -> None:
        parts, body = self._parts(), self._body()
        self._answer(*self.service.create(parts, body))

    def do_PATCH(self) -> None:
        parts, body = self._parts(), self._body()
        self._answer(*self.service.mutate(parts, body))

    def _parts(self) -> list[str]:
        self.service.asked.append(Asked(self.command, self.path))
        return [unquote(part) for part in urlsplit(self.path).path.split("/") if part]

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("METADATA_SERVICE_VERSION", "2.3.0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""

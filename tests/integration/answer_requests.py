"""Answer requests with the resolved model, with tags or with an error.

Metaflow reads the environment only when it is imported, so each environment needs a process. These processes are
forked from one that has imported everything else.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import botocore.session  # noqa: F401 - imported before the processes are forked
import gensim.models  # noqa: F401
import pandas as pd  # noqa: F401
import pyarrow as pa  # noqa: F401
import requests  # noqa: F401

from embedgate.errors import EmbedgateError
from embedgate.sources.records import Request
from embedgate.sources.resolve import load_run, resolve, resolve_champion, resolve_vectors


def serve(connection: Connection, environment: Mapping[str, str], cwd: str) -> None:
    """Answer requests, which are JSON objects, in an environment and a working directory."""
    assert "metaflow" not in sys.modules
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(cwd)
    with contextlib.suppress(EOFError):
        while True:
            connection.send(json.dumps(answer(json.loads(connection.recv()))))


def answer(wanted: dict[str, Any]) -> dict[str, object]:
    """Resolve one request."""
    if wanted.pop("warm_up", False):
        return warm_up()
    how = wanted.pop("how", None)
    if how is None:
        return resolved(wanted)
    return in_child(wanted, **how) if how.pop("in_child", False) else with_settings(wanted, **how)


def resolved(wanted: dict[str, Any]) -> dict[str, object]:
    """Resolve one request."""
    if "promote" in wanted or "mark_failed" in wanted or "tags_of" in wanted:
        return answer_on_tags(wanted)
    if "champion" in wanted:
        return answer_champion(**wanted)
    only_vectors = wanted.pop("only_vectors", False)
    loaded_run = wanted.pop("load_run", None)
    try:
        if only_vectors:
            record, space = resolve_vectors(Request(**wanted))
            return {"record": record.as_json(), "first": space.vectors[0].tolist()}
        model = resolve(Request(**wanted)) if loaded_run is None else load_run(loaded_run, **wanted)
    except EmbedgateError as error:
        return {"kind": error.kind, "message": str(error), "cause": type(error.__cause__).__name__}
    return {
        "record": model.record.as_json(),
        "first": model.space.vectors[0].tolist(),
        "keys": model.space.keys,
        "playlists": model.playlists.ids,
        "plays": len(model.playlists.plays),
    }


def answer_on_tags(wanted: dict[str, Any]) -> dict[str, object]:
    """Promote or mark a run, or return the tags of all runs of a flow."""
    from embedgate.sources import champion_tag  # Metaflow fails while it is imported, in some environments

    try:
        if "promote" in wanted:
            if "die_at" in wanted:
                die_at_write(wanted["die_at"], after=wanted["after"])
            return {"champion": champion_tag.promote(wanted["promote"])}
        if "mark_failed" in wanted:
            champion_tag.mark(wanted["mark_failed"], passed=False)
            return {}
        return {run: sorted(theirs) for run, theirs in champion_tag.FlowTags(wanted["tags_of"]).read().items()}
    except EmbedgateError as error:
        return {"kind": error.kind, "message": str(error)}


def answer_champion(champion: str | None, vectors_file: str | None = None, **request: Any) -> dict[str, object]:
    """Resolve a champion."""
    try:
        tested = Request(vectors_file=Path(vectors_file) if vectors_file else None, **request)
        found = resolve_champion(champion, tested)
    except EmbedgateError as error:
        return {"kind": error.kind, "message": str(error), "cause": type(error.__cause__).__name__}
    if found is None:
        return {"champion": None}
    record, space = found
    return {"record": record.as_json(), "first": space.vectors[0].tolist()}


def warm_up() -> dict[str, object]:
    """Import Metaflow and what it needs for S3, so that forked processes need not."""
    import boto3

    from embedgate.sources import metaflow_run

    boto3.client("s3").close()
    return {"imported": metaflow_run.__name__}


def in_child(wanted: dict[str, Any], *, user: int | None = None, **how: Any) -> dict[str, object]:
    """Resolve a request in a forked process, which shares the imports of this process.

    Args:
        wanted: the request.
        user: ID of the user and the group to run as; None keeps the current user.
        how: see `with_settings`.

    Returns:
        The answer, or the signal that killed the process.
    """
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        try:
            if user is not None:
                from metaflow.client import core

                core.filecache = None  # belongs to the user of the parent process
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
            found = with_settings(wanted, **how)
        except BaseException:  # noqa: BLE001 - every error is sent to the parent
            found = {"crash": traceback.format_exc()}
        with os.fdopen(write, "w") as pipe:
            json.dump(found, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    answered: dict[str, object] = json.loads(text)
    return answered


def with_settings(
    wanted: dict[str, Any], *, limits: dict[str, float] | None = None, keep_cache: bool = False
) -> dict[str, object]:
    """Resolve a request, send the process id to the service, and add the duration to the answer.

    Args:
        wanted: the request.
        limits: values of constants of `embedgate.sources.metaflow_limits` during this request.
        keep_cache: whether Metaflow may use data that it has read before.
    """
    from metaflow.client import filecache
    from metaflow.metaflow_config import SERVICE_HEADERS

    from embedgate.sources import metaflow_limits as module

    if not keep_cache:
        shutil.rmtree(filecache.CLIENT_CACHE_PATH, ignore_errors=True)
    SERVICE_HEADERS["X-Client-Pid"] = str(os.getpid())
    before = {name: getattr(module, name) for name in limits or {}}
    vars(module).update(limits or {})
    started = time.monotonic()
    try:
        return {**resolved(wanted), "seconds": time.monotonic() - started}
    finally:
        vars(module).update(before)


def die_at_write(number: int, *, after: bool) -> None:
    """Kill this process before or after its n-th write of tags, counted from 1."""
    from metaflow.plugins.metadata_providers.local import LocalMetadataProvider

    write = LocalMetadataProvider._persist_tags_for_run  # bound, whether it is a class method or a static method
    written = 0

    def counted(*arguments: object) -> None:
        nonlocal written
        written += 1
        if written == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        write(*arguments)
        if written == number:
            os.kill(os.getpid(), signal.SIGKILL)

    LocalMetadataProvider._persist_tags_for_run = staticmethod(counted)

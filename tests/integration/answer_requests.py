"""Reads a request a line, answers with a line: the model that was resolved, or the error.

Metaflow reads its environment once, when it is imported, and keeps the datastore it found: a process of its own
is the honest way to see what a user in that environment, user and working directory would see.
"""

from __future__ import annotations

import json
import sys

from embedgate.errors import EmbedgateError
from embedgate.sources.resolve import Request, resolve, resolve_vectors


def answer(line: str) -> dict[str, object]:
    """Resolve one request."""
    wanted = json.loads(line)
    only_vectors = wanted.pop("only_vectors", False)
    request = Request(**wanted)
    try:
        if only_vectors:
            record, space = resolve_vectors(request)
            return {"record": record.as_json(), "first": space.vectors[0].tolist()}
        model = resolve(request)
    except EmbedgateError as error:
        return {"kind": error.kind, "message": str(error), "cause": type(error.__cause__).__name__}
    return {
        "record": model.record.as_json(),
        "first": model.space.vectors[0].tolist(),
        "keys": model.space.keys,
        "playlists": model.playlists.ids,
        "plays": len(model.playlists.plays),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)  # noqa: T201 - the answer

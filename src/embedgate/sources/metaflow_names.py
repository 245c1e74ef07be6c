"""Names of flows, runs, tags and namespaces: which are valid, and how messages list and suggest them."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from embedgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 255
"""Characters of a flow name or a run ID: each is a folder of a local datastore."""
_RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:~=@+-]*")
_SHOWN_CHARACTERS, _SHOWN_NAMES = 60, 8


def check_flow(name: str) -> None:
    """Raise UsageError unless a flow can have this name: a Python identifier that is not too long."""
    if not name.isidentifier() or len(name) > MAX_LENGTH:
        raise UsageError(
            f"{_short(name)} is not a flow name. A flow is named like its Python class: letters, digits and "
            f"underscores, at most {MAX_LENGTH} of them, as in ModelingFlow. Correct [model] flow, --gate-flow or "
            "the part of Flow/ID before the slash"
        )


def check_run(run_id: str) -> None:
    """Raise UsageError unless a run can have this ID."""
    if not _RUN_ID.fullmatch(run_id) or len(run_id) > MAX_LENGTH:
        raise UsageError(
            f"{_short(run_id)} is not a run ID. Metaflow prints the ID when a run starts, as in 123, "
            "1700000000000000 or argo-modelingflow-x7k2p. Write Flow/ID or ID"
        )


def check_label(value: str | None, what: str) -> None:
    """Raise UsageError if a tag or namespace is blank; `what` describes it in the message, with its option."""
    if value is not None and not value.strip():
        raise UsageError(f"{what} is empty. Set a value, or leave it out")


def listed(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - _SHOWN_NAMES:,} more" if len(names) > _SHOWN_NAMES else ""
    return (", ".join(names[:_SHOWN_NAMES]) or "none") + more


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a suggestion of similar names, as the end of a sentence; empty if there are none."""
    near = difflib.get_close_matches(name, list(names), n=3, cutoff=0.7)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def _short(name: str) -> str:
    if len(name) <= _SHOWN_CHARACTERS:
        return repr(name)
    return f"{name[:_SHOWN_CHARACTERS]!r}... ({len(name):,} characters)"

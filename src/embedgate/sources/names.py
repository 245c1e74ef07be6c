"""What names of flows, runs, tags and namespaces look like; anything else is a usage error, not a missing run."""

from __future__ import annotations

import re

from embedgate.errors import UsageError

LONGEST = 255
"""Characters of a flow name or a run ID: each is one folder of a local datastore."""
_RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:~=@+-]*")
_SHOWN = 60


def check_flow(name: str) -> None:
    """Refuse what cannot be the name of a flow.

    Raises:
        UsageError: if it is no Python identifier, or too long.
    """
    if not name.isidentifier() or len(name) > LONGEST:
        raise UsageError(
            f"{_short(name)} is not a flow name. A flow is named like its Python class: letters, digits and "
            f"underscores, at most {LONGEST} of them, as in ModelingFlow. Correct [model] flow, --gate-flow or "
            "the part of Flow/ID before the slash"
        )


def check_run(run_id: str) -> None:
    """Refuse what cannot be the ID of a run.

    Raises:
        UsageError: if it has characters that no run ID has, or is too long.
    """
    if not _RUN_ID.fullmatch(run_id) or len(run_id) > LONGEST:
        raise UsageError(
            f"{_short(run_id)} is not a run ID. Metaflow prints the ID when a run starts, as in 123, "
            "1700000000000000 or argo-modelingflow-x7k2p. Write Flow/ID or ID"
        )


def check_label(value: str | None, what: str) -> None:
    """Refuse an empty tag or namespace, which no run has.

    Args:
        value: as it was given; None where it was not.
        what: what it is, with its option, for the message.

    Raises:
        UsageError: if it is blank.
    """
    if value is not None and not value.strip():
        raise UsageError(f"{what} is empty. Set a value, or leave it out")


def _short(name: str) -> str:
    return repr(name) if len(name) <= _SHOWN else f"{name[:_SHOWN]!r}... ({len(name):,} characters)"

"""The table of faults in docs/drill.md: `python -m embedgate.faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.faults.catalogue import FAULTS, HARMLESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.faults.fault import Fault


def table(faults: Sequence[Fault]) -> str:
    """Return a row per fault."""
    rows = (
        f"| `{fault.id}` | {fault.name} | {fault.accident} | {fault.severity}: "
        f"{', '.join(f'{severity:g}' for severity in fault.severities)} |\n"
        for fault in faults
    )
    return "| id | fault | accident | severity |\n| --- | --- | --- | --- |\n" + "".join(rows)


if __name__ == "__main__":
    print(f"{table(FAULTS)}\nHarmless changes:\n\n{table(HARMLESS)}", end="")  # noqa: T201 - the output

"""Tables as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.sanitize import terminal_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a line for each row, with its cells in columns that are as wide as their longest cell."""
    cells = [[terminal_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

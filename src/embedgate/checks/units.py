"""Units of measured values: their ranges, and how a value is printed."""

from __future__ import annotations

from math import inf
from typing import Literal

Unit = Literal["count", "share", "number", "factor", "difference", "deviations"]
UNBOUNDED = (-inf, inf)
RANGE_OF: dict[Unit, tuple[float, float]] = {
    "count": (0.0, inf),
    "share": (0.0, 1.0),
    "number": (0.0, 1.0),
    "factor": (0.0, inf),
    "difference": (-1.0, 1.0),
    "deviations": UNBOUNDED,
}
"""Smallest and largest value by unit, unless a check declares another range."""
_FORMAT = {"count": "{:,.0f}", "factor": "{:,.1f}x", "deviations": "{:.1f} SD"}


def show(value: float | None, unit: str) -> str:
    """Format a value in its unit: `1,234`, `12.3%`, `0.123`, `12.3x`, `+0.012`, `1.2 SD`; a dash if it is None."""
    if value is None:
        return "–"
    if unit == "share":
        return "any" if 0 < value < 1e-12 else f"{value:.1%}"
    if unit == "difference":
        return f"{round(value, 3) + 0.0:+.3f}"  # adding 0.0 turns -0.0 into 0.0
    return _FORMAT.get(unit, "{:.3f}").format(value)

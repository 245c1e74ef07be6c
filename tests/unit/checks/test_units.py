"""Units of printed values."""

from __future__ import annotations

import pytest

from embedgate.checks.units import show


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "number", "–"),
        (1234.0, "count", "1,234"),
        (0.1234, "share", "12.3%"),
        (5e-324, "share", "any"),
        (0.0, "share", "0.0%"),
        (12.34, "factor", "12.3x"),
        (0.12345, "number", "0.123"),
        (0.0123, "difference", "+0.012"),
        (-1e-9, "difference", "+0.000"),
        (1.26, "deviations", "1.3 SD"),
    ],
)
def test_value_is_shown_in_its_unit(value: float | None, unit: str, shown: str) -> None:
    assert show(value, unit) == shown

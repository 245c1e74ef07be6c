"""Progress is for those who watch."""

from __future__ import annotations

import pytest

from embedgate.progress import WATCHED, on_terminal, silent, watch


@pytest.mark.parametrize(("terminal", "ci", "expected"), [(True, "", "1"), (True, "true", "0"), (False, "", "0")])
def test_it_is_shown_on_a_terminal_outside_of_ci(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, ci: str, expected: str
) -> None:
    """A terminal that is no CI's is watched, nothing else is."""
    import os

    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv(WATCHED, "")
    monkeypatch.delenv(WATCHED)

    watch(terminal=terminal)

    assert os.environ[WATCHED] == expected
    if expected == "0":
        assert on_terminal("anything") is silent


def test_what_the_user_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set to 0 by hand, a terminal stays quiet."""
    monkeypatch.setenv(WATCHED, "0")

    watch(terminal=True)

    assert on_terminal("anything") is silent

"""Progress is shown on interactive terminals only."""

from __future__ import annotations

import pytest

from embedgate.progress import WATCHED, on_terminal, silent, watch


@pytest.mark.parametrize(("terminal", "ci", "expected"), [(True, "", "1"), (True, "true", "0"), (False, "", "0")])
def test_progress_is_shown_on_a_terminal_outside_of_ci(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, ci: str, expected: str
) -> None:
    import os

    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv(WATCHED, "")
    monkeypatch.delenv(WATCHED)

    watch(terminal=terminal)

    assert os.environ[WATCHED] == expected
    if expected == "0":
        assert on_terminal("anything") is silent


def test_environment_variable_set_by_the_user_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the value 0, no progress is shown on a terminal."""
    monkeypatch.setenv(WATCHED, "0")

    watch(terminal=True)

    assert on_terminal("anything") is silent

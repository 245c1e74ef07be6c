"""Names of flows, runs, tags and namespaces; invalid names are usage errors."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.errors import UsageError
from embedgate.sources.metaflow_names import MAX_LENGTH, check_flow, check_label, check_run

_WORD = string.ascii_letters + string.digits + "_"


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,60}", fullmatch=True))
def test_any_class_name_is_a_flow_name(name: str) -> None:
    check_flow(name)


@given(st.text(max_size=20), st.characters(exclude_characters=_WORD, max_codepoint=127), st.text(max_size=20))
def test_name_with_any_other_ascii_character_is_rejected(before: str, character: str, after: str) -> None:
    with pytest.raises(UsageError, match="is not a flow name"):
        check_flow(before + character + after)


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.:~=@+-]{0,60}", fullmatch=True))
def test_ids_of_all_schedulers_are_run_ids(run: str) -> None:
    check_run(run)


@given(st.text(max_size=20), st.characters(exclude_characters=_WORD + ".:~=@+-"), st.text(max_size=20))
def test_run_id_with_special_characters_of_paths_or_urls_is_rejected(before: str, character: str, after: str) -> None:
    with pytest.raises(UsageError, match="is not a run ID"):
        check_run(before + character + after)


def test_length_is_limited() -> None:
    check_flow("x" * MAX_LENGTH)
    check_run("1" * MAX_LENGTH)
    for check in (check_flow, check_run):
        with pytest.raises(UsageError, match=r"256 characters"):
            check("x" * (MAX_LENGTH + 1))


def test_blank_label_is_rejected() -> None:
    check_label(None, "the tag")
    check_label("champion", "the tag")
    for blank in ("", " ", "\t\n"):
        with pytest.raises(UsageError, match="the tag is empty"):
            check_label(blank, "the tag")

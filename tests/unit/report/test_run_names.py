"""What a run is called, by whom and with which tags is users' text too: one line each, shown as written."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.config import Config, Settings
from embedgate.judgement.verdict import VerdictRecord
from embedgate.report import first_screen, terminal
from embedgate.report.markup import safe
from embedgate.report.story import TURNS_ORDER, compared_with
from embedgate.sources.records import LoadedModel, RunRecord
from embedgate.testing import sample
from tests.integration.hostile import names, on_page

SAMPLE = sample(artists_per_genre=4, tracks_per_artist=2, playlists=3)
LOADED = LoadedModel(RunRecord(source="metaflow", pathspec="Flow/1"), SAMPLE.space(), SAMPLE.playlists())


class Facts(HTMLParser):
    """Names and values of the facts on the first screen, and every tag that is there."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.of: dict[str, str] = {}
        self._said: list[str] = []
        self.feed(fragment)
        self.close()

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._said.append("")

    def handle_data(self, data: str) -> None:
        self._said[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "dd":
            self.of[self._said[-2]] = self._said[-1]


@given(run=names(), user=names(), tags=st.lists(names(), min_size=1, max_size=3), champion=names())
def test_hostile_names_of_runs_are_text(run: str, user: str, tags: list[str], champion: str) -> None:
    """On the first screen as written, in the terminal's header on one line that is no command to a CI's runner."""
    record = replace(LOADED.record, pathspec=run, user=user, tags=tuple(tags))
    loaded = replace(LOADED, record=record)
    beside = {"pathspec": champion, "user": user}
    verdict = VerdictRecord(outcome="passed", results=[], run=record.as_json(), champion=beside, config=champion)

    facts = Facts(first_screen.about(verdict, loaded, held_out=False))
    header = terminal.header(loaded, compared_with(beside, ""), Config(Settings(), shown=champion))

    assert set(facts.tags) == {"dl", "div", "dt", "dd"}
    for name, value in (("run", run), ("by", user), ("tags", ", ".join(tags)), ("config", champion)):
        assert facts.of[name] == on_page(value)
    assert len(header) == 4
    for line in header:
        assert len(line.splitlines()) == 1
        assert line.startswith("embedgate: ")
        assert "##[" not in line
        assert not TURNS_ORDER.intersection(line)


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_name_turns_what_stands_behind_it(mark: str) -> None:
    """Marks that reach beyond a name show; those that are part of how a language is written stay."""
    assert safe(f"a{mark}b") == "a\ufffdb"
    assert safe("\u05d0\u200f!\u200e \u061c") == "\u05d0\u200f!\u200e \u061c"

"""Names of runs, users and tags may contain any text, which terminal and report must not interpret."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from embedgate.config.file import Config
from embedgate.config.settings import Settings
from embedgate.judgement.verdict import VerdictRecord
from embedgate.report import terminal
from embedgate.report.html import render
from embedgate.report.wording import champion_text
from embedgate.sanitize import BIDI_CONTROLS
from embedgate.sources.records import LoadedModel, RunRecord
from embedgate.testing import sample
from tests.integration.hostile import names, on_page

SAMPLE = sample(artists_per_genre=4, tracks_per_artist=2, playlists=3)
LOADED = LoadedModel(RunRecord(source="metaflow", pathspec="Flow/1"), SAMPLE.space(), SAMPLE.playlists())


class Facts(HTMLParser):
    """Parsed facts at the top of the report: names, values, and the tags of all elements."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.of: dict[str, str] = {}
        self._texts = [""]
        self.feed(fragment.partition('<dl class="eg-facts">')[2].partition("</dl>")[0])
        self.close()

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._texts.append("")

    def handle_data(self, data: str) -> None:
        self._texts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "dd":
            self.of[self._texts[-2]] = self._texts[-1]


@given(run=names(), user=names(), tags=st.lists(names(), min_size=1, max_size=3), champion=names())
def test_hostile_names_of_runs_are_shown_as_text(run: str, user: str, tags: list[str], champion: str) -> None:
    """The report shows names as written; the terminal shows them on one line without commands for CI runners."""
    record = replace(LOADED.record, pathspec=run, user=user, tags=tuple(tags))
    loaded = replace(LOADED, record=record)
    beside = {"pathspec": champion, "user": user}
    verdict = VerdictRecord(outcome="passed", checks=(), run=record.as_json(), champion=beside, config=champion)

    facts = Facts(render(verdict).html)
    header = terminal.header(loaded, champion_text(beside, ""), Config(Settings(), shown=champion))

    assert set(facts.tags) == {"div", "dt", "dd"}
    for name, value in (("run", run), ("by", user), ("tags", ", ".join(tags)), ("config", champion)):
        assert facts.of[name] == on_page(value)
    assert len(header) == 4
    for line in header:
        assert len(line.splitlines()) == 1
        assert line.startswith("embedgate: ")
        assert "##[" not in line
        assert not BIDI_CONTROLS.intersection(line)

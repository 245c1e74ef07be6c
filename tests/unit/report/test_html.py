"""The report's fragment: its content and order, what is collapsed, and hostile names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import Markup

from embedgate.checks.bounds import at_least
from embedgate.judgement.diagnosis_record import Diagnosis
from embedgate.judgement.records import RecordedVerdict
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictRecord, outcome_of
from embedgate.report import drawings, live_map
from embedgate.report.figures.figure import Figure
from embedgate.report.html import STYLE, families_table, headline, notebook, render

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedgate.measures.evidence import Evidence

HOSTILE = "\"'><svg onload=alert(1)></details></td><script>x</script>\ud83d\x1b"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
VOID = {"img", "br", "meta", "link"}


def result(check_id: str = "vocabulary.size", outcome: Any = "passed", **more: Any) -> CheckResult:
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


def verdict(*results: CheckResult, **more: Any) -> VerdictRecord:
    return VerdictRecord(**{"outcome": outcome_of(results), "checks": tuple(results), "run": None, **more})


def cause(**more: Any) -> Diagnosis:
    """Return a cause of two checks."""
    given = {"cause": "c", "sentence": "Keys are shifted.", "action": "Shift them back.", "explains": ("f.x", "f.y")}
    return Diagnosis(**{**given, **more})


class Page(HTMLParser):
    """A parsed fragment: its tags, and per family its name, whether it is open, its visible and collapsed checks."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.families: list[tuple[str, bool, list[str], list[str]]] = []
        self.tags: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(fragment)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append((tag, given.get("class") or ""))
        if tag == "details" and (given.get("class") or "").startswith("eg-family"):
            self.families.append(("", "open" in given, [], []))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if not self.families or not tags:
            return
        name, is_open, shown, folded = self.families[-1]
        if tags[-1] == "b" and "summary" in tags and not name:
            self.families[-1] = (data, is_open, shown, folded)
        if tags[-1] == "code" and "table" in tags:
            (folded if any(classes == "eg-rest" for _, classes in self._open) else shown).append(data)


def texts(pattern: str, fragment: str) -> list[str]:
    """Return the visible text of each match, with normalized white space."""
    found = re.findall(pattern, fragment, re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]*>", "", each)).split()) for each in found]


def test_only_families_with_flagged_checks_are_open() -> None:
    """Families without a problem, and inconclusive checks of severity `warn`, are collapsed."""
    page = Page(
        families_table(
            [
                result("integrity.finite"),
                result("neighbours.known_rate", "inconclusive", severity="warn"),
                result("geometry.collapse"),
                result("geometry.hubness", "warned"),
                result("champion.misplaced", "failed"),
            ]
        )
    )

    assert page.families == [
        ("champion", True, ["champion.misplaced"], []),
        ("geometry", True, ["geometry.hubness", "geometry.collapse"], []),
        ("integrity", False, ["integrity.finite"], []),
        ("neighbours", False, ["neighbours.known_rate"], []),
    ]


def test_passed_checks_of_a_large_family_are_collapsed() -> None:
    many = [result(f"separation.pair[g{number}~h]") for number in range(69)]

    page = Page(families_table([*many, result("separation.map[rock]", "failed")]))

    assert page.families == [("separation", True, ["separation.map[rock]"], [each.id for each in many])]


def test_row_of_a_family_shows_outcome_counts_and_key_check() -> None:
    coverage = result("vocabulary.coverage", value=0.9, unit="share", bound=at_least(0.8, "user"))
    top = result("vocabulary.top", "no_baseline", value=3.0, unit="count")
    summary = "<summary>(.*?)</summary>"

    assert texts(summary, families_table([coverage])) == [
        "✓ passed vocabulary 1 check vocabulary.coverage 90.0% ≥ 80.0% (configured)"
    ]
    assert texts(summary, families_table([coverage, top])) == [
        "✓ passed vocabulary 2 checks: 1 no baseline, 1 passed vocabulary.coverage 90.0% ≥ 80.0% (configured)"
    ]


def test_row_of_a_family_without_a_value_shows_the_message() -> None:
    """The bound is left out if there is no value to compare."""
    message = "There is no champion yet."
    check = result("champion.lost", "no_baseline", message=message, bound=at_least(0.5, "champion"))

    assert texts("<summary>(.*?)</summary>", families_table([check])) == [
        f"– no baseline champion 1 check champion.lost {message}"
    ]


@pytest.mark.parametrize("outcome", ["inconclusive", "not_applicable", "no_baseline", "off", "not_run", "error"])
def test_row_of_a_check_without_a_comparison_shows_its_reason(outcome: str) -> None:
    """The message of a check that was compared with its bound is listed above, if it is flagged."""
    reason = "No <b>known</b> track is configured."
    checks = [result("neighbours.known", outcome, message=reason), result("vocabulary.size", message="Many.")]

    table = families_table(checks)

    assert texts('<div class="eg-reason">(.*?)</div>', table) == [reason]
    assert texts("<td>(Does a known track.*?)</td>", table) == [
        f"Does a known track have the expected neighbours?{reason}"
    ]


def test_row_of_a_check_shows_the_champions_value_and_the_trend() -> None:
    own = result("vocabulary.coverage", value=0.9, unit="share", interval=(0.85, 0.95))
    other = result("vocabulary.size", value=7.0, unit="count", n=1234)

    table = families_table(
        [own, other],
        figures={"vocabulary": Markup("<figure>drawn</figure>")},
        trend_bars={own.id: Markup("<i>bars</i>")},
        champion_values={own.id: "80.0%"},
    )

    assert texts("<summary>(.*?)</summary>", table)[0].endswith("90.0% (85.0% to 95.0%), champion 80.0% bars")
    assert texts('<td class="eg-n" data-of="champion">(.*?)</td>', table) == ["80.0%", ""]
    assert texts('<td class="eg-n" data-of="n">(.*?)</td>', table) == ["0", "1,234"]
    assert table.count("<i>bars</i>") == 2
    assert table.count("<figure>drawn</figure>") == 1


def test_champions_values_come_from_its_own_gate_run() -> None:
    """Champions from files have none, because files may change; comparisons with the champion have none either."""
    checks = tuple(result(each, value=0.25) for each in ("vocabulary.coverage", "champion.lost"))
    history = [
        RecordedVerdict(kind="verdict", at=NOW, outcome="passed", run={"pathspec": f"F/{number}"}, checks=checks)
        for number in (1, 2)
    ]
    results = [result("vocabulary.coverage", value=0.5, unit="share"), result("champion.lost", value=0.5)]

    shown = {
        source: texts(
            'data-of="champion">(.*?)</td>',
            render(verdict(*results, champion={"source": source, "pathspec": "F/1"}), history=history).html,
        )
        for source in ("metaflow", "files")
    }

    assert shown == {"metaflow": ["25.0%"], "files": []}


def test_headline_shows_outcome_error_and_missing_parts_of_the_floor() -> None:
    failed = headline(verdict(error={"kind": "FlowNotFound", "message": "there is\nnone"}, outcome="failed"))
    partial = headline(verdict(result(), outcome="partial", missing=("No check ran at severity fail.",)))

    assert texts("<strong>(.*?)</strong>", failed + partial) == ["failed", "partial"]
    assert "<b>FlowNotFound:</b> there is\nnone</p>" in failed
    assert texts('<p class="eg-notice">(.*?)</p>', partial) == ["No check ran at severity fail."]


def test_flagged_checks_have_message_and_offending_tracks() -> None:
    """Five tracks are listed; if verdict.json does not list all of them, the CSV file is mentioned."""
    items = "<li[^>]*>(.*?)</li>"
    few = render(verdict(result(outcome="failed", message="Two.\nLines.", tracks=("a", "b")))).html
    many = render(verdict(result(outcome="failed", message="Low.", tracks=tuple(map(str, range(51)))))).html
    none = render(verdict(result(), result(outcome="inconclusive", severity="warn"))).html

    assert texts(items, few) == ["failed vocabulary.size Two. Lines. Offending tracks: a, b"]
    assert "Two.\nLines." in few
    assert texts(items, many)[0].endswith(
        "Low. Offending tracks: 0, 1, 2, 3, 4 and 46 more (all of them: the file .tracks.csv beside the verdict)"
    )
    assert texts(items, none) == []


def test_flagged_checks_after_the_first_eight_are_collapsed() -> None:
    """Warned checks come last."""
    results = [result(outcome="warned", message="soft"), *(result(outcome="failed") for _ in range(9))]

    first, rest = render(verdict(*results)).html.split('<details class="eg-rest"><summary>2 more</summary>')

    assert first.count("<li ") == 8
    assert rest.count("<li ") == 2
    assert texts("<li[^>]*>(.*?)</li>", rest)[-1].endswith("soft")


@pytest.mark.parametrize("shown", [lambda found: render(found).html, notebook], ids=["report", "notebook"])
def test_causes_are_above_the_failures(shown: Callable[[VerdictRecord], str]) -> None:
    """Keys of both sides are in the same row; a side with fewer keys leaves its cell empty."""
    examples = {"keys of the model": ("a", "b"), "keys of the playlists": ("A",)}
    found = verdict(
        result("geometry.hubness", "failed", message="Low."),
        diagnoses=(cause(examples=examples), cause(explains=("f.z",))),
    )

    text, explains = "Keys are shifted. Shift them back.", "the checks that it explains"
    head, _, failures = shown(found).partition('<ul class="eg-flagged">')

    assert texts('<div class="eg-cause">(.*?)</div>', head) == [
        f"Cause of 2 checks: {text} keys of the model keys of the playlists a A b {explains} f.x, f.y",
        f"Cause of 1 check: {text} the check that it explains f.z",
    ]
    assert texts("<td>(.*?)</td>", head) == ["a", "A", "b", ""]
    assert "Low." in failures


def test_hostile_names_add_no_elements() -> None:
    def tags(name: str) -> list[str]:
        check = result("custom.x", "failed", message=name, tracks=(name,))
        found = verdict(
            check,
            champion={"pathspec": name},
            config=name,
            error={"kind": "Broken", "message": name},
            diagnoses=(cause(sentence=name, examples={name: (name,)}),),
        )
        fragment = render(found, notes=[name]).html
        fragment.encode()
        return Page(re.sub("<style>.*?</style>", "", fragment, flags=re.DOTALL)).tags

    assert tags(HOSTILE) == tags("harmless")


@pytest.fixture
def _simple_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    def figures_of(family: str, *_: object) -> Sequence[Figure]:
        return [Figure(f"figure of {family}", "how to read it", html=Markup("<i>drawn</i>"))]

    monkeypatch.setattr(drawings, "figures_of", figures_of)


@pytest.mark.usefixtures("_simple_figures")
def test_only_families_with_evaluated_checks_have_figures(evidence: Evidence) -> None:
    """A check that is off or did not run is not measured just to draw a figure."""
    results = [result("geometry.hubness"), result("integrity.finite", "off"), result("vocabulary.top", "not_run")]

    assert texts("<figcaption><b>(.*?)</b>", render(verdict(*results), evidence).html) == ["figure of geometry"]


@pytest.mark.usefixtures("_simple_figures")
def test_map_and_its_image_are_below_the_families(evidence: Evidence) -> None:
    fragment = render(verdict(result("map.faithfulness"), result("geometry.hubness")), evidence).html

    families, _, below = fragment.partition('id="eg-map"')
    assert texts("<figcaption><b>(.*?)</b>", families) == ["figure of geometry"]
    assert texts("<figcaption><b>(.*?)</b>", below) == ["figure of map"]


@pytest.mark.usefixtures("_simple_figures")
def test_map_that_cannot_be_drawn_is_replaced_by_its_image_and_a_note(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no such track")

    monkeypatch.setattr(live_map, "map_payload", broken)

    rendered = render(verdict(result("map.faithfulness")), evidence, notes=["first"])

    assert rendered.failures == ["the live map could not be drawn: ValueError: no such track"]
    assert texts('<p class="eg-notice">(.*?)</p>', rendered.html) == ["first", *rendered.failures]
    assert texts("<figcaption><b>(.*?)</b>", rendered.html) == ["figure of map"]


def test_figure_that_cannot_be_drawn_is_reported_in_a_note(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(family: str, *_: object) -> Sequence[Figure]:
        if family == "map":
            raise MemoryError
        return [Figure(family, "", png=b"a picture")]

    monkeypatch.setattr(drawings, "figures_of", broken)

    rendered = render(verdict(result("map.faithfulness"), result("geometry.hubness")), evidence)

    assert rendered.failures == ["the figures of map could not be drawn: MemoryError: "]
    assert 'src="data:image/png;base64,YSBwaWN0dXJl"' in rendered.html


def test_history_that_cannot_be_drawn_is_reported_in_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(drawings, "draw_trends", broken)

    assert render(verdict(result())).failures == ["the history could not be drawn: RuntimeError: boom"]


def test_facts_start_with_run_and_champion_and_include_the_size_of_the_model(evidence: Evidence) -> None:
    run = {"pathspec": "F/1", "user": "ann"}

    fragment = render(verdict(run=run, champion={"pathspec": "F/0"}, seconds=1.25, config="c.toml"), evidence).html

    assert texts("<dt>(.*?)</dt>", fragment) == ["run", "champion", "by", "vectors", "playlists", "config", "took"]
    assert (
        texts("<dd>(.*?)</dd>", fragment)[3]
        == f"{len(evidence.model.space):,} tracks × {evidence.model.space.dimensions} dimensions"
    )


def test_notebook_has_verdict_and_checks_without_scripts() -> None:
    fragment = notebook(
        verdict(result(outcome="failed", message="Low.", tracks=("A-x",)), result("map.faithfulness"))
    )
    page = Page(re.sub("<style>.*?</style>", "", fragment, flags=re.DOTALL))

    assert "script" not in page.tags
    assert texts("<strong>(.*?)</strong>", fragment) == ["failed"]
    assert texts("<li[^>]*>(.*?)</li>", fragment)[0].endswith("Low. Offending tracks: A-x")
    assert [name for name, *_ in page.families] == ["vocabulary", "map"]


def test_style_does_not_affect_anything_outside_the_report() -> None:
    """A notebook contains other content, so every selector starts with a class of the report."""
    rules = re.sub(r"/\*.*?\*/|@media[^{]*\{", "", STYLE, flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", rules)

    assert len(selectors) > 50
    assert [each.strip() for each in selectors if not re.match(r"\s*(:where\(|:is\()?\.eg\b", each)] == []

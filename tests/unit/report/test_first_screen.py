"""The first screen of the report: what is told, in which order, what is folded, and that no name breaks it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from embedgate.checks.bounds import at_least
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictRecord, fold
from embedgate.report.families_table import families_table
from embedgate.report.first_screen import about, banner, broken, error
from embedgate.report.style import STYLE

HOSTILE = "\"'><svg onload=alert(1)></details></td><script>x</script>\ud83d\x1b"


def result(check_id: str = "vocabulary.size", outcome: Any = "passed", **more: Any) -> CheckResult:
    """A result of some check."""
    return CheckResult(id=check_id, outcome=outcome, **{"severity": "fail", **more})


class Rows(HTMLParser):
    """Each family: whether it is open, and the checks in it, those of a fold of its own apart."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.families: list[tuple[str, bool, list[str], list[str]]] = []
        self.tags: list[str] = []
        self._fold = 0
        self._table = False
        self._in = ""
        self.feed(fragment)
        self.close()
        assert self._fold == 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in = tag
        if tag == "details":
            self._fold += 1
            if self._fold == 1:
                self.families.append(("", "open" in dict(attrs), [], []))
        if tag == "table":
            self._table = True
        if tag == "summary":
            self._table = False

    def handle_endtag(self, tag: str) -> None:
        self._in = ""
        if tag == "details":
            self._fold -= 1

    def handle_data(self, data: str) -> None:
        if self._in == "b" and self.families and not self.families[-1][0]:
            self.families[-1] = (data, *self.families[-1][1:])
        if self._in == "code" and self._table and self._fold:
            _name, _open, shown, folded = self.families[-1]
            (shown if self._fold == 1 else folded).append(data)


def test_families_with_something_wrong_stand_open_and_first() -> None:
    """What stops comes before what warns, both before the rest, which is folded away in the order of the checks."""
    page = Rows(
        families_table(
            [
                result("integrity.finite"),
                result("vocabulary.size"),
                result("neighbours.known_rate", "inconclusive", severity="warn"),
                result("geometry.collapse"),
                result("geometry.hubness", "warned"),
                result("champion.lost"),
                result("champion.misplaced", "failed"),
            ]
        )
    )

    assert page.families == [
        ("champion", True, ["champion.misplaced", "champion.lost"], []),
        ("geometry", True, ["geometry.hubness", "geometry.collapse"], []),
        ("integrity", False, ["integrity.finite"], []),
        ("vocabulary", False, ["vocabulary.size"], []),
        ("neighbours", False, ["neighbours.known_rate"], []),
    ]


def test_of_many_checks_those_that_hold_are_folded_again() -> None:
    """One broken check of seventy is not to be looked for among them."""
    many = [result(f"separation.pair[g{number}~h]") for number in range(69)]
    page = Rows(families_table([*many, result("separation.map[rock]", "failed")]))

    assert page.families == [("separation", True, ["separation.map[rock]"], [each.id for each in many])]


@pytest.mark.parametrize(
    ("outcomes", "word"),
    [
        (("passed", "no_baseline", "off"), "✓ passed"),
        (("no_baseline", "off"), "– no baseline"),
        (("passed", "not_applicable"), "✓ passed"),
        (("no_baseline", "not_applicable"), "– no baseline"),
        (("not_applicable", "not_applicable"), "· not applicable"),
        (("passed", "not_run"), "○ not run"),
        (("passed", "warned", "failed"), "✗ failed"),
    ],
)
def test_a_family_bears_its_worst_outcome(outcomes: tuple[str, ...], word: str) -> None:
    """A check without a baseline, or one that is off or not applicable, leaves a family passed."""
    table = families_table([result("vocabulary.size", each) for each in outcomes])

    assert re.findall(r'<span class="eg-word">([^<]*)</span>', table) == [word]


def test_a_family_shows_its_most_telling_value() -> None:
    """Of the broken check; where none is, of the one that says most of the family."""
    size = result("vocabulary.size", value=12.0, unit="count")
    coverage = result("vocabulary.coverage", value=0.9, unit="share", bound=at_least(0.8, "user"))
    top = result("vocabulary.top", "failed", value=3.0, unit="count")
    told = re.compile(r'<span class="eg-telling">(.*?)</span>')

    assert told.findall(families_table([size, coverage])) == [
        "<code>vocabulary.coverage</code> <b>90.0%</b> ≥ 80.0% (yours)"
    ]
    assert told.findall(families_table([size, coverage, top])) == ["<code>vocabulary.top</code> <b>3</b>"]


def test_a_family_without_a_value_says_why() -> None:
    """A bound that nothing was held against says nothing."""
    says = "There is no champion yet."
    first = families_table([result("champion.lost", "no_baseline", message=says, bound=at_least(0.5, "champion"))])

    assert f'<span class="eg-telling"><code>champion.lost</code> {says}</span>' in first


def test_a_family_names_the_data_that_do_not_exist_once() -> None:
    """One line a cause, with the ids; a family in which everything applies has none."""
    cause = "No <b>known</b> track is configured."
    none = [result(each, "not_applicable", message=cause) for each in ("neighbours.known", "neighbours.known_rate")]

    table = families_table(
        [*none, result("neighbours.co_listening", value=0.9), result("vocabulary.size", value=9.0)]
    )

    ids = "<code>neighbours.known</code>, <code>neighbours.known_rate</code>"
    assert re.findall(r'<p class="eg-cause">(.*?)</p>', table) == [
        f"not applicable: {ids}: No &lt;b&gt;known&lt;/b&gt; track is configured."
    ]


def test_a_row_has_what_stands_beside_the_value() -> None:
    """Interval, the champion's value in its unit, how it went; a comparison has no value of the champion's."""
    own = result("vocabulary.coverage", value=0.9, unit="share", interval=(0.85, 0.95))
    compared = result("champion.lost", value=0.1)
    shown = families_table(
        [own, compared],
        figures={"vocabulary": "<figure>drawn</figure>"},
        trends={own.id: "<i>went</i>"},
        champion={own.id: 0.8, compared.id: 0.3},
    )

    assert '<b>90.0%</b> (85.0% to 95.0%), champion 80.0%</span><span class="eg-went"><i>went</i></span>' in shown
    assert '<td class="eg-n" data-of="champion">80.0%</td>' in shown
    assert shown.count("0.300") == 0
    assert shown.count("<figure>drawn</figure>") == 1


def test_the_banner_says_how_much_is_broken() -> None:
    """How many of how many, and in which families; what passed says so."""
    results = [result(f"{family}.x", "failed") for family in ("custom", "integrity", "champion")]

    def says(*given: CheckResult, **more: Any) -> str:
        return banner(VerdictRecord(outcome=fold(given), results=given, run=None, **more))

    assert "3 of 4 checks are broken, in custom, integrity and champion." in says(*results, result())
    assert "1 of 1 checks is broken, in custom." in says(results[0])
    assert "not by a check but by an error" in says(
        result(), error={"kind": "FlowNotFound", "message": "there is none"}
    )
    assert "may be promoted" in says(result())
    assert "is the champion now" in says(result(), promoted=True)


def test_what_is_broken_is_told_in_sentences() -> None:
    """Outcome, id, message, five tracks to blame; the whole list is named where verdict.json cuts it."""
    few = broken([result(outcome="failed", message="Two.\nLines.", tracks=("a", "b"))])
    many = broken([result(outcome="failed", tracks=tuple(map(str, range(51))))])

    assert "<code>vocabulary.size</code> Two.<br>Lines." in few
    assert "To blame: <q>a</q>, <q>b</q></div>" in few
    assert "<q>4</q> and 46 more (the whole list: verdict.tracks.csv)</div>" in many
    assert broken([result(), result(outcome="inconclusive", severity="warn")]) == ""


def test_a_long_list_of_what_is_broken_is_folded() -> None:
    """Eight are told; the rest is one click away, what warns behind what stops."""
    told = broken([result(outcome="warned", message="soft"), *(result(outcome="failed") for _ in range(9))])
    first, rest = told.split('<details class="eg-rest"><summary>2 more</summary>')

    assert first.count("<li") == 8
    assert rest.count("<li") == 2
    assert rest.endswith("soft</li></ul></details>")


def test_no_name_breaks_the_first_screen() -> None:
    """A hostile name leaves the tags that a harmless one has."""

    def tags(name: str) -> list[str]:
        one = result("custom.x", "failed", message=name, tracks=(name,))
        found = VerdictRecord(
            outcome="failed",
            results=[one],
            run=None,
            champion={"pathspec": name},
            config=name,
            error={"kind": "Broken", "message": name},
        )
        page = "".join(
            [
                banner(found),
                about(found, None, held_out=False),
                error(found),
                broken([one]),
                families_table([one]),
            ]
        )
        page.encode()
        return Rows(page).tags

    assert tags(HOSTILE) == tags("harmless")


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_in_light_and_dark() -> None:
    """A contrast of 4.5 at least of every text colour on every ground that it stands on (WCAG 2, AA)."""
    schemes = [dict(re.findall(r"--eg-([a-z-]+):(#[0-9a-f]{6})", part)) for part in STYLE.split("@media")[:2]]
    grounds = {"bad": "bad-wash", "look": "look-wash", "ink": "bad-wash", "muted": "wash", "near": "wash"}

    for scheme in schemes:
        assert len(scheme) == 13
        for text in ("ink", "muted", "good", "bad", "look", "near"):
            for ground in ("paper", "wash", grounds.get(text, "paper")):
                assert _contrast(scheme[text], scheme[ground]) >= 4.5, (text, ground)
    for banner_colour in re.findall(r"\.eg-verdict[^{]*\{[^}]*background:(#[0-9a-f]{6})", STYLE):
        assert _contrast("#ffffff", banner_colour) >= 4.5

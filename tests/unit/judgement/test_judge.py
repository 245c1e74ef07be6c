"""From a measurement and a bound to an outcome."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from embedgate.checks.bounds import Bound, at_least, at_most
from embedgate.checks.check import Check
from embedgate.checks.registry import CHECKS, FAMILIES, cases, check_ids, check_of
from embedgate.checks.units import show
from embedgate.config import CheckSettings, Settings
from embedgate.judgement.judge import choose_bound, judge
from embedgate.judgement.result import CheckResult, Outcome
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.statistics import Null

SAYS = Measurement(value=0.5, n=40, summary="half of them hold", hint="look at both halves", tracks=("A-x", "B-y"))
CHANCE = Null(np.linspace(0, 0.4, 999), 0.001)
FEW = replace(CHANCE, inconclusive="few artists")
FAIL, WARN = Check(id="f.check", question="Is it so?"), Check(id="f.check", question="Is it so?", severity="warn")
NOTHING = CheckSettings()


def outcome_of(measurement: Measurement, check: Check = FAIL, user: CheckSettings = NOTHING) -> CheckResult:
    """Judge with playlists that the model was trained on."""
    return judge("f.check", check, measurement, user, held_out=False)


@pytest.mark.parametrize(
    ("measurement", "check", "user", "outcome"),
    [
        (SAYS, FAIL, CheckSettings(at_least=0.4), "passed"),
        (SAYS, FAIL, CheckSettings(at_least=0.5), "passed"),  # the value may equal the bound
        (SAYS, FAIL, CheckSettings(at_most=0.5), "passed"),
        (SAYS, FAIL, CheckSettings(at_least=0.6), "failed"),
        (SAYS, FAIL, CheckSettings(at_most=0.4), "failed"),
        (SAYS, WARN, CheckSettings(at_least=0.6), "warned"),
        (SAYS, FAIL, CheckSettings(at_least=0.6, severity="warn"), "warned"),
        (SAYS, WARN, CheckSettings(at_least=0.6, severity="fail"), "failed"),
        (SAYS, FAIL, NOTHING, "no_baseline"),
        (SAYS, replace(FAIL, bound=at_least(0.7, "null", constant=True)), NOTHING, "failed"),
        (SAYS, replace(FAIL, bound=at_least(0.7, "null", constant=True)), CheckSettings(at_least=0), "passed"),
        (replace(SAYS, null=CHANCE), FAIL, NOTHING, "passed"),
        (replace(SAYS, null=CHANCE, value=0.3), FAIL, NOTHING, "failed"),
        (replace(SAYS, null=CHANCE, value=0.4), FAIL, NOTHING, "failed"),  # as high as chance went
        (replace(SAYS, null=CHANCE, value=0.3), FAIL, CheckSettings(at_least=0.2), "passed"),
        (replace(SAYS, null=replace(CHANCE, inconclusive="few artists")), FAIL, NOTHING, "inconclusive"),
        (
            replace(SAYS, null=replace(CHANCE, inconclusive="few artists")),
            FAIL,
            CheckSettings(at_least=0.4),
            "passed",
        ),
        (replace(SAYS, inconclusive="a bad map"), FAIL, CheckSettings(at_least=0.4), "inconclusive"),
        (replace(SAYS, breach="never near"), FAIL, CheckSettings(at_least=0), "failed"),
        (replace(SAYS, breach="never near"), WARN, NOTHING, "warned"),
        (replace(SAYS, value=float("nan")), FAIL, CheckSettings(at_least=0), "failed"),
        (replace(SAYS, value=float("nan")), FAIL, CheckSettings(at_most=0), "failed"),
        (inconclusive("too few"), FAIL, CheckSettings(at_least=0), "inconclusive"),
    ],
)
def test_the_bound_and_the_severity_decide(
    measurement: Measurement, check: Check, user: CheckSettings, outcome: Outcome
) -> None:
    """The user's number before chance before the documented constant; a breach and a lack before them all."""
    assert outcome_of(measurement, check, user).outcome == outcome


@pytest.mark.parametrize(
    ("of_measurement", "severity", "expected", "stops"),
    [
        ("warn", None, "warn", False),
        ("warn", "fail", "fail", True),
        (None, None, "fail", True),
        (None, "warn", "warn", False),
    ],
)
def test_a_measurement_may_lower_the_severity_of_a_lack_unless_the_user_sets_it(
    *, of_measurement: Literal["warn"] | None, severity: str | None, expected: str, stops: bool
) -> None:
    """A genre with too few tags only warns; too few pairs of tracks fail the gate."""
    user = CheckSettings.model_validate({"severity": severity})

    found = outcome_of(inconclusive("too few", severity=of_measurement), FAIL, user)

    assert (found.outcome, found.severity, found.fails_gate) == ("inconclusive", expected, stops)


@pytest.mark.parametrize("severity", [None, "warn", "fail"])
@pytest.mark.parametrize("bound", [{}, {"at_least": 0.5}, {"at_most": 0.5}])
def test_a_check_whose_data_do_not_exist_never_fails(*, severity: str | None, bound: dict[str, float]) -> None:
    """Neither a severity nor a bound of the user's makes it fail; no bound is held."""
    user = CheckSettings.model_validate({"severity": severity, **bound})

    found = outcome_of(not_applicable("no artists", n=3), FAIL, user)

    assert (found.outcome, found.severity, found.fails_gate) == ("not_applicable", severity or "fail", False)
    assert (found.value, found.bound, found.n, found.message) == (None, None, 3, "No artists.")


def test_a_value_beside_data_that_do_not_exist_is_told_and_not_judged() -> None:
    """The cause comes first, then what was measured; no null, bound or breach decides."""
    measured = replace(SAYS, value=0.1, null=CHANCE, breach="never near", inconclusive="a bad map")

    found = outcome_of(replace(measured, not_applicable="artists share no playlists"))

    assert (found.outcome, found.value, found.bound) == ("not_applicable", 0.1, None)
    assert found.message == "Artists share no playlists. Half of them hold."


def test_the_severity_for_held_out_playlists_is_its_own() -> None:
    """New hits are sound in playlists that came later: a check may be milder there, unless the user is not."""
    check = check_of("vocabulary.top")

    for held_out, user, expected in ((False, None, "failed"), (True, None, "warned"), (True, "fail", "failed")):
        own = CheckSettings.model_validate({"severity": user})
        assert judge("vocabulary.top", check, SAYS, own, held_out=held_out).outcome == expected


def test_a_bound_of_the_checks_own_gives_way_to_the_users() -> None:
    """`min_hits` of a known track holds until `[checks]` says otherwise."""
    for user, expected in ((NOTHING, "failed"), (CheckSettings(at_least=0.1), "passed")):
        found = judge("f.check", FAIL, SAYS, user, held_out=False, own_bound=at_least(3, "user"))
        assert found.outcome == expected


def test_a_failure_says_what_was_asked_and_what_to_do() -> None:
    """What is, what was asked for and by whom, what to look at, and the tracks to blame."""
    found = outcome_of(SAYS, replace(FAIL, unit="share"), CheckSettings(at_least=0.6))

    assert found.message == (
        "Half of them hold. That is 50.0%, and at least 60.0% is asked for (your bound). Look at both halves."
    )
    assert found.tracks == ("A-x", "B-y")


def test_what_holds_blames_nobody() -> None:
    """A passed check says what is, and names neither hint nor track."""
    found = outcome_of(SAYS, FAIL, CheckSettings(at_least=0.1))

    assert (found.message, found.tracks) == ("Half of them hold.", ())


def test_what_is_inconclusive_says_why() -> None:
    """Why nothing is said comes first, then what was seen."""
    assert outcome_of(replace(SAYS, inconclusive="a bad map.")).message == "A bad map. Half of them hold."
    assert outcome_of(inconclusive("too few")).message == "Too few."


def test_the_bound_of_chance_is_named() -> None:
    """A value at chance is told that more than chance is asked for."""
    found = outcome_of(replace(SAYS, null=CHANCE, value=0.3))

    assert found.bound == Bound("at_least", CHANCE.critical, "null")
    assert "at least 0.400 is asked for (more than chance gives)" in found.message


@pytest.mark.parametrize(("user", "source"), [(CheckSettings(at_most=1), "user"), (NOTHING, "null")])
def test_the_users_number_comes_first(user: CheckSettings, source: str) -> None:
    """Then chance, then the constant; where chance cannot be told, the constant."""
    measured = replace(SAYS, null=CHANCE)
    constant = at_most(0, "null", constant=True)
    bound = choose_bound(measured, user, constant)

    assert bound is not None
    assert (bound.source, bound.constant) == (source, False)
    assert choose_bound(replace(measured, null=replace(CHANCE, inconclusive="few")), NOTHING, constant) is constant
    assert choose_bound(SAYS, NOTHING, None) is None


def test_numbers_of_numpy_become_plain() -> None:
    """A check of one's own may measure in numpy's types: the result is plain, and JSON can hold it."""
    measured = Measurement(
        value=np.float32(0.5),  # type: ignore[arg-type]
        n=np.int64(3),  # type: ignore[arg-type]
        summary="x",
        interval=(np.float32(0.25), np.float32(0.75)),  # type: ignore[arg-type]
        tracks=(np.str_("A-x"),),
    )
    own = at_least(np.float32(1), "user")  # type: ignore[arg-type]

    plain = judge("f.check", FAIL, measured, NOTHING, held_out=False, own_bound=own).as_dict()

    numbers = (plain["value"], *plain["interval"], plain["bound"]["limit"])
    assert [type(number) for number in numbers] == [float] * 4
    assert (type(plain["n"]), type(plain["tracks"][0])) == (int, str)


@pytest.mark.parametrize("bound", [None, at_least(0.3, "null"), at_most(7, "user")])
@pytest.mark.parametrize("interval", [None, (0.1, 0.2)])
def test_a_result_survives_the_way_to_the_controller(
    bound: Bound | None, interval: tuple[float, float] | None
) -> None:
    """Written as plain values, sent as JSON and read back, it is equal."""
    result = CheckResult(
        id="f.check[a]", outcome="warned", severity="warn", value=1.5, interval=interval, bound=bound, tracks=("x",)
    ).lasting(2.5)

    assert CheckResult.from_dict(json.loads(json.dumps(result.as_dict()))) == result
    assert result.family == "f"


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
    ],
)
def test_values_are_shown_in_their_unit(value: float | None, unit: str, shown: str) -> None:
    """Counts whole, shares in percent, factors with an x."""
    assert show(value, unit) == shown


SETTINGS = Settings.model_validate(
    {
        "genres": {"rock": ("rock",), "R&B": ("rnb",), "r b": ("x",)},
        "known_tracks": [
            {"id": "hit", "track": "A-x", "never": ("track:z",)},
            {"track": "B-y", "never": ("track:z",)},
        ],
    }
)


def test_every_check_has_an_id_of_its_own() -> None:
    """No two checks, and no two repetitions of one, share an id."""
    ids = list(check_ids(SETTINGS))

    assert len(set(ids)) == len(ids)
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_checks_are_repeated_over_genres_pairs_and_known_tracks() -> None:
    """One id a genre, a pair and a known track, in the order of the config."""
    ids = list(check_ids(SETTINGS))

    assert [one for one in ids if one.startswith("separation.map")] == [
        "separation.map[rock]",
        "separation.map[r-b]",
        "separation.map[r-b-2]",
    ]
    assert [one for one in ids if one.startswith("separation.pair")] == [
        "separation.pair[rock~r-b]",
        "separation.pair[rock~r-b-2]",
        "separation.pair[r-b~r-b-2]",
    ]
    assert [one for one in ids if one.startswith("neighbours.known[")] == [
        "neighbours.known[hit]",
        "neighbours.known[b-y]",
    ]
    assert cases("pair", SETTINGS)[0] == ("rock~r-b", ("rock", "R&B"))


def test_too_many_pairs_of_genres_are_one_check() -> None:
    """Fourteen genres have 91 checks of a pair; three hundred would have 44,850, and have one."""
    few, many = (
        Settings.model_validate({"genres": {f"style {number}": [f"style {number}"] for number in range(genres)}})
        for genres in (14, 300)
    )

    assert len(cases("pair", few)) == 91
    assert cases("pair", many) == [("", None)]
    assert len([one for one in check_ids(many) if one.startswith("separation.pair")]) == 1


def test_what_there_is_nothing_of_stands_once_without_a_slug() -> None:
    """Without genres and known tracks, a check still is there, to say so."""
    ids = list(check_ids(Settings()))

    assert ids == [check.id for check in CHECKS]


def test_every_id_leads_to_its_check() -> None:
    """An id with or without a slug finds its check; one of the user's own is made up; another is a KeyError."""
    for check_id in check_ids(SETTINGS):
        assert check_id.partition("[")[0] == check_of(check_id).id
    assert check_of("custom.mine").severity == "fail"
    with pytest.raises(KeyError):
        check_of("geometry.hubnes")


def test_ids_are_a_family_and_a_name() -> None:
    """Ids are what `[checks]` and JUnit can hold, and every family that docs speak of is there."""
    assert all(check.id.replace("_", "").replace(".", "").isalpha() for check in CHECKS)
    assert all(check.id.count(".") == 1 for check in CHECKS)
    assert FAMILIES == (
        "integrity",
        "vocabulary",
        "neighbours",
        "retrieval",
        "duplicates",
        "separation",
        "map",
        "geometry",
        "champion",
    )


def test_every_check_is_called_by_one_test_of_the_suite() -> None:
    """Each check of the list is the mark of exactly one test in quality_checks."""
    suite = Path(__file__).resolve().parents[3] / "quality_checks"
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(suite.glob("test_*.py")))

    called = {check.id: text.count(f'gate_check("{check.id}")') for check in CHECKS}

    assert called == dict.fromkeys(called, 1)

"""The registry: ids, repeated checks, measures, and the page that is generated from it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedgate.checks.check import Check
from embedgate.checks.registry import BY_ID, CHECKS, FAMILIES, cases, check_ids, check_of, subject_of
from embedgate.checks.table import table
from embedgate.config.settings import Settings
from embedgate.measures.measurement import Measurement
from embedgate.slices import Slice

if TYPE_CHECKING:
    from embedgate.measures.evidence import Evidence

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = Settings.model_validate(
    {
        "genres": {"rock": ("rock",), "R&B": ("rnb",), "r b": ("x",)},
        "known_tracks": [
            {"id": "hit", "track": "A-x", "never": ("track:z",)},
            {"track": "B-y", "never": ("track:z",)},
        ],
    }
)


def test_ids_are_unique() -> None:
    ids = list(check_ids(SETTINGS))

    assert len(set(ids)) == len(ids)
    assert len(BY_ID) == len(CHECKS)


def test_ids_consist_of_a_family_and_a_name() -> None:
    """Ids are used unchanged as TOML keys, JUnit properties and CSS classes."""
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


def test_checks_are_repeated_over_genres_pairs_and_known_tracks() -> None:
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


def test_subject_of_an_id_is_the_genre_the_pair_or_the_known_track() -> None:
    assert cases("pair", SETTINGS)[0] == ("rock~r-b", ("rock", "R&B"))
    assert subject_of("separation.pair[rock~r-b]", SETTINGS) == ("rock", "R&B")
    assert subject_of("separation.map[r-b-2]", SETTINGS) == "r b"
    assert subject_of("neighbours.known[hit]", SETTINGS) == "hit"
    assert subject_of("geometry.hubness", SETTINGS) is None
    assert subject_of("separation.map", Settings()) is None


@pytest.mark.parametrize("check_id", ["separation.map[jazz]", "separation.map", "geometry.hubness[x]"])
def test_unknown_subject_is_a_key_error(check_id: str) -> None:
    with pytest.raises(KeyError):
        subject_of(check_id, SETTINGS)


def test_pairs_of_many_genres_are_one_check() -> None:
    """Fourteen genres have 91 pairs and as many checks; three hundred have 44,850 pairs and one check."""
    few, many = (
        Settings.model_validate({"genres": {f"style {number}": [f"style {number}"] for number in range(genres)}})
        for genres in (14, 300)
    )

    assert len(cases("pair", few)) == 91
    assert cases("pair", many) == [("", None)]
    assert len([one for one in check_ids(many) if one.startswith("separation.pair")]) == 1


def test_each_check_has_one_id_without_genres_and_known_tracks() -> None:
    """Except those of slices, which are repeated over popularity in any case."""
    thirds = ("[popularity=head]", "[popularity=middle]", "[popularity=tail]")

    expected = [[check.id + third for third in thirds] if check.per == "slice" else [check.id] for check in CHECKS]

    assert list(check_ids(Settings())) == list(chain.from_iterable(expected))


def test_checks_are_repeated_over_slices() -> None:
    """By popularity, by genre, and by the values that the catalogue has once it is loaded."""
    settings = Settings.model_validate(
        {"catalogue": {"key": "id", "label": "kind"}, "slices": {"columns": ("country",)}, "genres": {"a": ("a",)}}
    )

    loaded = settings.sliced(
        [Slice("value", "country", "C\u00f4te d'Ivoire"), Slice("others", "country", "other values")]
    )

    ids = [one for one in check_ids(loaded) if one.startswith("retrieval.slice")]
    assert ids[3:] == ["retrieval.slice[country=cote-d-ivoire]", "retrieval.slice[country=other-values]"]
    assert subject_of(ids[3], loaded) == Slice("value", "country", "C\u00f4te d'Ivoire")
    assert settings.awaits_slices
    assert not loaded.awaits_slices


def test_check_of_accepts_an_id_with_or_without_a_slug() -> None:
    for check_id in check_ids(SETTINGS):
        assert check_of(check_id) is BY_ID[check_id.partition("[")[0]]
    assert check_of("custom.mine").severity == "fail"
    with pytest.raises(KeyError):
        check_of("geometry.hubnes")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_returns_a_measurement(check: Check, evidence: Evidence) -> None:
    """Without a subject and without a champion, the measurement states the reason."""
    found = check.measure(evidence, None)

    assert isinstance(found, Measurement)
    assert check.bound_in_words or check.subject_bound(evidence, None) is None


def test_custom_check_has_no_measure_of_its_own(evidence: Evidence) -> None:
    with pytest.raises(TypeError, match=r"call gate_judge\(\) with a measurement"):
        check_of("custom.mine").measure(evidence, None)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_has_at_most_one_kind_of_default_bound(check: Check) -> None:
    assert sum((check.bound is not None, check.band is not None, check.null)) <= 1
    assert check.direction in ("at_least", "at_most")
    low, high = check.range
    assert low < high


def test_every_check_is_called_by_one_test_of_the_suite() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "quality_checks").glob("test_*.py")))

    called = {check.id: text.count(f'gate_check("{check.id}")') for check in CHECKS}

    assert called == dict.fromkeys(called, 1)


def test_page_of_checks_is_up_to_date() -> None:
    """If this fails, run `python -m embedgate.checks.table > docs/checks.md`."""
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == table()

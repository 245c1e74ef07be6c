"""All checks, in the order in which they are reported."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

from embedgate.checks import (
    champion,
    duplicates,
    geometry,
    integrity,
    map,  # noqa: A004 - named for its family
    neighbours,
    retrieval,
    separation,
    vocabulary,
)
from embedgate.checks.check import CUSTOM, Check
from embedgate.measures.genre_pairs import MAX_PAIRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedgate.checks.check import Per
    from embedgate.config.settings import Settings

CHECKS: tuple[Check, ...] = (
    *integrity.CHECKS,
    *vocabulary.CHECKS,
    *neighbours.CHECKS,
    *retrieval.CHECKS,
    *duplicates.CHECKS,
    *separation.CHECKS,
    *map.CHECKS,
    *geometry.CHECKS,
    *champion.CHECKS,
)
BY_ID = {check.id: check for check in CHECKS}
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(check.family for check in CHECKS))


def check_of(check_id: str) -> Check:
    """Return the check with an id, with or without a slug in brackets; `custom.*` is a check without a default bound.

    Raises:
        KeyError: if there is no such check.
    """
    plain = check_id.partition("[")[0]
    if plain.startswith(f"{CUSTOM}."):
        return Check(id=plain, question="A custom check.")
    return BY_ID[plain]


def check_ids(settings: Settings) -> Iterator[str]:
    """Yield the ids of all results of a complete gate run, in the order of the checks."""
    for check in CHECKS:
        for slug, _ in cases(check.per, settings):
            yield f"{check.id}[{slug}]" if slug else check.id


def cases(per: Per, settings: Settings) -> list[tuple[str, object]]:
    """Return slug and subject of each repetition; only `("", None)` if there is nothing, or too much, to repeat over.

    The subject is a genre, a pair of genres, the slug of a known track, or a slice.
    """
    slugs = settings.genre_slugs
    found: list[tuple[str, object]] = []
    if per == "genre":
        found = [(slug, genre) for genre, slug in slugs.items()]
    elif per == "pair" and comb(len(slugs), 2) <= MAX_PAIRS:  # else a single check measures the hardest pairs
        found = [(f"{slugs[one]}~{slugs[other]}", (one, other)) for one, other in combinations(slugs, 2)]
    elif per == "known":
        found = [(slug, slug) for slug in settings.known_track_of]
    elif per == "slice":
        found = list(settings.slice_of.items())
    return found or [("", None)]


def subject_of(check_id: str, settings: Settings) -> object:
    """Return what a check of this id is repeated over; None for a check of the whole model.

    Raises:
        KeyError: if there is no such check, or no such repetition.
    """
    check = check_of(check_id)
    return dict(cases(check.per, settings))[check_id.removeprefix(check.id).strip("[]")]

"""Causes in the vectors: shifted or shuffled keys, an untrained model, a collapsed space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.diagnosis.explained import BROKEN, explained
from embedgate.diagnosis.row_shift import find_shift
from embedgate.judgement.diagnosis_record import SHOWN, Diagnosis
from embedgate.measures import geometry
from embedgate.measures.displacement import MIN_SHARED_TRACKS, displacement
from embedgate.measures.neighbourhood import co_listening
from embedgate.measures.tolerance import CHANCE_AUC, COLLAPSED
from embedgate.statistics import SEED, average_ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.evidence import Evidence
    from embedgate.measures.measurement import Measurement

_OF_CHAMPION = (
    *("champion.match_auc", "champion.misplaced", "champion.overlap"),
    *("champion.genre_displacement", "champion.artist_displacement", "champion.region_displacement"),
    *("champion.genre_agreement", "champion.artist_agreement", "champion.region_agreement"),
    *("champion.genre_accuracy", "champion.accuracy", "champion.same_artist", "champion.co_listening"),
    *("champion.hit_rate", "champion.ndcg", "champion.regression"),
)
_OF_ALIGNMENT = ("neighbours", "retrieval", "separation", "map", "duplicates", *_OF_CHAMPION)
_OF_SPACE = (
    *("geometry", "integrity.identical_rows", "integrity.constant_dimensions"),
    *("champion.mean_cosine", "champion.effective_rank"),
)
_OF_SLICES = ("neighbours.slice", "retrieval.slice")
_SAMPLED = 1_000
_MIN_MATCHES = 20
_SURROGATES = 10
_STRUCTURE = 6.0  # standard deviations of the surrogates
_UNRELATED = 4.0  # standard errors of a rank correlation
_HARDLY = CHANCE_AUC + 0.1 * (1 - CHANCE_AUC)  # co-listening AUC: nearly nothing is learned
_NO_MATCH = CHANCE_AUC + 0.4 * (1 - CHANCE_AUC)  # match AUC: less than half of the lead of a reproduced champion
_BETTER_MATCH = 0.1


def collapsed(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that all vectors point in almost the same direction."""
    explains = _explained(results, (*_OF_ALIGNMENT, *_OF_SPACE))
    if not explains:
        return None
    model = evidence.model
    cosine = geometry.mean_cosine(model).value
    if cosine is None or cosine <= COLLAPSED:
        return None
    figures = {"mean_cosine": cosine}
    before, after = evidence.co_listening.measurement, _centred(model)
    action = "Check for too few epochs, or a learning rate that is too low or too high."
    if before.value is not None and after is not None and after.value is not None:
        figures |= {"co_listening": before.value, "co_listening_of_centred_vectors": after.value}
        if _above_chance(after):
            action = (
                f"Without their mean, the vectors have a co-listening AUC of {after.value:.3f} ({before.value:.3f} "
                "with it): check for a constant that was added to all vectors, else train longer, or subtract the "
                "mean."
            )
    return Diagnosis(
        cause="space.collapsed",
        sentence=f"The space has collapsed: two tracks have a cosine of {cosine:.2f} on average, so all tracks are "
        "similar to each other.",
        action=action,
        figures=figures,
        explains=explains,
    )


def shifted(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that keys are shifted by some rows; shifting them back must restore what was lost.

    What is restored is the co-listening AUC, or the match AUC with the champion.
    """
    explains = _explained(results, _OF_ALIGNMENT)
    if not explains:
        return None
    model = evidence.model
    pair = evidence.comparison.pair if evidence.comparison is not None else None
    found = find_shift(model, pair)
    if found is None:
        return None
    restored, moved = model.with_vectors(found.vectors), found.tracks
    both = (model, restored) if not found.first else (model.subset(moved), restored.subset(moved))
    before, after = (co_listening(each).measurement for each in both)
    figures: dict[str, float] = {"rows": found.rows, "first_row": found.first}
    proofs, of_these = [], " of these tracks" if found.first else ""
    if _certainly_above(after, before):
        figures |= {"co_listening": before.value or 0.0, "co_listening_after_shift": after.value or 0.0}
        proofs.append(f"the co-listening AUC{of_these} from {before.value:.3f} to {after.value:.3f}")
    matches = _match_auc(evidence, model, moved), _match_auc(evidence, restored, moved)
    if matches[0] is not None and matches[1] is not None and matches[1] > matches[0] + _BETTER_MATCH:
        figures |= {"match_auc": matches[0], "match_auc_after_shift": matches[1]}
        proofs.append(f"the match AUC with the champion{of_these} from {matches[0]:.3f} to {matches[1]:.3f}")
    if not proofs:
        return None
    rows = abs(found.rows)
    where = f"{rows:,} row{'s' if rows > 1 else ''} {'below' if found.rows > 0 else 'above'}"
    start = f" from about row {found.first:,} on" if found.first else ""
    return Diagnosis(
        cause="keys.shifted",
        sentence=f"The keys are shifted against the vectors{start}: the vector of a key is {where} it, and shifting "
        f"the vectors back raises {' and '.join(proofs)}.",
        action="Write keys and vectors from the same table in one step, and check the export for a header, a dropped "
        "or an inserted row.",
        figures=figures,
        examples=_shifted_keys(model, found.rows, found.first),
        explains=explains,
    )


def shuffled(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that the vectors are those of a trained model, but belong to other keys."""
    return _without_relation(evidence, results, has_structure=True)


def untrained(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that the vectors have no more structure than random ones."""
    return _without_relation(evidence, results, has_structure=False)


def _without_relation(evidence: Evidence, results: Sequence[CheckResult], *, has_structure: bool) -> Diagnosis | None:
    explains = _explained(results, _OF_ALIGNMENT)
    model = evidence.model
    if not explains or len(model.tracks) < MIN_SHARED_TRACKS:
        return None
    measured, match = evidence.co_listening.measurement, _match_auc(evidence, model)
    if not _hardly_related(measured.value, match):
        return None
    if has_structure and match is None and not _at_chance_level(evidence):
        return None  # without a champion, a weak relation may be all that the playlists have
    similarity, random, deviations = _structure(model)
    if (deviations > _STRUCTURE) is not has_structure or not _unrelated_to_plays(model):
        return None
    aucs = {"co_listening": measured.value, "match_auc": match}
    names = {"co_listening": "the co-listening AUC", "match_auc": "the match AUC with the champion"}
    figures = {name: value for name, value in aucs.items() if value is not None}
    related = " and ".join(f"{names[name]} is {value:.3f}" for name, value in figures.items())
    sizes = f"a nearest neighbour has a cosine of {similarity:.2f}, {random:.2f} without structure"
    if has_structure:
        cause = "keys.shuffled"
        sentence = (
            f"The keys belong to other vectors: {related}, but the vectors are those of a trained model ({sizes})."
        )
        action = (
            "Check whether keys or vectors were sorted, filtered or joined separately after the training, and "
            "whether ids were assigned again since then."
        )
    else:
        cause = "model.untrained"
        sentence = f"The vectors are like random ones: {related}, and they have no structure ({sizes})."
        action = (
            "Check that the vectors were exported after the training, that the training read the playlists, and for "
            "too few epochs."
        )
    return Diagnosis(
        cause=cause,
        sentence=sentence,
        action=action,
        figures={**figures, "similarity_of_nearest": similarity, "similarity_of_nearest_at_random": random},
        examples=_most_played_and_nearest(model),
        explains=explains,
    )


def _explained(results: Sequence[CheckResult], checks: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the broken results, and with them those of slices that cannot be judged at chance level.

    Known tracks without a vector are left out: that has another cause.
    """
    observed = [result for result in results if result.n != 0]
    broken = explained(observed, checks, BROKEN)
    if not broken:
        return ()
    ids = {*broken, *explained(observed, _OF_SLICES)}
    return tuple(result.id for result in observed if result.id in ids)


def _shifted_keys(model: ModelUnderTest, rows: int, first: int) -> dict[str, tuple[str, ...]]:
    """Return keys in the middle of the shifted rows, and the keys whose vectors they have."""
    by_row = np.argsort(model.space.usable)
    some = np.arange(SHOWN) + (first + len(by_row)) // 2
    return {"keys": model.keys(by_row[some]), "have the vectors of": model.keys(by_row[some - rows])}


def _most_played_and_nearest(model: ModelUnderTest) -> dict[str, tuple[str, ...]]:
    """Return the most played keys, and the nearest neighbour of each."""
    popular = np.argsort(-model.plays, kind="stable")[:SHOWN]
    similarity = model.unit[popular] @ model.unit.T
    similarity[np.arange(len(popular)), popular] = -np.inf
    return {"keys": model.keys(popular), "their nearest neighbours": model.keys(similarity.argmax(axis=1))}


def _centred(model: ModelUnderTest) -> Measurement | None:
    """Return the co-listening AUC of the unit vectors without their mean; None if they are all equal."""
    vectors = model.unit - model.unit.mean(axis=0)
    if not (np.linalg.norm(vectors, axis=1) > 1e-6).all():
        return None
    return co_listening(model.with_vectors(vectors)).measurement


def _above_chance(measured: Measurement) -> bool:
    return measured.value is not None and measured.null is not None and measured.value >= measured.null.critical


def _certainly_above(after: Measurement, before: Measurement) -> bool:
    """Return whether a value is above chance, and the intervals do not overlap."""
    if after.interval is None or before.interval is None:
        return False
    return _above_chance(after) and after.interval[0] > before.interval[1]


def _hardly_related(auc: float | None, match: float | None) -> bool:
    """Return whether neither the playlists nor the champion have much to do with the vectors."""
    known = [auc is not None and auc < _HARDLY, match is not None and match < _NO_MATCH]
    return any(known) and not (auc is not None and not known[0]) and not (match is not None and not known[1])


def _at_chance_level(evidence: Evidence) -> bool:
    """Return whether neither tracks of one playlist nor tracks of one artist are closer than by chance."""
    by_artist = evidence.same_artist.measurement
    related = not by_artist.not_applicable and _above_chance(by_artist)
    return not related and not _above_chance(evidence.co_listening.measurement)


def _match_auc(evidence: Evidence, model: ModelUnderTest, tracks: NDArray[np.intp] | None = None) -> float | None:
    """Return the match AUC of a sample of the tracks shared with the champion; None if there are too few.

    Args:
        evidence: with the champion.
        model: the candidate, or other vectors of its tracks.
        tracks: the track numbers whose matches count; None: all.
    """
    if evidence.comparison is None:
        return None
    pair = evidence.comparison.pair
    drawn = np.sort(np.random.default_rng(SEED).permutation(len(pair.shared))[: 2 * _SAMPLED])
    if len(drawn) < MIN_SHARED_TRACKS:
        return None
    weight = evidence.comparison.weight[drawn]
    moved = displacement(pair.old.unit[drawn], model.unit[pair.shared[drawn]], weight)
    counted = np.ones(len(drawn), bool) if tracks is None else np.isin(pair.shared[drawn], tracks)
    if counted.sum() < _MIN_MATCHES:
        return None
    return float(np.average(moved.match_auc[counted], weights=weight[counted]))


def _structure(model: ModelUnderTest) -> tuple[float, float, float]:
    """Compare the similarity of nearest neighbours with that of vectors without structure.

    These have the same principal components, each permuted over the tracks: the same covariance and the same marginal
    distributions, but no clusters.

    Returns:
        mean cosine of nearest neighbours, that without structure, and the difference in standard deviations.
    """
    rng = np.random.default_rng(SEED)
    unit = model.unit[rng.permutation(len(model.unit))[:_SAMPLED]].astype(np.float64)
    mean = unit.mean(axis=0)
    _, axes = np.linalg.eigh((unit - mean).T @ (unit - mean))
    components = (unit - mean) @ axes
    surrogates = [
        _similarity_of_nearest(mean + rng.permuted(components, axis=0) @ axes.T) for _ in range(_SURROGATES)
    ]
    found, random = _similarity_of_nearest(unit), float(np.mean(surrogates))
    return found, random, (found - random) / max(float(np.std(surrogates)), 1e-6)


def _similarity_of_nearest(vectors: NDArray[np.float64]) -> float:
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -1)
    return float(similarity.max(axis=1).mean())


def _unrelated_to_plays(model: ModelUnderTest) -> bool:
    """Return whether nearest neighbours are not played similarly often, as they are in a space of popularity."""
    drawn = np.random.default_rng(SEED).permutation(len(model.unit))[:_SAMPLED]
    similarity = model.unit[drawn] @ model.unit[drawn].T
    np.fill_diagonal(similarity, -1)
    plays = model.plays[drawn]
    near = plays[similarity.argmax(axis=1)]
    if not np.ptp(plays) or not np.ptp(near):
        return True
    ranks = average_ranks(plays), average_ranks(near)
    return bool(abs(np.corrcoef(*ranks)[0, 1]) < _UNRELATED / len(drawn) ** 0.5)

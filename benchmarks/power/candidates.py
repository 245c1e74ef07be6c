"""Candidates of a world: sound retrains and harmless changes, faulty trainings and injected faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

import embedgate
from benchmarks.power.training import Training, train
from benchmarks.power.unseen import UnseenPairs
from embedgate.config.file import settings_of
from embedgate.faults import BY_ID, corrupted, harmless
from embedgate.material.model import ModelUnderTest
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.memory import playlists_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from benchmarks.power.world import Catalogue, Playlists, World

_NEWER = (0.05, 0.1, 0.1)
"""Shares of old playlists that newer playlists replace, by candidate."""
WORSE = "worse retrain"
_ARTIST = 30
_FIFTH = 0.2
_UNSEEN = 2_000
"""Number of playlists that show whether a model is good."""
_CO_LISTENING = "neighbours.co_listening"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Candidate:
    """A model to judge.

    Attributes:
        kind: row of the table.
        harmful: whether the model has to fail the gate, or at least a check has to warn.
        space: keys and vectors.
        playlists: frame of playlists.
        affected: keys whose vectors are wrong.
        visible: whether an oracle can tell that the affected tracks are wrong; None if the fault affects no tracks.
    """

    kind: str
    harmful: bool
    space: EmbeddingSpace = field(repr=False)
    playlists: pd.DataFrame = field(repr=False)
    affected: frozenset[str] = field(default=frozenset(), repr=False)
    visible: bool | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """A world with its champion and its candidates."""

    world: World

    @cached_property
    def catalogue(self) -> Catalogue:
        """The tracks."""
        return self.world.catalogue()

    @cached_property
    def lists(self) -> Playlists:
        """The playlists that trained the champion."""
        return self.catalogue.playlists(self.world.lists)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The playlists that trained the champion, as embedgate reads them."""
        return self.catalogue.frame(self.lists)

    @cached_property
    def champion(self) -> EmbeddingSpace:
        """The model in production."""
        return self._train(self.lists, Training())

    @cached_property
    def failures(self) -> tuple[str, ...]:
        """Checks that the champion fails without a comparison."""
        return tuple(
            check.id
            for check in judge(self.sound("", self.champion), self, self.catalogue.config(), compared=False).failures
        )

    @cached_property
    def config(self) -> dict[str, object]:
        """Content of quality_checks.toml: checks that the champion fails only warn, as in a gate that is in use."""
        return {**self.catalogue.config(), "checks": {check: {"severity": "warn"} for check in self.failures}}

    @cached_property
    def retrain(self) -> EmbeddingSpace:
        """A sound retrain with another seed and another order, into which faults are injected."""
        return self._train(self._reordered(1), Training(seed=2))

    @cached_property
    def model(self) -> ModelUnderTest:
        """The retrain as embedgate reads it."""
        settings = settings_of(self.config, "world")
        return ModelUnderTest.configured(self.retrain, playlists_from(self.frame), settings)

    def retrains(self) -> Iterator[Candidate]:
        """Yield sound retrains and harmless changes.

        A retrain that has lost a fifth of the champion's lead over chance on unseen playlists is harmful.
        """
        least = (1 - _FIFTH) * self._truth.lead(self.champion)
        for each in self._retrains():
            lost = self._truth.lead(each.space) < least
            yield replace(each, kind=WORSE, harmful=True) if lost else each

    def _retrains(self) -> Iterator[Candidate]:
        yield self.sound("reordered", self.retrain)
        for seed in (3, 4):
            yield self.sound("seed", self._train(self.lists, Training(seed=seed)))
        for order in (2, 3):
            yield self.sound("reordered", self._train(self._reordered(order), Training(seed=5 + order)))
        for period, share in enumerate(_NEWER, 1):
            count = round(share * len(self.lists))
            newer = self.lists.take(slice(count, None)) + self.catalogue.playlists(count, period)
            space = self._train(newer, Training(seed=10 + period))
            yield Candidate(kind="newer", harmful=False, space=space, playlists=self.catalogue.frame(newer))
        wider = Training(seed=20, dimensions=round(1.25 * self.world.dimensions))
        yield self.sound("dimensions", self._train(self._reordered(4), wider))
        rng = np.random.default_rng(self.world.seed)
        for change in (harmless.rotated, harmless.half_precision, harmless.eight_bits):
            yield self.sound(change.__name__, change(self.model, 1.0, rng).space)

    def faulty(self) -> Iterator[Candidate]:
        """Yield candidates that must fail the gate or warn."""
        yield from self._trained()
        yield from self._injected()

    def _trained(self) -> Iterator[Candidate]:
        world, lists = self.world, self._reordered(1)
        if world.algorithm != "ppmi-svd":
            if world.epochs >= 5:
                yield self._faulty("one epoch", self._train(lists, Training(seed=2, epochs=1)))
            if world.epochs >= 2:
                half = Training(seed=2, epochs=max(1, world.epochs // 2))
                yield self._faulty("half the epochs", self._train(lists, half))
        yield self._faulty("no signal", self._train(self._without_signal(lists), Training(seed=2)))
        for kind, group_of, smallest in (
            ("genre untrained", self.catalogue.genre_of, _ARTIST),
            ("artist untrained", self.catalogue.artist_of, _ARTIST),
        ):
            group = self._group(group_of, smallest)
            if group is None:
                continue
            space = self._train(self._hardly_playing(lists, group_of == group), Training(seed=2))
            own = self.catalogue.keys
            left = frozenset(own[track] for track in np.flatnonzero(group_of == group).tolist()) & set(space.keys)
            if left:
                yield self._faulty(kind, space, left, self._harms(space, group_of == group))

    def _injected(self) -> Iterator[Candidate]:
        n = len(self.model.tracks)
        for share in (0.02, 0.05, 0.2):
            if share * n >= 20:
                yield from self._fault("misaligned.keys", share, f"{share:.0%} of the keys shuffled", oracle=True)
                yield from self._fault("misaligned.two_runs", share, f"{share:.0%} of another run", oracle=True)
        yield from self._fault("misaligned.keys", 1.0, "all keys shuffled")
        yield from self._fault("misaligned.shifted", 1.0, "all rows shifted")
        group = self._group(self.catalogue.genre_of, _ARTIST)
        if group is not None:
            yield self._scrambled("genre scrambled", self.catalogue.genre_of == group)
        artist = self._group(self.catalogue.artist_of, _ARTIST)
        if artist is not None:
            yield self._scrambled("artist scrambled", self.catalogue.artist_of == artist)
        yield from self._fault("corrupted.rank", 1.0, "rank 2")
        plays = self.model.plays
        order = np.random.default_rng(self.world.seed).permutation(n)
        lost = order[: int(np.searchsorted(np.cumsum(plays[order]), 0.05 * plays.sum())) + 1]
        yield self._without("5 % of plays lost", lost)
        top = np.argsort(-plays, kind="stable")[:100]
        yield self._without(
            "20 of the 100 most played lost", np.random.default_rng(self.world.seed).permutation(top)[:20]
        )
        yield from self._fault("corrupted.nan_rows", 0.01, "1 % NaN")
        yield from self._fault("corrupted.zero_rows", 0.01, "1 % zero")
        yield from self._fault("training.hubs", 0.2, "hubs")
        yield from self._fault("training.collapsed", 0.9, "collapsed")
        yield self._a_fifth_of_the_lead()

    def _train(self, lists: Playlists, training: Training) -> EmbeddingSpace:
        tracks, vectors = train(self.world, lists.tracks, training)
        keys = self.catalogue.keys
        return EmbeddingSpace.of([keys[track] for track in tracks], vectors)

    def _reordered(self, order: int) -> Playlists:
        return self.lists.take(np.random.default_rng([self.world.seed, 3, order]).permutation(len(self.lists)))

    def sound(self, kind: str, space: EmbeddingSpace) -> Candidate:
        """Return a harmless candidate that is evaluated on the playlists of the champion."""
        return Candidate(kind=kind, harmful=False, space=space, playlists=self.frame)

    def _faulty(
        self, kind: str, space: EmbeddingSpace, affected: frozenset[str] = frozenset(), visible: bool | None = None
    ) -> Candidate:
        return Candidate(
            kind=kind, harmful=True, space=space, playlists=self.frame, affected=affected, visible=visible
        )

    def _fault(self, fault: str, severity: float, kind: str, *, oracle: bool = False) -> Iterator[Candidate]:
        faulty = BY_ID[fault].inject(self.model, severity, seed=self.world.seed)
        if faulty is not None and faulty.affected:
            visible = can_tell(self.champion, faulty.space, faulty.affected) if oracle else None
            yield self._faulty(kind, faulty.space, faulty.affected, visible)

    def _scrambled(self, kind: str, members: NDArray[np.bool_]) -> Candidate:
        own = self.catalogue.keys
        inside = {own[track] for track in np.flatnonzero(members).tolist()}
        tracks = np.array([track for track, key in enumerate(self.model.tracks) if key in inside])
        tracks = np.random.default_rng(self.world.seed).permutation(tracks)
        vectors = np.array(self.model.space.vectors[self.model.space.usable])
        vectors[tracks] = vectors[np.roll(tracks, 1)]
        space = EmbeddingSpace.of(self.model.tracks, vectors)
        affected = frozenset(self.model.keys(tracks))
        return self._faulty(kind, space, affected, can_tell(self.champion, space, affected))

    def _without(self, kind: str, tracks: NDArray[np.intp]) -> Candidate:
        left = np.setdiff1d(np.arange(len(self.model.tracks)), tracks)
        rows = self.model.space.vectors[self.model.space.usable]
        space = EmbeddingSpace.of(self.model.keys(left), rows[left])
        return self._faulty(kind, space, frozenset(self.model.keys(tracks)))

    def _group(self, group_of: NDArray[np.integer], smallest: int) -> int | None:
        """Return the smallest group with at least `smallest` tracks in the vocabulary and at most a third of all."""
        row = {key: track for track, key in enumerate(self.catalogue.keys)}
        groups = group_of[[row[key] for key in self.model.tracks]]
        sizes = np.bincount(groups[groups >= 0])
        fits = np.flatnonzero((sizes >= smallest) & (sizes <= len(self.model.tracks) / 3))
        return int(fits[np.argmin(sizes[fits])]) if len(fits) else None

    def _hardly_playing(self, lists: Playlists, members: NDArray[np.bool_]) -> Playlists:
        """Leave out the plays of a group, but for as many of each track as the vocabulary requires."""
        left = np.full(len(members), self.world.min_count)
        kept = []
        for tracks in lists.tracks:
            chosen = tracks[~members[tracks] | (left[tracks] > 0)]
            left[chosen] -= 1
            kept.append(chosen)
        return type(lists)(kept, lists.names)

    def _without_signal(self, lists: Playlists) -> Playlists:
        """Permute the tracks over all playlists, which keeps plays and lengths."""
        whole = np.random.default_rng(self.world.seed).permutation(np.concatenate(lists.tracks))
        ends = np.cumsum([len(tracks) for tracks in lists.tracks])[:-1]
        return type(lists)(np.split(whole, ends), lists.names)

    @cached_property
    def learned(self) -> bool:
        """Whether the training learns from the playlists: a training at the chance level has no sound retrain.

        The champion passes the check of co-listening, and both champion and retrain are above the chance level on
        unseen playlists.
        """
        if _CO_LISTENING in self.failures:
            return False
        return all(self._truth.is_above_chance(space) for space in (self.champion, self.retrain))

    @cached_property
    def _truth(self) -> UnseenPairs:
        keys = self.catalogue.keys
        return UnseenPairs.of(self.catalogue.unseen(_UNSEEN), keys, self.world.seed)

    def _harms(self, space: EmbeddingSpace, members: NDArray[np.bool_]) -> bool:
        """Return whether a group has certainly lost a fifth of its lead in both sound models, on unseen playlists."""
        sound = (self.champion, self.retrain)
        return all(self._truth.has_certainly_lost(_FIFTH, space, each, members) for each in sound)

    def _a_fifth_of_the_lead(self) -> Candidate:
        """Add noise until a fifth of the co-listening lead over chance is lost, on unseen playlists."""
        lead = self._truth.lead
        whole, low, high = lead(self.retrain), 0.0, 8.0

        def noisy(ratio: float) -> EmbeddingSpace:
            return corrupted.noise(self.model, ratio, np.random.default_rng(self.world.seed)).space

        for _ in range(12):
            middle = (low + high) / 2
            enough = lead(noisy(middle)) <= (1 - _FIFTH) * whole
            low, high = (low, middle) if enough else (middle, high)
        return self._faulty("a fifth of the lead lost", noisy(high))


def can_tell(champion: EmbeddingSpace, faulty: EmbeddingSpace, affected: frozenset[str]) -> bool:
    """Return whether a threshold of the aligned cosine finds the affected tracks (precision and recall >= 0.95)."""
    cosine, wrong = _aligned(champion, faulty, affected)
    order = np.argsort(cosine, kind="stable")
    hits = np.cumsum(wrong[order])
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / max(1, wrong.sum())
    return bool((np.minimum(precision, recall) >= 0.95).any())


def _aligned(
    champion: EmbeddingSpace, faulty: EmbeddingSpace, affected: frozenset[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the cosine of each shared track to its champion vector, and whether the track is affected.

    The orthogonal map between the spaces is fitted to the other tracks (Schoenemann 1966), which an oracle knows.
    """
    shared = [key for key in faulty.keys if key in champion.row_of]
    old = champion.vectors[[champion.row_of[key] for key in shared]].astype(float)
    new = faulty.vectors[[faulty.row_of[key] for key in shared]].astype(float)
    wrong = np.array([key in affected for key in shared])
    old, new = (_unit(side - side[~wrong].mean(axis=0)) for side in (old, new))
    left, _, right = np.linalg.svd(old[~wrong].T @ new[~wrong], full_matrices=False)
    return np.einsum("ij,ij->i", old @ left @ right, new), wrong


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def judge(
    candidate: Candidate, scene: Scene, config: dict[str, object], *, compared: bool = True
) -> embedgate.Verdict:
    """Evaluate a candidate without calibration, in comparison with the champion or alone."""
    space, champion = candidate.space, scene.champion
    return embedgate.evaluate(
        (list(space.keys), space.vectors),
        candidate.playlists,
        config=config,
        champion=(list(champion.keys), champion.vectors) if compared else None,
    )

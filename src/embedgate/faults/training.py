"""Trainings that went wrong, without a training: what they do to vectors is applied to those of a sound model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.faults.fault import FaultyModel, random_directions, replaced, some, without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_COMMON = 0.9  # cosine of a hardly trained vector to the direction that all share, or of a track to its hub
_TRACKS_PER_HUB = 200


def undertrained(model: ModelUnderTest, missing: float, rng: np.random.Generator) -> FaultyModel:
    """Move each vector toward its initialization, rare tracks farther: they have had few updates.

    A track that has had u updates has covered 1 - exp(-u) of its way; a track of median plays gets one unit of
    updates for each third of the training.
    """
    plays = np.maximum(model.plays, 1)
    updates = 3 * plays / np.median(plays)
    covered = -np.expm1(-(1 - missing) * updates) / -np.expm1(-updates)
    return _faded(model, np.arange(len(plays)), 1 - covered, rng)


def genre_untrained(model: ModelUnderTest, lost: float, rng: np.random.Generator) -> FaultyModel | None:
    """Move the vectors of one genre, that of median size, toward their initialization."""
    tracks = median_genre(model)
    return None if tracks is None else _faded(model, tracks, np.full(len(tracks), lost), rng)


def artist_untrained(model: ModelUnderTest, lost: float, rng: np.random.Generator) -> FaultyModel | None:
    """Move the vectors of the artist with the most tracks toward their initialization."""
    if not model.catalogue.has_artists:
        return None
    artists = model.catalogue.artist_codes
    tracks = np.flatnonzero(artists == np.bincount(artists).argmax())
    return _faded(model, tracks, np.full(len(tracks), lost), rng)


def no_signal(model: ModelUnderTest, lost: float, rng: np.random.Generator) -> FaultyModel:
    """Move all vectors toward random ones."""
    n = len(model.tracks)
    return _faded(model, np.arange(n), np.full(n, lost), rng, common=0.0)


def popularity_only(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Move all vectors toward a quarter circle on which tracks are ordered by plays."""
    rank = np.argsort(np.argsort(model.plays, kind="stable"), kind="stable")
    angle = rank / max(1, len(rank) - 1) * np.pi / 2
    plane = np.linalg.qr(rng.standard_normal((model.space.dimensions, 2)))[0]
    arc = np.column_stack([np.cos(angle), np.sin(angle)]) @ plane.T
    return _blended(model, np.arange(len(rank)), arc, np.full(len(rank), share))


def hubs(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Scatter a share of the tracks around the nearest of the most played tracks, one hub in two hundred tracks."""
    popular = np.argsort(-model.plays, kind="stable")[: max(1, len(model.tracks) // _TRACKS_PER_HUB)]
    tracks = np.setdiff1d(some(model, share, rng), popular)
    nearest = popular[(model.unit[tracks] @ model.unit[popular].T).argmax(axis=1)]
    noise = random_directions(rng, len(model.tracks), model.space.dimensions)[tracks]
    return _blended(model, tracks, _scattered(model.unit[nearest], noise), np.ones(len(tracks)))


def collapsed(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Move all vectors toward one direction."""
    n = len(model.tracks)
    direction = random_directions(rng, 1, model.space.dimensions)
    return _blended(model, np.arange(n), np.repeat(direction, n, axis=0), np.full(n, share))


def stale(model: ModelUnderTest, share: float, _rng: np.random.Generator) -> FaultyModel | None:
    """Remove the tracks that are only in the last playlists: a run that was trained before these existed."""
    playlist, track = model.distinct_plays
    first = np.full(len(model.tracks), len(model.playlists))
    np.minimum.at(first, track, playlist)
    played = first < len(model.playlists)
    return without(model, np.flatnonzero(played & (first >= (1 - share) * len(model.playlists))))


def median_genre(model: ModelUnderTest) -> NDArray[np.intp] | None:
    """Return the tracks of the genre of median size; None if no genre has enough tracks."""
    tags = model.tags
    enough = [genre for genre in range(len(tags.genres)) if tags.has_enough_tracks(genre)]
    if not enough:
        return None
    by_size = sorted(enough, key=lambda genre: (tags.tracks[genre], genre))
    return np.flatnonzero(tags.codes == by_size[len(by_size) // 2])


def _faded(
    model: ModelUnderTest,
    tracks: NDArray[np.intp],
    lost: NDArray[np.float64],
    rng: np.random.Generator,
    common: float = _COMMON,
) -> FaultyModel:
    """Blend tracks with vectors as a training begins with: one common direction, and noise."""
    direction = random_directions(rng, 1, model.space.dimensions)
    noise = random_directions(rng, len(model.tracks), model.space.dimensions)[tracks]
    return _blended(model, tracks, _scattered(direction, noise, common), lost)


def _scattered(
    direction: NDArray[np.floating], noise: NDArray[np.float64], cosine: float = _COMMON
) -> NDArray[np.floating]:
    """Return vectors that have about this cosine to a direction."""
    return np.asarray(cosine * direction + np.sqrt(1 - cosine**2) * noise)


def _blended(
    model: ModelUnderTest, tracks: NDArray[np.intp], other: NDArray[np.floating], share: NDArray[np.float64]
) -> FaultyModel:
    """Blend the directions of tracks with others, and keep the lengths of the vectors."""
    norms = model.space.norms[model.space.usable][tracks, None]
    blend = (1 - share[:, None]) * model.unit[tracks] + share[:, None] * other
    found = replaced(model, tracks, norms * blend)
    return found if share.any() else FaultyModel(found.space)

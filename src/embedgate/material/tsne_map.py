"""The t-SNE map: a sample of tracks laid out in the plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.progress import on_terminal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags

PERPLEXITY = 30
_EXAGGERATED, _FEWEST_PLAIN, _MOST_PLAIN = 125, 250, 750  # iterations
_LOOK_EVERY, _LOOK_BACK = 25, 100
_SETTLED = 0.03  # share of the divergence that the last 100 iterations took off, at which it goes on no longer
_CONVERGED = 0.05  # and that they may have taken off when iterations ran out
_TAGGED_SHARE = 0.75
_SEED = 20_260
_FEWEST = 12  # tracks, below which a perplexity of n / 3 means nothing


@dataclass(frozen=True, slots=True, eq=False)
class TrackMap:
    """Tracks in the plane.

    Attributes:
        tracks: m track numbers, ascending.
        positions: float64, shape (m, 2).
        divergence: Kullback-Leibler divergence between the space's and the map's neighbourhoods, in nats.
        converged: whether the last iterations hardly lowered the divergence.
        perplexity: as used: 30, and at most a third of the tracks.
    """

    tracks: NDArray[np.intp]
    positions: NDArray[np.float64] = field(repr=False)
    divergence: float
    converged: bool
    perplexity: float


def sample_for_map(
    size: int, plays: NDArray[np.integer], tags: GenreTags, unit: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Choose tracks for the map: tagged ones, each genre alike and the most played first, then the most played.

    Exact duplicates of a vector stay out but for the most played: t-SNE would draw them as one false cluster.

    Args:
        size: how many tracks the map is to hold.
        plays: plays of each track, shape (n,).
        tags: genre of each of the n tracks.
        unit: their unit vectors, shape (n, d).
    """
    order = np.argsort(-plays, kind="stable")
    _, first = np.unique(unit[order], axis=0, return_index=True)
    order = order[np.sort(first)]
    chosen: list[int] = []
    queues = [order[tags.codes[order] == genre] for genre in range(len(tags.genres))]
    room = int(size * _TAGGED_SHARE)
    for place, queue in enumerate(sorted(queues, key=len)):  # the smallest first: what it leaves, others take
        take = queue[: (room - len(chosen)) // (len(queues) - place)]
        chosen.extend(take.tolist())
    rest = order[~np.isin(order, chosen)]
    return np.sort(np.concatenate([np.array(chosen, dtype=np.intp), rest[: size - len(chosen)]]))


def warm_up() -> None:
    """Import what `lay_out` needs: a process that is to lay a map out can do so before it has the tracks."""
    import openTSNE  # noqa: F401, PLC0415 - brings scikit-learn with it


def lay_out(tracks: NDArray[np.intp], unit: NDArray[np.float32]) -> TrackMap | None:
    """Lay tracks out by t-SNE (van der Maaten and Hinton 2008; Barnes-Hut, 2014); None if there are too few.

    PCA start, learning rate n / 12, early exaggeration 12 (Kobak and Berens 2019), until the last hundred iterations
    take less than 3 % off the divergence: sound maps settle after 250 to 400. The Euclidean distance of
    unit vectors orders pairs as their cosine does. The seed is fixed: two runs on one machine give the same map.
    Across machines coordinates differ, and only scores may be compared. One thread computes: on a busy machine,
    threads that wait for each other at every step are many times slower than one.

    Args:
        tracks: m track numbers, ascending.
        unit: their unit vectors, shape (m, d).
    """
    if len(tracks) < _FEWEST:
        return None
    from openTSNE import TSNE  # noqa: PLC0415 - brings scikit-learn with it

    perplexity = min(PERPLEXITY, (len(tracks) - 1) / 3)
    seen: list[float] = []
    progress = on_terminal("t-SNE map")

    def settled(_iteration: int, error: float, _embedding: object) -> bool:
        """Whether to stop here; the exaggerated iterations come first, and have a count of their own."""
        seen.append(float(error))
        done = len(seen) * _LOOK_EVERY - _EXAGGERATED
        progress(min(0.99, len(seen) * _LOOK_EVERY / (_EXAGGERATED + _MOST_PLAIN)))
        return done >= _FEWEST_PLAIN and lately() <= _SETTLED

    def lately() -> float:
        return (seen[-1 - _LOOK_BACK // _LOOK_EVERY] - seen[-1]) / seen[-1]

    layout = TSNE(
        perplexity=perplexity,
        initialization="pca",
        learning_rate="auto",
        early_exaggeration=12,
        early_exaggeration_iter=_EXAGGERATED,
        n_iter=_MOST_PLAIN,
        neighbors="exact",
        negative_gradient_method="bh",
        random_state=_SEED,
        n_jobs=1,
        callbacks=settled,
        callbacks_every_iters=_LOOK_EVERY,
    ).fit(unit.astype(np.float64))
    progress(1)
    return TrackMap(
        tracks,
        np.asarray(layout, dtype=np.float64),
        seen[-1],
        bool(np.isfinite(seen[-1]) and lately() <= _CONVERGED),
        perplexity,
    )

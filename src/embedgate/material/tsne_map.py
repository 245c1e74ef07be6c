"""The t-SNE map of a sample of tracks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.space import row_checksums
from embedgate.progress import on_terminal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.genre_tags import GenreTags

PERPLEXITY = 30
_EXAGGERATED, _MIN_PLAIN, _MAX_PLAIN = 125, 250, 750  # iterations
_LARGE, _MAX_PLAIN_LARGE = 10_000, 500
"""From so many tracks on, late iterations take most of the time: no more of them than openTSNE's default."""
_CHECK_EVERY, _WINDOW = 25, 100  # iterations
_SETTLED = 0.03  # stop once the divergence fell by less than this share within the window
_CONVERGED = 0.05  # largest such share of a converged layout when the iterations run out
_TAGGED_SHARE = 0.75
_SEED = 20_260
_MIN_TRACKS = 12  # with fewer, a perplexity of n / 3 is meaningless


@dataclass(frozen=True, slots=True, eq=False)
class TrackMap:
    """Positions of tracks in the plane.

    Attributes:
        tracks: m track numbers, ascending.
        positions: float64, shape (m, 2).
        divergence: Kullback-Leibler divergence between the neighbourhoods in the space and on the map, in nats.
        converged: whether the last iterations hardly lowered the divergence.
        perplexity: 30, and at most a third of the tracks.
    """

    tracks: NDArray[np.intp]
    positions: NDArray[np.float64] = field(repr=False)
    divergence: float
    converged: bool
    perplexity: float


def sample_for_map(
    size: int, plays: NDArray[np.integer], tags: GenreTags, unit: NDArray[np.float32]
) -> NDArray[np.intp]:
    """Choose tracks for the map: the most played of each genre, equally many, then the most played of all.

    Of tracks with identical vectors, only the most played one is chosen: t-SNE would show them as a cluster.

    Args:
        size: number of tracks on the map.
        plays: plays of each track, shape (n,).
        tags: genre of each of the n tracks.
        unit: their unit vectors, shape (n, d).
    """
    order = np.argsort(-plays, kind="stable")
    _, first = np.unique(row_checksums(unit)[order], return_index=True)
    order = order[np.sort(first)]
    chosen: list[int] = []
    queues = [order[tags.codes[order] == genre] for genre in range(len(tags.genres))]
    room = int(size * _TAGGED_SHARE)
    for place, queue in enumerate(sorted(queues, key=len)):  # the smallest first: others take the room it leaves
        take = queue[: (room - len(chosen)) // (len(queues) - place)]
        chosen.extend(take.tolist())
    rest = order[~np.isin(order, chosen)]
    return np.sort(np.concatenate([np.array(chosen, dtype=np.intp), rest[: size - len(chosen)]]))


def warm_up() -> None:
    """Import the packages that `lay_out` needs, so that a process can do so before it receives the tracks."""
    import openTSNE  # noqa: F401, PLC0415 - heavy: it imports scikit-learn


def lay_out(tracks: NDArray[np.intp], unit: NDArray[np.float32]) -> TrackMap | None:
    """Lay tracks out by t-SNE (van der Maaten and Hinton 2008; Barnes-Hut, 2014); None if there are too few.

    Computed by openTSNE (Barnes-Hut below 10,000 tracks, else interpolation by FFT, Linderman et al. 2019), with PCA
    initialisation, learning rate n / 12 and early exaggeration 12 (Kobak and Berens 2019). Iterations stop once the
    last hundred lower the divergence by less than 3 %: sound maps need 250 to 400. The Euclidean distances of unit
    vectors order pairs as cosines do. The seed is fixed: on one machine the map is reproducible; across machines only
    scores are comparable, not coordinates. One thread is faster than several on a busy machine, since threads wait
    for each other at every step.

    Args:
        tracks: m track numbers, ascending.
        unit: their unit vectors, shape (m, d).
    """
    if len(tracks) < _MIN_TRACKS:
        return None
    from openTSNE import TSNE  # noqa: PLC0415 - heavy: it imports scikit-learn

    perplexity = min(PERPLEXITY, (len(tracks) - 1) / 3)
    most = _MAX_PLAIN if len(tracks) < _LARGE else _MAX_PLAIN_LARGE
    seen: list[float] = []
    progress = on_terminal("t-SNE map")

    def decrease() -> float:
        return (seen[-1 - _WINDOW // _CHECK_EVERY] - seen[-1]) / seen[-1]

    def settled(_iteration: int, error: float, _embedding: object) -> bool:
        """Return whether to stop; called from the first exaggerated iteration on."""
        seen.append(float(error))
        done = len(seen) * _CHECK_EVERY - _EXAGGERATED
        progress(min(0.99, len(seen) * _CHECK_EVERY / (_EXAGGERATED + most)))
        return done >= _MIN_PLAIN and decrease() <= _SETTLED

    layout = TSNE(
        perplexity=perplexity,
        initialization="pca",
        learning_rate="auto",
        early_exaggeration=12,
        early_exaggeration_iter=_EXAGGERATED,
        n_iter=most,
        neighbors="exact",
        negative_gradient_method="auto",
        random_state=_SEED,
        n_jobs=1,
        callbacks=settled,
        callbacks_every_iters=_CHECK_EVERY,
    ).fit(unit.astype(np.float64))
    progress(1)
    return TrackMap(
        tracks,
        np.asarray(layout, dtype=np.float64),
        seen[-1],
        bool(np.isfinite(seen[-1]) and decrease() <= _CONVERGED),
        perplexity,
    )

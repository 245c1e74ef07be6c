"""A skip-gram model that is trained on the playlists: it stands in for a sound model, as most of them are one."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.space import EmbeddingSpace
from embedgate.proposal.played_together import WINDOW
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.material.playlists import Playlists

_PLAYS = 1_000_000
"""Plays in all epochs, which take about six seconds, unless that is fewer than eight epochs."""
_MAX_PLAYS = 200_000
"""Plays of an epoch."""
_FEWEST_EPOCHS, _MOST_EPOCHS = 8, 40
_DIMENSIONS = 48


def skip_gram(playlists: Playlists, number_of: NDArray[np.integer], keys: Sequence[str]) -> EmbeddingSpace | None:
    """Train skip-gram on playlists, with one worker and a fixed seed.

    Args:
        playlists: with t distinct tracks. Of more than 200,000 plays, a sample of playlists is used.
        number_of: number in the vocabulary of each of the t tracks, -1 if it is not in it, shape (t,).
        keys: of the n tracks of the vocabulary.

    Returns:
        None if no playlist has two tracks. Tracks that are not played have no row.
    """
    from gensim.models import Word2Vec  # noqa: PLC0415 - heavy

    number = number_of[playlists.plays]
    sentences = [
        [str(each) for each in number[start:end].tolist() if each >= 0]
        for start, end in zip(playlists.offsets[:-1].tolist(), playlists.offsets[1:].tolist(), strict=True)
    ]
    sentences = [sentence for sentence in sentences if len(sentence) >= 2]
    if not sentences:
        return None
    plays = sum(map(len, sentences))
    drawn = round(min(1.0, _MAX_PLAYS / plays) * len(sentences))
    order = np.random.default_rng(SEED).permutation(len(sentences))[: max(1, drawn)]
    epochs = int(np.clip(_PLAYS / plays, _FEWEST_EPOCHS, _MOST_EPOCHS))
    vectors = Word2Vec(
        [sentences[place] for place in np.sort(order)],
        sg=1,
        vector_size=_DIMENSIONS,
        window=WINDOW,
        min_count=1,
        epochs=epochs,
        workers=1,
        seed=SEED,
        hashfxn=_hash,  # Python's own hash differs between processes
    ).wv
    return EmbeddingSpace.of([keys[int(word)] for word in vectors.index_to_key], vectors.vectors)


def _hash(word: str) -> int:
    return zlib.crc32(word.encode())

"""Genre of each track, from the labels of the item catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.genre_tags import UNTAGGED, GenreTags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


def label_tracks(
    keys: Sequence[str],
    labels: Mapping[str, tuple[str, ...]],
    genres: Sequence[str],
    artist_codes: NDArray[np.integer],
    source: str,
) -> GenreTags:
    """Tag each track with its labels in the catalogue; the first of several is its genre on the map.

    Args:
        keys: n track keys.
        labels: labels by key.
        genres: the labels that are judged.
        artist_codes: artist of each track, shape (n,).
        source: name of the catalogue.
    """
    number = {genre: code for code, genre in enumerate(genres)}
    codes = np.full(len(keys), UNTAGGED, dtype=np.int16)
    members = np.zeros((len(keys), len(genres)), dtype=bool)
    all_labels = tuple(labels.get(key, ()) for key in keys)
    for track, listed in enumerate(all_labels):
        judged = [number[label] for label in listed if label in number]
        if judged:
            codes[track] = judged[0]
            members[track, judged] = True
    artists = [len(np.unique(artist_codes[members[:, genre]])) for genre in range(len(genres))]
    ones = np.ones(len(genres), dtype=np.int64)
    several = bool((members.sum(axis=1) > 1).any())
    return GenreTags(
        tuple(genres),
        codes,
        support=ones,
        support_from_data=False,
        artists=np.array(artists, np.int64),
        named=ones * 0,
        source=source,
        labels=all_labels,
        members=members if several else None,
    )

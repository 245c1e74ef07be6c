"""Whether the order of playlists carries information: ordered, shuffled and short playlists."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.material.playlists import Playlists
from embedgate.measures.list_order import order_deviate, order_matters


def walks(playlists: int, *, step: int, shuffled: bool, seed: int = 0) -> Playlists:
    """Return playlists of ten tracks that walk along a circle of 200 tracks, popular and rare ones in turn."""
    rng = np.random.default_rng(seed)
    sequences = []
    for start in rng.integers(200, size=playlists):
        kept = rng.random(10) < np.where((start + step * np.arange(10)) % 2, 1.0, 0.4)
        walk = [f"t{track}" for track in (start + step * np.arange(10))[kept] % 200]
        sequences.append(rng.permutation(walk).tolist() if shuffled else walk)
    return Playlists.of([f"u-{number}" for number in range(playlists)], sequences)


def test_order_of_walks_matters() -> None:
    """The track before the last is nearer to it than those at the start."""
    deviate = order_deviate(walks(600, step=3, shuffled=False))

    assert deviate is not None
    assert deviate > 8
    assert order_matters(walks(600, step=3, shuffled=False))


def test_order_of_shuffled_walks_does_not_matter() -> None:
    """Negative control: the deviate is standard normal."""
    deviates = [order_deviate(walks(600, step=3, shuffled=True, seed=seed)) or 0.0 for seed in range(40)]

    assert abs(np.mean(deviates)) < 3 / 40**0.5
    assert 0.7 < np.std(deviates) < 1.4


def test_order_by_popularity_alone_does_not_matter() -> None:
    """Negative control: the last tracks are the rarest, but no track fits another one better."""
    rng = np.random.default_rng(0)
    weight = 1 / np.arange(1, 101)
    drawn = [np.sort(rng.choice(100, 8, replace=False, p=weight / weight.sum())) for _ in range(800)]
    playlists = Playlists.of(map(str, range(800)), [[f"t{track}" for track in tracks] for tracks in drawn])

    assert not order_matters(playlists)


@pytest.mark.parametrize("sequences", [[["a", "b"]] * 50, [["a", "b", "a"]] * 50, [["a", "b", "c"]] * 50])
def test_playlists_that_show_no_difference_have_no_deviate(sequences: list[list[str]]) -> None:
    """They are too short, repeat a track, or fit equally well."""
    playlists = Playlists.of(map(str, range(50)), sequences)

    assert order_deviate(playlists) is None
    assert not order_matters(playlists)


def test_order_of_the_playlists_themselves_changes_nothing() -> None:
    given = walks(300, step=3, shuffled=False)
    rows = np.random.default_rng(0).permutation(300)
    sequences = [[given.tracks[n] for n in given.plays[given.offsets[row] : given.offsets[row + 1]]] for row in rows]

    assert order_deviate(Playlists.of(map(str, rows), sequences)) == pytest.approx(order_deviate(given))

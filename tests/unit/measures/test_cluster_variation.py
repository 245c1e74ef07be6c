"""Clusters of a space, and the variation between them."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.measures.cluster_variation import (
    ClusterVariation,
    biweight_scale,
    cluster_variation,
    number_of_clusters,
    spherical_kmeans,
)


def test_kmeans_finds_clusters_in_a_narrow_cone() -> None:
    """Six planted clusters have a large common mean; no found cluster mixes two of them."""
    rng = np.random.default_rng(0)
    planted_in = np.repeat(np.arange(6), 50)
    vectors = 3 + rng.standard_normal((6, 12))[planted_in] + 0.02 * rng.standard_normal((300, 12))
    labels = spherical_kmeans(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), 24)

    assert len(labels) == 300
    for cluster in np.unique(labels):
        assert len(np.unique(planted_in[labels == cluster])) == 1


def test_equal_vectors_are_one_cluster() -> None:
    """Equal vectors have no variance, which is not an error."""
    assert len(np.unique(spherical_kmeans(np.ones((50, 4)), 5))) == 1


@pytest.mark.parametrize(
    ("tracks", "size", "expected"), [(10_000, 100, 100), (10_000, 5_000, 40), (10_000, 1, 200), (120, 40, 12)]
)
def test_number_of_clusters_follows_the_size_of_genres(tracks: int, size: float, expected: int) -> None:
    """There are between 40 and 200 clusters, but in a small space at least ten tracks per cluster."""
    assert number_of_clusters(tracks, size) == expected


def planted(spread: float, noise: float, clusters: int = 100, size: int = 40) -> ClusterVariation:
    """Return the variation of clusters whose means vary by `spread` and whose tracks vary by `noise`."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(clusters), size)
    values = spread * rng.standard_normal(clusters)[labels] + noise * rng.standard_normal(len(labels))
    found = cluster_variation(values, labels)
    assert found is not None
    return found


@pytest.mark.parametrize(("spread", "noise"), [(0.3, 0.1), (0.3, 0.5), (0.0, 0.5)])
def test_spread_excludes_sampling_error(spread: float, noise: float) -> None:
    """The planted spread is found; it is 0 if only tracks vary."""
    found = planted(spread, noise)

    assert found.spread == pytest.approx(spread, abs=0.08)
    assert found.within == pytest.approx(noise, rel=0.1)
    assert found.centre == pytest.approx(0, abs=0.06)


def test_biweight_scale_is_a_robust_standard_deviation() -> None:
    """It is unbiased and nearly as efficient as the standard deviation; far outliers have no weight."""
    rng = np.random.default_rng(0)
    scales = np.array([biweight_scale(3 * rng.standard_normal(40)) for _ in range(2_000)])

    assert scales.mean() == pytest.approx(3, rel=0.05)
    assert scales.std() / scales.mean() == pytest.approx((2 * 0.87 * 39) ** -0.5, rel=0.1)
    assert biweight_scale(np.array([-1.0, 0, 1, -1, 1, 1e9])) == pytest.approx(1, abs=0.5)
    assert biweight_scale(np.array([2.0, 2, 2, 5])) == 0


def test_spread_is_robust_to_outlying_clusters() -> None:
    """Three of fifty clusters are outliers."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(50), 40)
    means = 0.1 * rng.standard_normal(50)
    means[:3] = 3
    found = cluster_variation(means[labels] + 0.1 * rng.standard_normal(2_000), labels)

    assert found is not None
    assert found.spread == pytest.approx(0.1, abs=0.05)


def test_excess_includes_sampling_error_of_few_tracks() -> None:
    """With fewer tracks, the same median gives a smaller excess."""
    found = ClusterVariation(centre=0.1, spread=0.2, within=1.0, groups=50)

    assert found.excess(np.full(4, 0.6)) == pytest.approx(0.5 / np.hypot(0.2, 0.5 * np.sqrt(np.pi / 2)))
    assert found.excess(np.full(10**6, 0.6)) == pytest.approx(2.5, rel=1e-3)


def test_critical_value_keeps_the_false_alarm_rate() -> None:
    """Genres are drawn like clusters: about one comparison in twenty has a genre above the critical value."""
    rng = np.random.default_rng(1)
    beyond = 0
    found = planted(0.1, 0.1)
    for _ in range(400):
        labels = np.repeat(np.arange(50), 20)
        drawn = cluster_variation(rng.standard_normal(50)[labels] + rng.standard_normal(1_000), labels)
        assert drawn is not None
        genres = [rng.standard_normal() + rng.standard_normal(30) for _ in range(10)]
        beyond += max(map(drawn.excess, genres)) > drawn.critical(10, 0.05)

    assert beyond <= 0.08 * 400
    assert found.critical(300, 0.05) > found.critical(10, 0.05) > found.critical(1, 0.05) > 1.6
    assert found.critical(10, 0.001) == found.critical(500, 0.05)


def test_two_clusters_have_no_variation() -> None:
    """The variation requires at least three clusters of five tracks."""
    assert cluster_variation(np.arange(20.0), np.repeat([0, 1], 10)) is None

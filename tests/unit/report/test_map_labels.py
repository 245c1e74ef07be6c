"""Labels of popular tracks on the static map."""

from __future__ import annotations

import numpy as np

from embedgate.report.figures.lettering import SMALL, width_of
from embedgate.report.figures.map_labels import HEIGHT, most_played, place_labels


def test_most_played_tracks_are_chosen_in_turn_from_each_group() -> None:
    plays, groups = np.array([5, 9, 9, 7, 99, 1]), np.array([0, 1, 1, 0, -1, 2])

    assert most_played(plays, groups, 12) == [1, 3, 5, 2, 0]
    assert most_played(plays, groups, 2) == [1, 3]
    assert most_played(plays, np.full(6, -1), 3) == []


def test_labels_stay_on_the_map_and_do_not_overlap() -> None:
    points = np.random.default_rng(0).uniform(0, 600, (300, 2))
    names = [f"track number {number}" for number in range(100)]

    labels = place_labels(points, range(100), names, (600, 600))

    assert 30 < len(labels) < 100
    boxes = [(one.left, one.left + width_of(names[one.track], SMALL), one.middle) for one in labels]
    for place, (left, right, middle) in enumerate(boxes):
        assert left >= 0
        assert right <= 600
        assert HEIGHT / 2 <= middle <= 600 - HEIGHT / 2
        for other_left, other_right, other_middle in boxes[:place]:
            assert right <= other_left or other_right <= left or abs(middle - other_middle) >= HEIGHT


def test_label_is_placed_where_it_covers_the_fewest_tracks() -> None:
    """A label is to the right of its track unless it would cover other tracks there."""
    track = np.array([[300.0, 300.0]])
    crowd = track + np.array([[20, 0], [30, 0], [-20, 1]])

    (alone,) = place_labels(track, [0], ["name"], (600, 600))
    (crowded,) = place_labels(np.vstack([track, crowd]), [0], ["name"], (600, 600))

    assert (alone.left > 300, alone.middle) == (True, 300)
    assert crowded.left < 300
    assert crowded.middle == 300 + HEIGHT

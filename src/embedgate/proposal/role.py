"""Whether the model was trained on the playlists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_HELD_OUT = re.compile(r"(?<![a-z])(test|valid|validation|val|eval|evaluation|holdout|held[-_ ]?out|dev)(?![a-z])")


@dataclass(frozen=True)
class RoleChoice:
    """`playlists_role`, and why."""

    role: Literal["train", "held_out"]
    why: str


def playlists_role(model: ModelUnderTest, name: str) -> RoleChoice:
    """Return whether the playlists were used for training.

    If a track has a vector exactly if it is played often enough, they were: `min_count` did it. Else the name may say
    that they were held out. Else "train" is safer: fewer results are called out of sample.

    Args:
        model: keys and playlists; its vectors are not used.
        name: of the artifact or the file with the playlists.
    """
    cut = _cut(model.playlists.play_counts, model.playlist_track_numbers >= 0)
    unplayed = int((model.plays == 0).sum())
    if cut is not None and not unplayed:
        return RoleChoice("train", f"exactly the tracks that are played {cut:,} times or more here have a vector")
    if _HELD_OUT.search(name.lower()):
        return RoleChoice("held_out", f"the name {name!r} says that they were held out")
    without = int((model.playlist_track_numbers < 0).sum())
    return RoleChoice(
        "train",
        f"not known: {unplayed:,} tracks with a vector are not played here, and {without:,} played tracks have no "
        'vector. Write "held_out" if the model was not trained on these playlists',
    )


def _cut(plays: NDArray[np.int64], has_vector: NDArray[np.bool_]) -> int | None:
    """Return the number of plays from which on tracks have a vector; None if it does not depend on the plays."""
    if not has_vector.any():
        return None
    fewest = int(plays[has_vector].min())
    return fewest if int(plays[~has_vector].max(initial=0)) < fewest else None

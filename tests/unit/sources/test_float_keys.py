"""Keys that are floats on one side are explained: pandas turns integers into floats if one is missing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from embedgate.errors import ArtifactInvalid
from embedgate.sources.records import LoadedModel
from embedgate.sources.resolve import load_files


def load(folder: Path, keys: list[object], tracks: list[object]) -> LoadedModel:
    pd.DataFrame(np.eye(2), index=keys).rename(columns=str).to_parquet(folder / "v.parquet")
    pd.DataFrame({"playlist_id": ["a"], "track_sequence": [tracks]}).to_parquet(folder / "p.parquet")
    return load_files(folder / "v.parquet", folder / "p.parquet")


@pytest.mark.parametrize(
    ("keys", "tracks", "which", "shown"),
    [
        (
            [101631, 7],
            [101631.0, 7.0],
            "tracks of the playlists",
            "such as 101631.0, and the others are not, such as",
        ),
        ([101631.0, 7.0], [7, 101631], "keys of the vectors", "such as 7.0, and the others are not, such as 7:"),
        (["101631.0", "7.0"], ["7", "101631"], "keys of the vectors", "such as 7.0, and the others"),
    ],
)
def test_floats_on_one_side_are_explained(
    tmp_path: Path, keys: list[object], tracks: list[object], which: str, shown: str
) -> None:
    with pytest.raises(ArtifactInvalid) as caught:
        load(tmp_path, keys, tracks)

    assert f"v.parquet: no track of the playlists has a vector: the {which} are floats, {shown}" in str(caught.value)
    assert "pandas turns integers into floats if one is missing" in str(caught.value)
    assert 'frame["track"].astype("Int64")' in str(caught.value)


def test_floats_on_both_sides_are_keys(tmp_path: Path) -> None:
    assert load(tmp_path, [1.0, 2.0], [1.0, 2.0]).playlists.tracks == ("1.0", "2.0")


@pytest.mark.parametrize("keys", [[1.5, 2.0], ["1.0", "2.0"], [1, 2]])
def test_other_keys_without_a_common_track_are_left_to_the_checks(tmp_path: Path, keys: list[object]) -> None:
    assert len(load(tmp_path, keys, ["x", "y"]).space) == 2

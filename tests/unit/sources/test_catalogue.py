"""Item catalogues in memory and in files, joined by key, and errors for other content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from embedgate.config.sections import CatalogueSettings
from embedgate.errors import ArtifactInvalid, ArtifactUnreadable, EmbedgateError
from embedgate.sources.catalogue import catalogue_from, read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

HERE = "artifact 'catalogue' of run F/1"
KEYS = ("101631", "101632", "101633")
ALL = CatalogueSettings(key="item_id", title="name", artist="brand", label="category")
ONLY_LABEL = CatalogueSettings(key="item_id", label="category")


def frame(**columns: Any) -> pd.DataFrame:
    """A catalogue of three items, of which the model has two."""
    made = {
        "item_id": [101631, 101632, 999],
        "name": ["Lamp", None, "Chair"],
        "brand": ["Lumen", "Lumen", "Wood"],
        "category": ["light", "light", "seat"],
        "price": [1.5, 2.5, 3.5],
    }
    return pd.DataFrame(made | columns)


def assert_rejected(obj: object, *facts: str, settings: CatalogueSettings = ALL) -> None:
    """Assert that a catalogue is rejected with these facts."""
    with pytest.raises(ArtifactInvalid) as caught:
        catalogue_from(obj, settings, KEYS, HERE)
    assert str(caught.value).startswith(HERE)
    for fact in facts:
        assert fact in str(caught.value)


def test_items_of_the_model_are_joined_by_key() -> None:
    """Integer keys match string keys; missing cells and items of no model are left out."""
    found = catalogue_from(frame(), ALL, KEYS, HERE)

    assert found.source == HERE
    assert found.titles == {"101631": "Lamp"}
    assert found.artists == {"101631": "Lumen", "101632": "Lumen"}
    assert found.labels == {"101631": ("light",), "101632": ("light",)}


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_files_equal_frames(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"items.{suffix}"
    made = frame(name=['A "big", bright lamp', None, "Chair\nwith arms"])
    if suffix == "parquet":
        made.to_parquet(path)
    elif suffix == "csv":
        made.to_csv(path, index=False)
    else:
        made.to_json(path, orient="records", lines=True)

    found = read_catalogue(path, ALL, KEYS)

    expected = catalogue_from(made, ALL, KEYS, HERE)
    assert (found.titles, found.artists, found.labels) == (expected.titles, expected.artists, expected.labels)
    assert found.source == f"file {path}"


@pytest.mark.parametrize("suffix", ["frame", "parquet", "jsonl"])
def test_list_of_labels_is_multi_label(tmp_path: Path, suffix: str) -> None:
    """The order is kept, and repeated and empty labels are dropped."""
    made = frame(category=[["light", "desk", "light", ""], [], None])
    path = tmp_path / f"items.{suffix}"
    if suffix == "parquet":
        made.to_parquet(path)
    else:
        path.write_text("\n".join(map(json.dumps, made.to_dict("records"))), encoding="utf-8")

    found = catalogue_from(made, ONLY_LABEL, KEYS) if suffix == "frame" else read_catalogue(path, ONLY_LABEL, KEYS)

    assert found.labels == {"101631": ("light", "desk")}
    assert (found.titles, found.artists) == ({}, {})


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([3.0, None, 5.0], ("3",)),
        ([3, 4, 5], ("3",)),
        ([" light ", "x", "y"], ("light",)),
        ([2.5, 1, 1], ("2.5",)),
        ([True, False, True], ("True",)),
        ([np.array(["a", "b"]), None, None], ("a", "b")),
        ([("a", 1), None, None], ("a", "1")),
        ([["\ud800"], None, None], ("\ufffd",)),
    ],
)
def test_labels_become_text(cells: list[Any], expected: tuple[str, ...]) -> None:
    """An integer that pandas turned into a float is an integer again."""
    labels = catalogue_from(frame(category=cells), ONLY_LABEL, KEYS, HERE).labels

    assert labels is not None
    assert labels["101631"] == expected


def test_all_float_keys_are_explained() -> None:
    """Pandas turns a column of integers with a missing value into floats."""
    assert_rejected(
        frame(item_id=[101631.0, 101632.0, 999.0]),
        "no item_id is the key of a track",
        "item_id contains '101631.0', '101632.0', '999.0'; keys of tracks are '101631', '101632', '101633'",
        "pandas turns integers into floats if one is missing",
        'frame["item_id"].astype("Int64")',
    )


def test_float_keys_in_a_csv_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("item_id,category\n101631.0,light\n", encoding="utf-8")

    with pytest.raises(ArtifactInvalid, match="pandas turns integers into floats"):
        read_catalogue(path, ONLY_LABEL, KEYS)


def test_float_keys_of_the_model_are_explained() -> None:
    with pytest.raises(ArtifactInvalid, match=r"The keys of tracks are floats.*train again"):
        catalogue_from(frame(), ALL, ("101631.0", "7.0"), HERE)


def test_float_keys_on_both_sides_match() -> None:
    found = catalogue_from(frame(item_id=[101631.0, 101632.0, 999.0]), ALL, ("101631.0",), HERE)

    assert found.artists == {"101631.0": "Lumen"}


def test_catalogue_without_a_matching_key_shows_keys_of_both() -> None:
    assert_rejected(
        frame(item_id=["a", "b", "c"]),
        "item_id contains 'a', 'b', 'c'; keys of tracks are '101631', '101632', '101633'. Set [catalogue] key",
    )
    assert_rejected(frame().iloc[:0], "item_id contains no row; keys of tracks are '101631'")


@pytest.mark.parametrize(
    ("columns", "facts"),
    [
        ({"item_id": [101631, None, 5]}, ("row 1 (counted from 0) has no item_id",)),
        ({"item_id": [101631, ["x"], 5]}, ("item_id of row 1", "is a list (['x'])", "strings or integers")),
        ({"name": [["Lamp"], "x", "y"]}, ("name of '101631' (row 0", "is a list (['Lamp'])", "must be one title")),
        ({"brand": [{"a": 1}, "x", "y"]}, ("brand of '101631'", "is a dict", "must be one name")),
        ({"category": [[["x"]], "x", "y"]}, ("category of '101631'", "must be a label, or a list of labels")),
        ({"category": [{"x": 1}, "x", "y"]}, ("category of '101631'", "is a dict")),
        ({"item_id": [101631, 101631, 5]}, ("rows 0 and 1", "the same item_id '101631'", "a different name")),
    ],
)
def test_invalid_cell_is_reported(columns: dict[str, list[Any]], facts: tuple[str, ...]) -> None:
    assert_rejected(frame(**columns), *facts)


def test_repeated_equal_rows_are_one_row() -> None:
    twice = pd.concat([frame(category=[["a"], ["b"], ["c"]])] * 2)

    assert catalogue_from(twice, ONLY_LABEL, KEYS).labels == {"101631": ("a",), "101632": ("b",)}


def test_items_of_no_model_are_not_validated() -> None:
    """A catalogue may contain anything about other items."""
    assert catalogue_from(frame(category=["a", "b", {"x": 1}]), ONLY_LABEL, KEYS).labels


@pytest.mark.parametrize("suffix", ["frame", "parquet", "csv", "jsonl"])
def test_missing_column_is_reported_with_the_existing_columns(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"items.{suffix}"
    wanted = CatalogueSettings(key="item_id", label="genre")
    if suffix == "parquet":
        frame().to_parquet(path)
    elif suffix == "csv":
        frame().to_csv(path, index=False)
    else:
        frame().to_json(path, orient="records", lines=True)

    with pytest.raises(ArtifactInvalid) as caught:
        catalogue_from(frame(), wanted, KEYS) if suffix == "frame" else read_catalogue(path, wanted, KEYS)

    assert "has no column 'genre'; its columns are item_id, name, brand, category, price. Correct" in str(
        caught.value
    )


def test_repeated_column_is_rejected() -> None:
    assert_rejected(pd.concat([frame(), frame()[["brand"]]], axis=1), "has 2 columns named 'brand'")


@pytest.mark.parametrize("obj", [{"item_id": [1]}, [1], None, "items"])
def test_other_object_is_rejected(obj: object) -> None:
    assert_rejected(obj, "It must be a pandas DataFrame")


@pytest.mark.parametrize(
    ("name", "content", "error", "fact"),
    [
        ("i.csv", b"item_id,category\n101631,a,b\n", ArtifactUnreadable, "line 2 has 3 cells, and the header has 2"),
        ("i.csv", b'item_id,category\n101631,"a\n', ArtifactUnreadable, "cannot be read as .csv"),
        ("i.csv", b"item_id,category\n101631,\xff\n", ArtifactUnreadable, "cannot be read as .csv"),
        ("i.csv", b"item_id,category\n101631," + b"a" * 200_000, ArtifactUnreadable, "field larger than field limit"),
        ("i.csv", b"item_id;category\n101631;a\n", ArtifactInvalid, "its columns are item_id;category"),
        ("i.csv", b"", ArtifactUnreadable, "is empty (0 bytes)"),
        ("i.csv", b"item_id,category\n,a\n", ArtifactInvalid, "row 0 (counted from 0) has no item_id"),
        ("i.jsonl", b'{"item_id": 1', ArtifactUnreadable, "line 1 is not JSON"),
        ("i.jsonl", b"[" * 100_000, ArtifactUnreadable, "line 1 is not JSON"),
        ("i.jsonl", b'{"item_id": ["x"], "category": "a"}', ArtifactInvalid, "is a list"),
        ("i.parquet", b"PAR1", ArtifactUnreadable, "cannot be read as .parquet"),
        ("i.pkl", b"x", ArtifactUnreadable, "Supported suffixes: .parquet, .csv, .jsonl"),
    ],
)
def test_invalid_file_is_reported(
    tmp_path: Path, name: str, content: bytes, error: type[EmbedgateError], fact: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(error) as caught:
        read_catalogue(tmp_path / name, ONLY_LABEL, KEYS)

    assert str(caught.value).startswith(f"file {tmp_path / name}")
    assert fact in str(caught.value)


def test_byte_order_mark_and_blank_lines_of_a_csv_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("\ufeffitem_id,category\n\n101631,a\n", encoding="utf-8")

    assert read_catalogue(tmp_path / "i.csv", ONLY_LABEL, KEYS).labels == {"101631": ("a",)}


@pytest.mark.parametrize("suffix", ["frame", "parquet", "csv", "jsonl"])
def test_columns_of_slices_are_read_as_text(tmp_path: Path, suffix: str) -> None:
    """Numbers become text; an empty cell is no value."""
    path = tmp_path / f"items.{suffix}"
    made = frame(country=["DE", None, "FR"], year=[1990, 2001, 2020])
    if suffix == "parquet":
        made.to_parquet(path)
    elif suffix == "csv":
        made.to_csv(path, index=False)
    else:
        made.to_json(path, orient="records", lines=True)

    sliced = ("country", "year")
    found = (
        catalogue_from(made, ALL, KEYS, HERE, sliced)
        if suffix == "frame"
        else read_catalogue(path, ALL, KEYS, sliced)
    )

    assert found.columns == {
        "country": {"101631": ("DE",)},
        "year": {"101631": ("1990",), "101632": ("2001",)},
    }


def test_unknown_column_of_slices_is_reported_with_the_nearest() -> None:
    with pytest.raises(ArtifactInvalid, match=r"has no column 'brnd' \(did you mean 'brand'\?\).*\[slices\]"):
        catalogue_from(frame(), ALL, KEYS, HERE, ("brnd",))

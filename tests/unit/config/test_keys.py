"""The list of all keys of quality_checks.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.cli import main
from embedgate.config.file import settings_of
from embedgate.config.keys import ConfigKey, ConfigTable, as_toml, config_tables, page
from embedgate.config.settings import Settings
from embedgate.errors import ConfigError
from embedgate.sources import catalogue, files
from tests.unit.config.test_config import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[3]
TABLES = {table.title: table for table in config_tables(Settings())}
KEYS = [(table, key) for table in TABLES.values() for key in table.keys]
WITH_DEFAULT = [(table, key) for table, key in KEYS if key.default is not None]
TOGETHER: Mapping[str, Mapping[str, object]] = {
    "known_tracks": {"track": "A", "expect": ["track:B"], "never": ["track:C"]},
    "catalogue": {"key": "item_id", "title": "name"},
    "model.columns": {"time": "played_at"},
}
"""Keys without which another key of a table is not accepted."""


def name_of(each: ConfigTable | ConfigKey) -> str:
    return each.title if isinstance(each, ConfigTable) else each.name


def set_fields(model: BaseModel) -> Any:
    """Return what a model sets, in nested dictionaries."""
    return model.model_dump(exclude_unset=True)


def file_with(table: ConfigTable, key: ConfigKey, *values: object) -> dict[str, Any]:
    """Return the content of a file with or without a value of a key, beside those that it needs."""
    path = re.findall(r'[\w]+|"[^"]+"', table.example)
    content: dict[str, Any] = {**TOGETHER.get(".".join(path), {})}
    content.pop(key.name, None)
    content.update((key.name, value) for value in values)
    for name in reversed([each.strip('"') for each in path]):
        content = {name: [content] if table.title == f"[[{name}]]" else content}
    return {"catalogue": TOGETHER["catalogue"], **content} if table.title == "[slices]" else content


def declared(model: type[BaseModel] = Settings) -> Iterator[str]:
    """Yield the names of all keys, as error messages list them."""
    schema = model.model_json_schema()
    for section in schema["$defs"].values():
        yield from section["properties"]


def test_page_is_up_to_date() -> None:
    """If this fails, run `python -m embedgate.config.keys > docs/config-keys.md`."""
    assert (ROOT / "docs" / "config-keys.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    ("row", "readers"),
    [("vectors", files._VECTORS), ("playlists", files._PLAYLISTS), ("catalogue", catalogue._READERS)],
)
def test_formats_are_those_of_the_readers(row: str, readers: Mapping[str, object]) -> None:
    (listed,) = re.findall(rf"^\| {row} \| (.*) \|$", page(), re.MULTILINE)

    assert re.findall(r"`(.+?)`", listed) == list(readers)
    if row == "vectors":
        data = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
        assert [suffix for suffix in readers if f"`{suffix.removesuffix('.gz')}`" not in data] == []


def test_all_declared_keys_are_listed_with_a_meaning() -> None:
    tables = ["columns", "limits"]  # of the model, and of the bands; [slices] has a key `columns` too

    assert sorted([key.name for _, key in KEYS if not key.placeholder] + tables) == sorted(declared())
    assert all(key.meaning and key.type for _, key in KEYS)
    assert all((key.default is None) == bool(key.otherwise) for _, key in KEYS)


@pytest.mark.parametrize(("table", "key"), KEYS, ids=name_of)
def test_example_is_accepted_and_another_type_is_not(table: ConfigTable, key: ConfigKey) -> None:
    example = list(key.example) if isinstance(key.example, tuple) else key.example
    settings_of(file_with(table, key, example), "c.toml")

    with pytest.raises(ConfigError, match=re.escape(key.name)):
        settings_of(file_with(table, key, {"no": True}), "c.toml")


@pytest.mark.parametrize(("table", "key"), WITH_DEFAULT, ids=name_of)
def test_listed_default_is_the_one_that_applies(table: ConfigTable, key: ConfigKey) -> None:
    """A file that sets it has the same settings as one that leaves it out."""
    default = list(key.default) if isinstance(key.default, tuple) else key.default

    given = settings_of(file_with(table, key, default), "c.toml")

    assert given == settings_of(file_with(table, key), "c.toml")


@pytest.mark.parametrize("text", ["", EXAMPLE, (ROOT / "quality_checks.toml").read_text(encoding="utf-8")])
def test_printed_file_has_the_same_settings(text: str) -> None:
    settings = settings_of(tomllib.loads(text), "c.toml")

    printed = "\n".join(as_toml(settings))

    assert set_fields(settings_of(tomllib.loads(printed), "c.toml")) == set_fields(settings)
    names = {key.name for _, key in KEYS if not key.placeholder}
    assert names <= set(re.findall(r"^#?(\w+) = ", printed, re.MULTILINE))


@given(
    genres=st.dictionaries(st.text(min_size=1).filter(str.strip), st.just(["word"]), max_size=3),
    track=st.text(min_size=1).filter(str.strip),
)
def test_any_text_is_printed_as_it_is(genres: dict[str, list[str]], track: str) -> None:
    known = [{"track": track, "never": ["track:x"]}]
    settings = settings_of({"genres": genres, "known_tracks": known}, "c.toml")

    printed = tomllib.loads("\n".join(as_toml(settings)))

    assert (printed.get("genres", {}), printed["known_tracks"]) == (genres, known)


def test_command_prints_the_config_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["config"]) == 0
    assert "\n#queries = 20000\n" in capsys.readouterr().out
    (tmp_path / "quality_checks.toml").write_text("[sampling]\nqueries = 3000\n", encoding="utf-8")
    assert main(["config"]) == 0
    assert "\n[sampling]\n" in (printed := capsys.readouterr().out)
    assert "\nqueries = 3000\n" in printed


def test_command_reports_an_unknown_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text("[sampling]\nquerys = 3000\n", encoding="utf-8")

    assert main(["config", f"--config={tmp_path / 'c.toml'}"]) == 2
    assert "did you mean 'queries'?" in capsys.readouterr().err

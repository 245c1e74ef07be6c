"""The keys of quality_checks.toml: type, default, example and meaning of each, from their declarations.

python -m embedgate.config.keys > docs/config-keys.md      # regenerates the page
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, get_origin

import tomlkit

from embedgate.config.file import CONFIG_NAME
from embedgate.config.sections import section_in
from embedgate.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_PAGE: Final = f"""# Keys of {CONFIG_NAME}, and formats

| files | formats |
| --- | --- |
| vectors | `.kv`, `.kv.gz`, `.model`, `.txt`, `.txt.gz`, `.vec`, `.vec.gz`, `.bin`, `.bin.gz`, `.npz`, `.npy`, \
`.parquet`, `.safetensors`, `.faiss`, `.index` |
| playlists | `.parquet`, `.jsonl`, `.csv` |
| catalogue | `.parquet`, `.csv`, `.jsonl` |

[data.md](data.md) describes the formats and the artifacts that are read. `[model.columns]` and `[catalogue]` name the
columns.

Every table and key, and what applies if a key is left out. No table is required; `[catalogue]` requires `key`, and
`[[known_tracks]]` requires `track`. An unknown key and a value of another type are [errors](errors.md#config).

`embedgate config` prints the {CONFIG_NAME} of the working directory with all keys: those that it does not
set are comments, with their defaults. Without a file, all are comments: `embedgate config > new.toml` writes a
file to start from.

[configuration.md](configuration.md) explains the settings, [thresholds.md](thresholds.md) how to choose bounds, and
[checks.md](checks.md) lists the checks with their defaults.

| table | key | type | default | example | meaning |
| --- | --- | --- | --- | --- | --- |
"""
_FILE: Final = f"""# All keys of {CONFIG_NAME}. A line without `#` is set. A line with `#` and no space shows the
# default of a key that is not set; if it has no default, it shows an example, and the comment says what applies.
"""
REQUIRED: Final = "required"
_WIDTH: Final = 118
_TYPES: Final = {"string": "text", "array": "list of texts", "number": "number", "integer": "integer", "date": "date"}


@dataclass(frozen=True)
class ConfigKey:
    """A key.

    Attributes:
        name: of the key; if users choose the names of keys, one of the example.
        placeholder: what users name: `genre`; empty if the name is fixed.
        meaning: in words.
        type: in words, with the limits of a number.
        default: the value that applies if the key is left out; None if there is none.
        otherwise: what applies then, in words, or REQUIRED; empty if there is a default.
        example: a value.
    """

    name: str
    placeholder: str
    meaning: str
    type: str
    default: object
    otherwise: str
    example: object


@dataclass(frozen=True)
class ConfigTable:
    """A table.

    Attributes:
        title: `[model.columns]`, `[[known_tracks]]`, `[checks."<id>"]`.
        meaning: in words.
        keys: in the order of their declaration.
        example: the line that starts such a table.
        given: each occurrence in the file, as the line that starts it and the values that are set.
    """

    title: str
    meaning: str
    keys: tuple[ConfigKey, ...]
    example: str
    given: tuple[tuple[str, Mapping[str, object]], ...]


def config_tables(settings: Settings) -> list[ConfigTable]:
    """Return all tables of the file, with the values that the settings set."""
    return list(_tables_in(Settings, "", [settings]))


def as_toml(settings: Settings) -> Iterator[str]:
    """Yield the lines of a file with the same settings, in which all other keys are comments."""
    yield from _FILE.splitlines()
    for table in config_tables(settings):
        yield ""
        yield from _comment(table.meaning)
        (header, values), *others = table.given or ((f"#{table.example}", {}),)
        yield header
        for key in table.keys:
            yield from () if key.placeholder else _comment(f"{key.meaning} ({_limits(key)})")
            is_set = [name for name in values if name == key.name or key.placeholder]
            yield from (_pair(name, values[name]) for name in is_set)
            if not is_set:
                yield f"#{_pair(key.name, key.example if key.default is None else key.default)}"
        for header, values in others:
            yield from ("", header, *(_pair(name, value) for name, value in values.items()))


def page() -> str:
    """Return the page docs/config-keys.md."""
    parts = [_PAGE]
    for table in config_tables(Settings()):
        for key in table.keys:
            name = f"<{key.placeholder}>" if key.placeholder else key.name
            default = key.otherwise or f"`{_value(key.default)}`"
            example = _pair(key.name, key.example)
            parts.append(f"| `{table.title}` | `{name}` | {key.type} | {default} | `{example}` | {key.meaning} |\n")
    return "".join(parts)


def _tables_in(model: type[BaseModel], path: str, given: Sequence[BaseModel]) -> Iterator[ConfigTable]:
    """Yield the tables inside a table, and those inside them.

    Args:
        model: the declaration of the table.
        path: its dotted name; empty for the whole file.
        given: its occurrences.
    """
    for name, field in model.model_fields.items():
        section = section_in(field.annotation)
        if not _is_table(field):
            continue
        where = f"{path}.{name}" if path else name
        values = [getattr(each, name) for each in given if name in each.model_fields_set]
        if section is None:
            row = _free_key(model, name, field)
            occurrences = tuple((f"[{where}]", value) for value in values)
            yield ConfigTable(f"[{where}]", row.meaning, (row,), f"[{where}]", occurrences)
            continue
        title = example = f"[{where}]"
        started = [(title, value) for value in values if value is not None]
        if get_origin(field.annotation) is tuple:
            title = example = f"[[{where}]]"
            started = [(title, each) for value in values for each in value]
        elif get_origin(field.annotation) is dict:
            title, example = f'[{where}."<{_extra(field, "named")}>"]', _quoted(where, _example(field))
            started = [(_quoted(where, key), each) for value in values for key, each in value.items()]
        keys = tuple(_key(section, key, each) for key, each in section.model_fields.items() if not _is_table(each))
        names = {key.name for key in keys}
        occurrences = tuple(
            (
                header,
                {key: getattr(each, key) for key in section.model_fields if key in names & each.model_fields_set},
            )
            for header, each in started
        )
        meaning = (section.__doc__ or "").partition(": ")[2].strip()
        yield ConfigTable(title, meaning, keys, example, occurrences)
        yield from _tables_in(section, where, [each for _, each in started])


def _is_table(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is dict or section_in(field.annotation) is not None


def _key(model: type[BaseModel], name: str, field: FieldInfo) -> ConfigKey:
    default = None if field.is_required() else field.default
    otherwise = REQUIRED if field.is_required() else _extra(field, "otherwise")
    example = _example(field) if field.examples else default
    return ConfigKey(name, "", field.description or "", _type(model, name), default, otherwise, example)


def _free_key(model: type[BaseModel], name: str, field: FieldInfo) -> ConfigKey:
    (example, value), *_ = _example(field).items()
    placeholder, meaning = _extra(field, "named"), field.description or ""
    return ConfigKey(example, placeholder, meaning, _type(model, name), None, "none", value)


def _example(field: FieldInfo) -> Any:  # noqa: ANN401 - of the type of the key
    return (field.examples or [None])[0]


def _extra(field: FieldInfo, name: str) -> str:
    extra = field.json_schema_extra
    return str(extra.get(name, "")) if isinstance(extra, dict) else ""


def _type(model: type[BaseModel], name: str) -> str:
    """Return the type of a key, or of the values of a table whose keys are free, in words."""
    schema = _schema(model)["properties"][name]
    schema = next(each for each in schema.get("anyOf", [schema]) if each.get("type") != "null")
    schema = schema["additionalProperties"] if schema.get("type") == "object" else schema
    if "enum" in schema:
        return " or ".join(f"`{_value(each)}`" for each in schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    limits = [
        f"{sign} {schema[limit]:,}"
        for limit, sign in (("exclusiveMinimum", ">"), ("minimum", ">="), ("maximum", "<="))
        if limit in schema
    ]
    named = [_TYPES[each] for each in types]
    either = " or ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    return f"{either} {' and '.join(limits)}".strip()


def _limits(key: ConfigKey) -> str:
    """Return the type of a key, and what applies without it, unless the default is shown."""
    otherwise = key.otherwise if key.otherwise in ("", REQUIRED) else f"default: {key.otherwise}"
    return "; ".join(filter(None, [key.type, otherwise]))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _pair(name: str, value: object) -> str:
    return f"{tomlkit.key(name).as_string()} = {_value(value)}"


def _value(value: object) -> str:
    return str(tomlkit.item(list(value) if isinstance(value, tuple) else value).as_string())


def _quoted(table: str, name: str) -> str:
    return f"[{table}.{tomlkit.key(name).as_string()}]"


def _comment(text: str) -> list[str]:
    return wrap(_sentence(text), _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the page is the output

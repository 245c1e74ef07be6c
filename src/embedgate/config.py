"""The types of quality_checks.toml, and its validation."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import reprlib
import stat
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from embedgate.errors import ConfigError
from embedgate.paths import SUITE, kind_of_file
from embedgate.slices import POPULARITY, Slice, slice_slugs
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Severity = Literal["fail", "warn", "off"]
CONFIG_NAME = "quality_checks.toml"


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, not {number}")
    return number


Name = Annotated[str, AfterValidator(_not_blank)]
Key = Annotated[
    Name,
    BeforeValidator(lambda key: str(key) if type(key) is int else key),
    WithJsonSchema({"type": ["string", "integer"]}),
]
Number = Annotated[float, AfterValidator(_finite)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]  # TOML has lists; a frozen model keeps tuples


class _Section(BaseModel):
    """A table. Its keys are declared with meaning and example, from which `embedgate.config_keys` lists them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _optional(meaning: str, example: str | float, *, otherwise: str = "none") -> Any:  # noqa: ANN401 - as pydantic's Field
    """Declare a key without a default value; `otherwise` is what applies without it, in words."""
    return Field(default=None, description=meaning, examples=[example], json_schema_extra={"otherwise": otherwise})


def _column(meaning: str, example: str, *, otherwise: str) -> Any:  # noqa: ANN401 - as pydantic's Field
    return _optional(f"column with {meaning}", example, otherwise=otherwise)


def _as_text(value: object) -> object:
    """Return a TOML date or number as text."""
    if isinstance(value, date):  # also a datetime
        return value.isoformat()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _is_moment(text: str) -> bool:
    """Return whether a text is a finite number or a date."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        pass
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


Moment = Annotated[Name, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "integer", "number", "date"]})]


class ColumnSettings(_Section):
    """`[model.columns]`: names of the playlists' columns that differ, and the form of their ids."""

    playlist_id: Name | None = _column(
        "the id of the playlist, text or an integer", "session", otherwise="`playlist_id`"
    )
    playlist_name: Name | None = _column(
        "the name, in which genre words are looked for", "title", otherwise="the ids are the names"
    )
    track_sequence: Name | None = _column(
        "the keys of the tracks, in the order of play", "items", otherwise="`track_sequence`"
    )
    artist_sequence: Name | None = _column(
        "the artist of each track", "brands", otherwise="`artist_sequence`, if it exists"
    )
    track_test_x: Name | None = _column(
        "the list without its target, for retrieval", "given", otherwise="`track_test_x`, if it exists"
    )
    track_test_y: Name | None = _column(
        "the target of the list", "target", otherwise="`track_test_y`, else the last track of each list"
    )
    track: Name | None = _column(
        "the key of a track, if a row is a play", "item", otherwise="`track`, if `track_sequence` does not exist"
    )
    artist: Name | None = _column(
        "the artist of the track, if a row is a play", "brand", otherwise="`artist`, if it exists"
    )
    time: Name | None = _column(
        "times, which order the plays of a playlist, if a row is a play",
        "played_at",
        otherwise="the order of the rows",
    )
    hold_out: Moment | None = _optional(
        'the plays that were held out of training, if a row is a play: `"last"`, or those from a date or number in '
        "`time` on",
        "last",
        otherwise="nothing",
    )
    user_separator: str = Field(
        default="",
        description="text between user and name in ids of the form `<user>-<name>`, whose users are not searched for "
        "genre words; empty: the whole id is searched",
        examples=["-"],
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.track and self.track_sequence:
            raise ValueError("set `track`, if a row is a play, or `track_sequence`, if it is a playlist; not both")
        if self.hold_out not in (None, "last") and not (self.time and _is_moment(self.hold_out)):
            raise ValueError(
                f'hold_out = "{self.hold_out}" must be "last", or a date or number as in the column that `time` names'
            )
        return self

    @property
    def given(self) -> dict[str, str]:
        """The configured column names, by default name, and `hold_out`."""
        return self.model_dump(exclude_none=True, exclude={"user_separator"})


class ModelSettings(_Section):
    """`[model]`: the flow, its artifacts, and how they are read."""

    flow: Name | None = _optional("flow to test; `--gate-flow` overrides it", "ModelingFlow")
    vectors: Name = Field(default="final_vectors", description="artifact with the vectors")
    keys: Name | None = _optional(
        "artifact with the keys of the vectors, if these are an array", "item_ids", otherwise="the vectors have keys"
    )
    playlists: Name = Field(default="final_dataset", description="artifact with the playlists")
    playlists_role: Literal["train", "held_out"] = Field(
        default="train", description="whether the model was trained on these playlists"
    )
    track_separator: str = Field(
        default="",
        description="text between artist and title in keys of the form `<artist>-<title>`; empty: no artists in keys",
        examples=["-"],
    )
    columns: ColumnSettings = ColumnSettings()


class CatalogueSettings(_Section):
    """`[catalogue]`: what is known of tracks, by key, and the columns that contain it."""

    source: Name | None = _optional(
        "name of an artifact, or path of a file: `.parquet`, `.csv` or `.jsonl`",
        "items.parquet",
        otherwise="a frame from Python",
    )
    key: Name = Field(
        description="column with the keys of vectors and playlists; integers and text match", examples=["item_id"]
    )
    title: Name | None = _column(
        "titles, which show duplicates and are shown in the report", "name", otherwise="the title in the key"
    )
    artist: Name | None = _column("artists", "brand", otherwise="the artist in playlists or key")
    label: Name | None = _column(
        "labels, which are the genres in place of `[genres]`: one, or a list", "category", otherwise="`[genres]`"
    )

    @property
    def is_artifact(self) -> bool:
        """Whether the source is an artifact: it can be the name of one."""
        return self.source is not None and self.source.isidentifier()

    @property
    def columns(self) -> tuple[str, ...]:
        """The configured columns, the key first."""
        return tuple(dict.fromkeys(filter(None, (self.key, self.title, self.artist, self.label))))


class SliceSettings(_Section):
    """`[slices]`: columns of the catalogue by whose values the checks of slices are repeated."""

    columns: Names = Field(
        default=(), description="columns of the catalogue whose values are slices", examples=[["country"]]
    )


class FoundSlices(SliceSettings):
    """`[slices]` once the catalogue is loaded.

    Attributes:
        found: the slices of the configured columns and of the labels.
    """

    found: tuple[Slice, ...] = ()


class KnownTrack(_Section):
    """`[[known_tracks]]`: the expected and the forbidden neighbours of a track."""

    id: Name | None = _optional("id of its check, in brackets", "get-lucky", otherwise="made from the key")
    track: Key = Field(description="key of the track", examples=["Daft Punk-Get Lucky - Radio Edit"])
    expect: Names = Field(
        default=(),
        description="neighbours to find: `track:<key>`, `artist:<name>`, `genre:<name>`",
        examples=[["track:Daft Punk-Get Lucky", "artist:Daft Punk"]],
    )
    never: Names = Field(
        default=(), description="neighbours that fail the check, likewise", examples=[["artist:Napalm Death"]]
    )
    topn: int = Field(default=10, ge=1, le=1000, description="number of nearest neighbours that are searched")
    min_hits: int = Field(default=1, ge=0, description="how many of them have to match `expect`; at most `topn`")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if not self.expect and not self.never:
            raise ValueError("set `expect`, `never` or both")
        for entry in (*self.expect, *self.never):
            kind, _, name = entry.partition(":")
            if kind not in ("track", "artist", "genre") or not name.strip():
                raise ValueError(f'{entry!r} must be "track:<key>", "artist:<name>" or "genre:<name>"')
        if self.expect and not 1 <= self.min_hits <= self.topn:
            raise ValueError(f"min_hits = {self.min_hits} must be between 1 and topn = {self.topn}")
        return self


class MapSettings(_Section):
    """`[map]`: the t-SNE map."""

    tracks: int = Field(default=1000, ge=50, le=20_000, description="number of tracks on the map")


class VocabularySettings(_Section):
    """`[vocabulary]`: which tracks have to have a vector."""

    top: int = Field(default=100, ge=1, description="number of the most played tracks that all have to have a vector")


class SamplingSettings(_Section):
    """`[sampling]`: the most tracks whose neighbours are searched for measures of all tracks, and their draw."""

    queries: int = Field(
        default=20_000, ge=1_000, description="number of queries; a smaller vocabulary is searched for all its tracks"
    )
    seed: int = Field(default=0, ge=0, description="seed of the draw")


class DuplicateSettings(_Section):
    """`[duplicates]`: the cosine of duplicates, and whose words for versions titles contain."""

    cosine: float = Field(default=0.95, gt=0, le=1, description="least cosine of the vectors of duplicates")
    versions: Literal["music", "none"] = Field(
        default="music", description="whether titles contain the words of music for releases and recordings"
    )


class TagSettings(_Section):
    """`[tags]`: when a track has a genre."""

    min_support: int | None = Field(
        default=None,
        ge=1,
        description="least number of playlists that name the genre of a track",
        examples=[2],
        json_schema_extra={"otherwise": "the highest of 1 to 3 that leaves each genre enough tracks"},
    )


class HistorySettings(_Section):
    """`[history]`: the records of gate runs."""

    folder: Name = Field(
        default=".embedgate", description="folder of the records, relative to where pytest was started"
    )


class SuiteSettings(_Section):
    """`[suite]`: custom checks that run with the installed suite."""

    paths: Names = Field(default=(SUITE,), description="folders or files with your own checks")


class BandSettings(_Section):
    """`[bands]`: the measured variation of retrains, written by `embedgate calibrate`."""

    measured: str = Field(default="", description="date of the calibration", examples=["2026-01-31"])
    runs: tuple[str, ...] = Field(
        default=(), strict=False, description="the retrains", examples=[["ModelingFlow/101", "ModelingFlow/102"]]
    )
    limits: dict[str, Number] = Field(
        default_factory=dict,
        description="limits of the checks of the champion",
        examples=[{"champion.overlap": 0.61}],
        json_schema_extra={"named": "id"},
    )

    def limit_of(self, check_id: str) -> float | None:
        """Return the limit of a check: its own, else that of all genres; None if there is none."""
        return self.limits.get(check_id, self.limits.get(check_id.partition("[")[0]))


class CheckSettings(_Section):
    """`[checks."<id>"]`: bound and severity of a check, or of all checks whose ids begin with `<id>`."""

    at_least: Number | None = _optional(
        "lower bound of the value, for checks of this direction", 0.2, otherwise="that of the check"
    )
    at_most: Number | None = _optional(
        "upper bound of the value, for checks of this direction", 0.05, otherwise="that of the check"
    )
    severity: Severity | None = _optional(
        'effect of a broken bound: `"fail"` fails the gate, `"warn"` reports, `"off"` skips the check',
        "warn",
        otherwise="that of the check",
    )

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if self.at_least is not None and self.at_most is not None:
            raise ValueError("set at_least or at_most, not both")
        return self

    def over(self, general: CheckSettings) -> CheckSettings:
        """Override a more general entry, key by key; a bound replaces a bound."""
        bounded = self.at_least is not None or self.at_most is not None
        source = self if bounded else general
        return CheckSettings(
            at_least=source.at_least, at_most=source.at_most, severity=self.severity or general.severity
        )


class Settings(_Section):
    """The whole file."""

    model: ModelSettings = ModelSettings()
    catalogue: CatalogueSettings | None = None
    slices: SliceSettings = SliceSettings()
    genres: dict[Name, Names] = Field(
        default_factory=dict,
        description="words that are looked for in playlist names, for each genre",
        examples=[{"rap": ["rap", "hip hop", "hip-hop"]}],
        json_schema_extra={"named": "genre"},
    )
    known_tracks: tuple[KnownTrack, ...] = Field(default=(), strict=False)
    map: MapSettings = MapSettings()
    vocabulary: VocabularySettings = VocabularySettings()
    sampling: SamplingSettings = SamplingSettings()
    duplicates: DuplicateSettings = DuplicateSettings()
    tags: TagSettings = TagSettings()
    history: HistorySettings = HistorySettings()
    suite: SuiteSettings = SuiteSettings()
    bands: BandSettings = BandSettings()
    checks: dict[str, CheckSettings] = Field(
        default_factory=dict, examples=["duplicates.rate"], json_schema_extra={"named": "id"}
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for genre, words in self.genres.items():
            if not words:
                raise ValueError(f"genres.{genre} must list at least one word")
        catalogue, columns = self.catalogue, self.slices.columns
        if catalogue is not None and not (catalogue.title or catalogue.artist or catalogue.label or columns):
            raise ValueError("catalogue: set `title`, `artist` or `label`: the column that is read")
        if catalogue is None and columns:
            raise ValueError("[slices] columns are columns of the catalogue: set [catalogue]")
        if not self.has_labels:
            for known, entry in self._unknown_genres(self.genres):
                raise ValueError(
                    f"known_tracks {known.track!r} uses {entry!r}, which [genres] does not define"
                    f"{_nearest(entry.removeprefix('genre:'), list(self.genres))}"
                )
        ids = [known.id for known in self.known_tracks if known.id]
        for known_id in ids:
            if ids.count(known_id) > 1:
                raise ValueError(f"known_tracks has the id {known_id!r} twice")
        return self

    @property
    def has_labels(self) -> bool:
        """Whether the genres are the labels of the catalogue, which are known once it is loaded."""
        return self.catalogue is not None and self.catalogue.label is not None

    @property
    def awaits_labels(self) -> bool:
        """Whether the labels of the catalogue are not known yet; as genres, they have no words."""
        return self.has_labels and (not self.genres or any(self.genres.values()))

    def with_labels(self, judged: Iterable[str], labels: Sequence[str], shown: str) -> Settings:
        """Return the settings with the labels of the catalogue as genres.

        Args:
            judged: the labels that are judged.
            labels: all labels, the most frequent first.
            shown: name of the config in messages.

        Raises:
            ConfigError: if a known track uses a genre that is not a label.
        """
        for known, entry in self._unknown_genres(labels):
            near = _nearest(entry.removeprefix("genre:"), list(labels[:100]))
            raise ConfigError(f"{shown}: known_tracks {known.track!r} uses {entry!r}, which is not a label{near}")
        return self.labelled(judged)

    def labelled(self, judged: Iterable[str]) -> Settings:
        """Return the settings with labels as genres, whatever known tracks use."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return Settings.model_construct(**{**values, "genres": dict.fromkeys(judged, ())})

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """The columns of the catalogue whose values are slices, the labels first."""
        label = (self.catalogue.label,) if self.catalogue is not None else ()
        return tuple(dict.fromkeys(filter(None, (*label, *self.slices.columns))))

    @property
    def awaits_slices(self) -> bool:
        """Whether the values of the columns are not known yet."""
        return bool(self.slice_columns) and not isinstance(self.slices, FoundSlices)

    def sliced(self, found: Iterable[Slice]) -> Settings:
        """Return the settings with the slices that the columns of the catalogue have."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        slices = FoundSlices.model_construct(columns=self.slices.columns, found=tuple(found))
        return Settings.model_construct(**{**values, "slices": slices})

    @cached_property
    def slice_of(self) -> dict[str, Slice]:
        """The slices by the slug of their checks."""
        genres = () if self.has_labels else tuple(Slice("genre", "genre", name) for name in self.genres)
        found = self.slices.found if isinstance(self.slices, FoundSlices) else ()
        return slice_slugs((*POPULARITY, *genres, *found))

    def _unknown_genres(self, genres: Collection[str]) -> Iterator[tuple[KnownTrack, str]]:
        for known in self.known_tracks:
            for entry in (*known.expect, *known.never):
                kind, _, name = entry.partition(":")
                if kind == "genre" and name not in genres:
                    yield known, entry

    @cached_property
    def genre_slugs(self) -> dict[str, str]:
        """The slug of each genre in check ids."""
        return dict(zip(self.genres, unique_slugs(self.genres), strict=True))

    @cached_property
    def known_track_of(self) -> dict[str, KnownTrack]:
        """The known tracks by the slug of their check."""
        slugs = unique_slugs(known.id or known.track for known in self.known_tracks)
        return dict(zip(slugs, self.known_tracks, strict=True))

    def of_check(self, check_id: str) -> CheckSettings:
        """Return the configuration of a check: the most specific entry wins, key by key."""
        merged = CheckSettings()
        for entry in sorted(self.checks, key=len):
            if covers(self.as_id(entry), check_id):
                merged = self.checks[entry].over(merged)
        return merged

    def bound_entry(self, check_id: str) -> str | None:
        """Return the entry of `[checks]` that sets the bound of a check, as written; None if none does."""
        bounds = (name for name, entry in self.checks.items() if (entry.at_least, entry.at_most) != (None, None))
        covering = [name for name in sorted(bounds, key=len) if covers(self.as_id(name), check_id)]
        return covering[-1] if covering else None

    def as_id(self, entry: str) -> str:
        """Replace names of genres and slices in an entry of `[checks]` by the slugs of check ids."""
        head, bracket, rest = entry.partition("[")
        if bracket and rest.endswith("]") and "=" in rest:
            named = {f"{each.column}={each.value}": slug for slug, each in self.slice_of.items()}
            return f"{head}[{named.get(rest[:-1], rest[:-1])}]"
        if not bracket or not rest.endswith("]") or not head.startswith(("separation", "champion")):
            return entry
        inside = rest[:-1]
        if inside in self.genre_slugs:
            return f"{head}[{self.genre_slugs[inside]}]"
        for first in self.genres:
            second = inside[len(first) + 1 :]
            if inside.startswith(first + "~") and second in self.genre_slugs:
                return f"{head}[{self.genre_slugs[first]}~{self.genre_slugs[second]}]"
        return entry


def covers(entry: str, check_id: str) -> bool:
    """Return whether an id or a prefix (`separation`, `separation.space`) covers a check."""
    return check_id == entry or check_id.startswith((entry + ".", entry + "["))


@dataclass(frozen=True)
class Config:
    """Settings, and the file that they were read from.

    Attributes:
        settings: the content of the file, or the defaults.
        path: the file; None if there is none.
        shown: the path for header, verdict and messages; None if there is no file.
        sha256: SHA-256 of the file's bytes.
    """

    settings: Settings
    path: Path | None = None
    shown: str | None = None
    sha256: str | None = None

    def with_flow(self, flow: str | None) -> Config:
        """Let `--gate-flow` override `[model] flow`."""
        if flow is None:
            return self
        model = self.settings.model.model_copy(update={"flow": flow})
        return replace(self, settings=self.settings.model_copy(update={"model": model}))


def load_config(path: Path, shown: str) -> Config:
    """Read and validate a quality_checks.toml.

    Raises:
        ConfigError: if it is not a regular file, cannot be read, is not TOML, or has an unknown key; names the
            file, the key and the nearest valid name.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError(f"the config {shown} is {kind_of_file(mode)}, not a file: move it away, or use another")
        raw = path.read_bytes()
    except OSError as error:
        link = " (it is a broken symbolic link)" if path.is_symlink() and not path.exists() else ""
        raise ConfigError(f"the config {shown} cannot be read: {error.strerror or error}{link}") from error
    return parse_config(raw, shown, path)


def parse_config(raw: bytes, shown: str, path: Path | None = None) -> Config:
    """Validate the bytes of a quality_checks.toml.

    Args:
        raw: its content.
        shown: its name in messages.
        path: where it was read; None if it is not a file here.

    Raises:
        ConfigError: if it is not TOML, or has an unknown key; names the file, the key and the nearest valid name.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8-sig"))
    except ValueError as error:  # invalid TOML, not UTF-8, a number of 5,000 digits
        raise ConfigError(f"{shown} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{shown} is not valid TOML: it is nested too deeply") from error
    return Config(settings_of(data, shown), path, shown, hashlib.sha256(raw).hexdigest())


def settings_of(data: Mapping[str, Any], shown: str) -> Settings:
    """Validate the content of a quality_checks.toml.

    Args:
        data: tables and values as `tomllib` returns them.
        shown: its name in messages.

    Raises:
        ConfigError: names the key and the nearest valid name.
    """
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        lines = "\n".join(f"  {_explain(problem)}" for problem in error.errors())
        raise ConfigError(f"{shown} cannot be used:\n{lines}") from None


def _explain(problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails, whose ctx and input are Any
    """Return the key and its error in one line."""
    where = [str(part) for part in problem["loc"]]
    key = ".".join(where) or "the file"
    if problem["type"] == "extra_forbidden":
        section = f" in [{'.'.join(where[:-1])}]" if where[:-1] else ""
        return f"unknown key {where[-1]!r}{section}{_nearest(where[-1], _valid_keys(where[:-1]))}"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{key}: {message}" if where else message
    if problem["type"] == "missing":
        return f"{key}: is required"
    given = reprlib.repr(problem["input"])
    if problem["type"] == "tuple_type":
        example = f", such as [{json.dumps(problem['input'])}]" if isinstance(problem["input"], str) else ""
        return f"{key}: must be a list of words{example}, not {given}"
    if problem["type"] in ("model_type", "dict_type"):
        return f"{key}: must be a table, not {given}"
    return f"{key}: {message[0].lower()}{message[1:]}, not {given}"


def _valid_keys(where: list[str]) -> list[str]:
    sections: dict[str, type[BaseModel]] = {
        "model": ModelSettings,
        "model.columns": ColumnSettings,
        "catalogue": CatalogueSettings,
        "slices": SliceSettings,
        "known_tracks": KnownTrack,
        "map": MapSettings,
        "vocabulary": VocabularySettings,
        "sampling": SamplingSettings,
        "duplicates": DuplicateSettings,
        "tags": TagSettings,
        "history": HistorySettings,
        "suite": SuiteSettings,
        "bands": BandSettings,
        "checks": CheckSettings,
    }
    section = sections.get(".".join(where)) or sections[where[0]] if where else Settings
    return list(section.model_fields)


def _nearest(name: str, valid: list[str]) -> str:
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f" (valid: {', '.join(map(repr, valid))})" if valid else ""

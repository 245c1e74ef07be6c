"""The tables of quality_checks.toml: the type, the default and the meaning of each key."""

from __future__ import annotations

import math
from datetime import date, datetime
from inspect import isclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from embedgate.paths import SUITE
from embedgate.slices import Slice  # noqa: TC001 - pydantic resolves it

Severity = Literal["fail", "warn", "off"]


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


class Section(BaseModel):
    """A table. Its keys are declared with meaning and example, from which `embedgate.config.keys` lists them."""

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


class ColumnSettings(Section):
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


class ModelSettings(Section):
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


class CatalogueSettings(Section):
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


class SliceSettings(Section):
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


class KnownTrack(Section):
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


class MapSettings(Section):
    """`[map]`: the t-SNE map."""

    tracks: int = Field(default=1000, ge=50, le=20_000, description="number of tracks on the map")


class VocabularySettings(Section):
    """`[vocabulary]`: which tracks have to have a vector."""

    top: int = Field(default=100, ge=1, description="number of the most played tracks that all have to have a vector")


class SamplingSettings(Section):
    """`[sampling]`: the most tracks whose neighbours are searched for measures of all tracks, and their draw."""

    queries: int = Field(
        default=20_000, ge=1_000, description="number of queries; a smaller vocabulary is searched for all its tracks"
    )
    seed: int = Field(default=0, ge=0, description="seed of the draw")


class DuplicateSettings(Section):
    """`[duplicates]`: the cosine of duplicates, and whose words for versions titles contain."""

    cosine: float = Field(default=0.95, gt=0, le=1, description="least cosine of the vectors of duplicates")
    versions: Literal["music", "none"] = Field(
        default="music", description="whether titles contain the words of music for releases and recordings"
    )


class TagSettings(Section):
    """`[tags]`: when a track has a genre."""

    min_support: int | None = Field(
        default=None,
        ge=1,
        description="least number of playlists that name the genre of a track",
        examples=[2],
        json_schema_extra={"otherwise": "the highest of 1 to 3 that leaves each genre enough tracks"},
    )


class HistorySettings(Section):
    """`[history]`: the records of gate runs."""

    folder: Name = Field(
        default=".embedgate", description="folder of the records, relative to where pytest was started"
    )


class SuiteSettings(Section):
    """`[suite]`: custom checks that run with the installed suite."""

    paths: Names = Field(default=(SUITE,), description="folders or files with your own checks")


class BandSettings(Section):
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


class CheckSettings(Section):
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


def section_in(annotation: object) -> type[BaseModel] | None:
    """Return the table that a type contains: `KnownTrack` of `tuple[KnownTrack, ...]`."""
    if isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(section_in, get_args(annotation))), None)

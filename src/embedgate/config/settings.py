"""The whole of quality_checks.toml, and what its entries mean for a check."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from embedgate.config.invalid_keys import nearest
from embedgate.config.sections import (
    BandSettings,
    CatalogueSettings,
    CheckSettings,
    DuplicateSettings,
    FoundSlices,
    HistorySettings,
    KnownTrack,
    MapSettings,
    ModelSettings,
    Name,
    Names,
    SamplingSettings,
    Section,
    SliceSettings,
    SuiteSettings,
    TagSettings,
    VocabularySettings,
)
from embedgate.errors import ConfigError
from embedgate.slices import POPULARITY, Slice, slice_slugs
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence


class Settings(Section):
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
                    f"{nearest(entry.removeprefix('genre:'), list(self.genres))}"
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
            near = nearest(entry.removeprefix("genre:"), list(labels[:100]))
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

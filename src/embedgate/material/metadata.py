"""What the item catalogue says about tracks, joined by key."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from embedgate.errors import MaterialError
from embedgate.material.genre_tags import MIN_TRACKS

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LABELS = 300
"""Number of labels that are judged: the most frequent."""


@dataclass(frozen=True, eq=False)
class TrackMetadata:
    """Titles, artists and labels of the tracks that are in the catalogue.

    Attributes:
        source: name of the catalogue in messages: "file items.parquet".
        titles: title by key; empty if no column of titles is configured.
        artists: artist by key, likewise.
        labels: labels by key, in the order of the catalogue; None if no column of labels is configured.
        columns: values by key, of each column whose values are slices.
    """

    source: str
    titles: Mapping[str, str] = field(repr=False, default_factory=dict)
    artists: Mapping[str, str] = field(repr=False, default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] | None = field(repr=False, default=None)
    columns: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False, default_factory=dict)

    def name_of(self, key: str) -> str:
        """Return artist and title of a key; "" if the catalogue has neither."""
        return " \N{EN DASH} ".join(filter(None, (self.artists.get(key), self.titles.get(key))))

    @property
    def all_labels(self) -> list[str]:
        """All labels, the most frequent first; equal counts in alphabetical order."""
        counts = self._label_counts
        return sorted(counts, key=lambda label: (-counts[label], label))

    def judged_labels(self) -> tuple[str, ...]:
        """Return the labels of at least ten tracks, at most the 300 most frequent, in alphabetical order.

        Raises:
            MaterialError: if there is none.
        """
        counts = self._label_counts
        frequent = [label for label in self.all_labels if counts[label] >= MIN_TRACKS]
        if not frequent:
            shown = ", ".join(f"{label!r} ({counts[label]:,})" for label in self.all_labels[:3]) or "none"
            raise MaterialError(
                f"no label has {MIN_TRACKS} tracks that are played or have a vector: the most frequent are {shown}"
            )
        return tuple(sorted(frequent[:MAX_LABELS]))

    @property
    def _label_counts(self) -> Counter[str]:
        return Counter(label for labels in (self.labels or {}).values() for label in labels)

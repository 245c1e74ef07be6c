"""Names of slices: the tracks of one popularity, one genre, or one value of a catalogue column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from embedgate.slugs import slug, unique

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["popularity", "genre", "value", "quarter", "others", "missing"]
HEAD, MIDDLE, TAIL = "head", "middle", "tail"
QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")


class Slice(NamedTuple):
    """A slice of the catalogue.

    Attributes:
        kind: a third of the plays by popularity, a genre from playlist names, a value of a column, a quarter of a
            column of numbers, all other values of a column, or no value.
        column: "popularity", "genre", or the column.
        value: what the tracks share.
    """

    kind: Kind
    column: str
    value: str

    @property
    def name(self) -> str:
        """What to call the slice in a sentence."""
        return f"{self.column} = {self.value}"


POPULARITY = tuple(Slice("popularity", "popularity", third) for third in (HEAD, MIDDLE, TAIL))


def slice_slugs(slices: Iterable[Slice]) -> dict[str, Slice]:
    """Return the slices by the slugs of their checks, `<column>=<value>`; a number makes a slug unique."""
    given = tuple(slices)
    return dict(zip(unique(f"{slug(each.column)}={slug(each.value)}" for each in given), given, strict=True))

"""The parts of figures: pictures, tables and lists, with a title and a caption."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from embedgate.report.figures.labels import MAX_LENGTH, one_line
from embedgate.report.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markupsafe import Markup

WIDTH = 820
"""CSS pixels."""
_MAX_HEADING, _MAX_NOTE = 240, 400
Kind = Literal["", "n", "ok", "bad", "code"]
"""Class of a cell: number, match, violation, code."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, a table, or a picture with a table below it.

    Attributes:
        title: plain text.
        caption: plain text: what is shown and how to read it; empty if the HTML is a sentence itself.
        png: the picture, drawn with more pixels than `width`.
        html: a table, a list or a sentence.
        width: of the picture in CSS pixels.
    """

    title: str
    caption: str
    png: bytes | None = None
    html: Markup | None = None
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, or an item of a list.

    Attributes:
        text: plain text.
        kind: class of the cell.
        value: number to sort by, if `text` shows a rounded one.
        details: shown after a click on the text.
    """

    text: str
    kind: Kind = ""
    value: float | None = None
    details: Markup | None = None


def text_figure(title: str, text: str) -> Figure:
    """Return a figure that explains why there is nothing to draw."""
    return Figure(title, "", html=note(text))


def note(text: str) -> Markup:
    """Return a sentence, to be shown below a table or alone."""
    return render("figures/note.html.jinja", text=one_line(text, _MAX_NOTE))


def bullet_list(items: Iterable[str | Cell]) -> Markup:
    """Return a list."""
    return render("figures/list.html.jinja", items=[_cell(item, limit=_MAX_HEADING) for item in items])


def side_by_side(tables: Iterable[Markup]) -> Markup:
    """Return tables beside each other if the page is wide enough."""
    return render("figures/side_by_side.html.jinja", tables=list(tables))


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    *,
    heading: str | Cell = "",
    numbers: Sequence[int] = (),
    sortable: bool = False,
) -> Markup:
    """Return a table.

    Args:
        head: names of the columns.
        rows: a cell for each column; the first is the head of its row.
        heading: caption of the table.
        numbers: indices of the columns that contain numbers.
        sortable: whether a click on a column's name sorts by it, if scripts run.
    """
    kinds: list[Kind] = ["n" if index in numbers else "" for index in range(len(head))]
    return render(
        "figures/table.html.jinja",
        heading=_cell(heading, limit=_MAX_HEADING),
        rows=[[_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in (head, *rows)],
        sortable=sortable,
    )


def _cell(cell: str | Cell, kind: Kind = "", limit: int = MAX_LENGTH) -> Cell:
    if isinstance(cell, str):
        return Cell(one_line(cell, limit), kind)
    return replace(cell, text=one_line(cell.text, limit))

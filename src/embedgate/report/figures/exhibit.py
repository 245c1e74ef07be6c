"""What a figure family hands to the page: pictures, and safe fragments of HTML."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from embedgate.report.story import TURNS_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest

WIDTH = 820
"""CSS pixels that a picture is drawn for."""
LONGEST_NAME = 90
_A_DOZEN = 12
STYLE = """
.eg-tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,390px),1fr));gap:10px 26px}
.eg-table caption{text-align:left;font:600 13px/1.4 system-ui,sans-serif;padding:6px 9px 3px;overflow-wrap:anywhere}
#results-table .eg-table th{font-weight:500}#results-table .eg-table tbody th{font-weight:400}
.eg-fold{border-bottom:1px solid var(--eg-line);max-width:760px}.eg-fold>summary{cursor:pointer;padding:5px 2px;
font-size:13px;overflow-wrap:anywhere}
.eg-table thead th{white-space:nowrap}
.eg-table .eg-code{font-family:ui-monospace,monospace}
:is(#results-table,.eg) :is(.eg-table,.eg-list) .eg-ok{color:var(--eg-near)}
:is(#results-table,.eg) :is(.eg-table,.eg-list) .eg-bad{color:var(--eg-bad);font-weight:600}
#results-table .eg-table .eg-n{text-align:right}
.eg-table .eg-muted,.eg-note{color:var(--eg-muted)}.eg-list{margin:4px 0 12px;padding-left:20px;font-size:13px}
"""
"""What the classes of tables and lists look like; the page's own rules for its table of tests name an id."""
DASH, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One picture or table with what it takes to read it.

    Attributes:
        title: plain text; the page escapes it.
        caption: one sentence on how to read it, plain text; serves as the picture's alternative text too.
        png: the picture, `width` CSS pixels wide, drawn denser than that.
        html: a safe fragment: every name in it is escaped. Stands below the picture where there are both.
        width: CSS pixels.
    """

    title: str
    caption: str
    png: bytes | None = None
    html: str | None = None
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table with a class of its own: the number column, a hit, something broken, an aside."""

    text: str
    kind: Literal["n", "ok", "bad", "muted", "code"]


def one_line(text: str, limit: int = LONGEST_NAME) -> str:
    """Name on one line, cut with an ellipsis; control characters and marks that turn the order of text go."""
    shown = []
    for character in text[: 4 * limit + 100]:
        if character in TURNS_ORDER:
            continue
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            shown.append(" ")
        else:
            shown.append("\ufffd" if category == "Cs" else character)
    line = " ".join("".join(shown).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + _ELLIPSIS


def escaped(text: str, limit: int = LONGEST_NAME) -> str:
    """One line of it, safe in an element and in a quoted attribute."""
    return html.escape(one_line(text, limit), quote=True)


def sentence(title: str, says: str) -> Exhibit:
    """An exhibit for what cannot be drawn, and why."""
    return Exhibit(title, "There is nothing to draw.", html=f'<p class="eg-note">{escaped(says, 400)}</p>')


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    *,
    heading: str | Cell = "",
    numbers: Sequence[int] = (),
) -> str:
    """A table of escaped cells.

    Args:
        head: column heads.
        rows: as many cells each; the first is the head of its row.
        heading: stands above the table as its caption.
        numbers: columns that hold numbers.
    """
    parts = ['<table class="eg-table">']
    if heading:
        parts.append(_element("caption", heading, limit=240))
    names = "".join(_element("th", _as_cell(name, at in numbers), ' scope="col"') for at, name in enumerate(head))
    parts.append(f"<thead><tr>{names}</tr></thead><tbody>")
    for row in rows:
        first, *rest = (_as_cell(cell, at in numbers) for at, cell in enumerate(row))
        row_head = _element("th", first, ' scope="row"')
        parts.append(f"<tr>{row_head}{''.join(_element('td', cell) for cell in rest)}</tr>")
    parts.append("</tbody></table>")
    return "".join(parts)


def side_by_side(fragments: Iterable[str]) -> str:
    """Fragments beside each other where the page is wide enough."""
    return f'<div class="eg-tables">{"".join(f"<div>{fragment}</div>" for fragment in fragments)}</div>'


def fold(heading: str | Cell, fragment: str) -> str:
    """A safe fragment that opens on a click on its heading, without a script."""
    return f'<details class="eg-fold">{_element("summary", heading, limit=240)}{fragment}</details>'


def items(lines: Iterable[str | Cell]) -> str:
    """A list of escaped lines."""
    return f'<ul class="eg-list">{"".join(_element("li", line, limit=240) for line in lines)}</ul>'


def track_label(model: ModelUnderTest, track: int) -> str:
    """Artist and title of a track number as a reader knows them; the key where there is no artist."""
    catalogue = model.catalogue
    artist, title = catalogue.artists[track], catalogue.titles[track]
    return f"{artist} {DASH} {title}" if artist else title


def genres_to_show(tags: GenreTags, most: int) -> list[int]:
    """Numbers of the genres that have room: all of a dozen; of more, those that can be judged, up to `most`."""
    everyone = range(len(tags.genres))
    if len(everyone) <= _A_DOZEN:
        return list(everyone)
    return [genre for genre in everyone if tags.enough(genre)][:most]


def span(low: int, high: int) -> str:
    """Name of a popularity bin."""
    return f"{low:,}" if low == high else f"{low:,}{DASH}{high:,}"


def counted(count: int, thing: str) -> str:
    """1 vector, 2 vectors."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def compact(count: int) -> str:
    """Three digits or so: 987, 12.3k, 4.6M."""
    if count >= 999_500:
        return f"{count / 1_000_000:.3g}M"
    return f"{count / 1_000:.3g}k" if count >= 10_000 else f"{count:,}"


def figure_of(value: float) -> str:
    """Three digits, without powers of ten up to a million."""
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1e6 else f"{value:.3g}"


def _as_cell(cell: str | Cell, number: bool) -> str | Cell:
    return Cell(cell, "n") if number and isinstance(cell, str) else cell


def _element(tag: str, cell: str | Cell, attributes: str = "", limit: int = LONGEST_NAME) -> str:
    if isinstance(cell, str):
        return f"<{tag}{attributes}>{escaped(cell, limit)}</{tag}>"
    return f'<{tag}{attributes} class="eg-{cell.kind}">{escaped(cell.text, limit)}</{tag}>'

"""What a figure family hands to the page: pictures, and safe fragments of HTML."""

from __future__ import annotations

import html
import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from embedgate.sanitize import BIDI_CONTROLS

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
.eg .eg-table thead th{white-space:nowrap;overflow-wrap:normal}
.eg .eg-table tbody th{font-weight:400;color:var(--eg-ink)}.eg .eg-table tbody tr:last-child>th{border-bottom:0}
.eg-table .eg-code{font-family:ui-monospace,monospace}
.eg-sortable td:is(.eg-ok,.eg-bad){width:27%}
.eg :is(.eg-table,.eg-list,.eg-keys) .eg-ok{color:var(--eg-near)}
.eg :is(.eg-table,.eg-list) .eg-bad{color:var(--eg-bad);font-weight:600}
.eg-table .eg-muted,.eg-note{color:var(--eg-muted)}.eg-list{margin:4px 0 12px;padding-left:20px;font-size:13px}
.eg .eg-note{margin:4px 9px 12px;font-size:13px}
.eg-table .eg-keys{list-style:none;margin:2px 0 4px;padding:0 0 0 14px}
.eg-keys li{display:grid;grid-template-columns:minmax(0,1fr) 100px 90px;gap:0 10px;padding:2px 0;
border-top:1px solid var(--eg-line)}
.eg-keys span+span{text-align:right;font-variant-numeric:tabular-nums;color:var(--eg-muted)}
.eg-sort{position:relative;margin:-3px -9px;padding:3px 9px;border:0;background:none;color:inherit;
font:inherit;text-align:inherit;white-space:inherit;cursor:pointer}
.eg-sort::after{position:absolute;top:50%;right:0;width:9px;transform:translateY(-50%);text-align:center;
font-size:8px;line-height:7px;white-space:pre;content:"▴\\A▾";content:"▴\\A▾"/"";opacity:.6}
.eg-n .eg-sort::after{right:auto;left:0}.eg-sort:hover,[aria-sort]>.eg-sort{color:var(--eg-ink)}
[aria-sort]>.eg-sort{text-decoration:underline;text-underline-offset:3px}
[aria-sort]>.eg-sort::after{opacity:1;font-size:13px}
[aria-sort=ascending]>.eg-sort::after{content:"▴";content:"▴"/""}
[aria-sort=descending]>.eg-sort::after{content:"▾";content:"▾"/""}
@media (max-width:860px){
.eg .eg-table :is(th,td){padding:3px 5px}.eg .eg-table thead th{white-space:normal}
.eg-sort{margin:-3px -5px;padding:3px 5px}.eg-sort::after{width:5px}
.eg-keys li{grid-template-columns:auto 1fr}.eg-keys span:first-child{grid-column:1/-1}
.eg-keys span:nth-child(2){text-align:left}
}
@media (max-width:480px){.eg-tables>div{overflow-x:auto}.eg-tables .eg-sortable{min-width:500px}}
@media print{.eg-sort::after{display:none}}
"""
"""What the classes of tables and lists look like; `eg-sort` is a button that the script of the page makes."""
DASH, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One picture or table with what it takes to read it.

    Attributes:
        title: plain text; the page escapes it.
        caption: one sentence on how to read it, plain text; empty where the fragment is a sentence itself.
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
    """A cell of a table with a class of its own: the number column, a hit, something broken, an aside.

    Attributes:
        text: what it shows.
        kind: its class.
        value: the number it is sorted by, where `text` shows a rounded one.
    """

    text: str
    kind: Literal["n", "ok", "bad", "muted", "code"]
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """A cell that opens on a click on its heading, without a script.

    Attributes:
        heading: plain text; the cell is sorted by it.
        inside: a safe fragment.
    """

    heading: str
    inside: str


def one_line(text: str, limit: int = LONGEST_NAME) -> str:
    """Name on one line, cut with an ellipsis; control characters and marks that turn the order of text go."""
    shown = []
    for character in text[: 4 * limit + 100]:
        if character in BIDI_CONTROLS:
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
    return Exhibit(title, "", html=note(says))


def note(says: str) -> str:
    """A sentence below or instead of a table."""
    return f'<p class="eg-note">{escaped(says, 400)}</p>'


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str | Cell | Fold]],
    *,
    heading: str | Cell = "",
    numbers: Sequence[int] = (),
    sortable: bool = False,
) -> str:
    """A table of escaped cells.

    Args:
        head: column heads.
        rows: as many cells each; the first is the head of its row.
        heading: stands above the table as its caption.
        numbers: columns that hold numbers.
        sortable: whether a click on a column's head sorts by it, where scripts may run.
    """
    parts = [f'<table class="eg-table{" eg-sortable" if sortable else ""}">']
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
    return [genre for genre in everyone if tags.has_enough_tracks(genre)][:most]


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


def _as_cell(cell: str | Cell | Fold, number: bool) -> str | Cell | Fold:
    return Cell(cell, "n") if number and isinstance(cell, str) else cell


def _element(tag: str, cell: str | Cell | Fold, attributes: str = "", limit: int = LONGEST_NAME) -> str:
    if isinstance(cell, str):
        return f"<{tag}{attributes}>{escaped(cell, limit)}</{tag}>"
    if isinstance(cell, Fold):
        summary = _element("summary", cell.heading, limit=limit)
        return f"<{tag}{attributes}><details>{summary}{cell.inside}</details></{tag}>"
    if cell.value is not None and math.isfinite(cell.value):
        attributes += f' data-value="{cell.value:.9g}"'
    return f'<{tag}{attributes} class="eg-{cell.kind}">{escaped(cell.text, limit)}</{tag}>'

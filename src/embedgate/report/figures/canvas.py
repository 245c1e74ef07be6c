"""Paper and pens: matplotlib without pyplot, without global settings, with any name on it."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from embedgate.report.figures.exhibit import WIDTH, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_INCH = 110  # CSS pixels
DENSITY = 1.5
"""Pixels drawn for a CSS pixel: letters stay sharp on dense screens."""
SMALL, NORMAL, LARGE = 7.5, 8.5, 10.0

INK, MUTED, GRID, PALE, PAPER = "#222222", "#666666", "#e4e4e4", "#c8c8c8", "#ffffff"
RED, BLUE = "#c1121f", "#0072b2"
"""Broken or forbidden; as expected."""
CHANCE = "#7a7a7a"


class Pen(NamedTuple):
    """Colour and shape of one genre: no two share both."""

    colour: str
    marker: str


# Okabe and Ito 2008, then Tol's muted scheme: told apart with every common colour blindness; shapes for the rest
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#222222", "#882255", "#999933",
            "#332288", "#b8a900", "#44aa99")  # fmt: skip
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">", "*", "h")


def pen(number: int) -> Pen:
    """The pen of a genre by its number; 12 colours, then the same with other shapes."""
    lap, place = divmod(number, len(_COLOURS))
    return Pen(_COLOURS[place], _MARKERS[(place + lap) % len(_MARKERS)])


def paper(height: int, width: int = WIDTH) -> Figure:
    """A white figure, in CSS pixels."""
    figure = Figure(
        figsize=(width / _INCH, height / _INCH), dpi=_INCH * DENSITY, facecolor=PAPER, layout="none"
    )
    FigureCanvasAgg(figure)
    return figure


def axes_at(figure: Figure, left: int, top: int, width: int, height: int) -> Axes:
    """Axes at CSS pixels from the upper left corner, with a line at the foot and nothing else."""
    across, down = figure.get_size_inches() * _INCH
    axes = figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
    axes.set_facecolor(PAPER)
    axes.grid(visible=False)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=PALE, linewidth=0.8)
    axes.tick_params(which="both", length=0, labelsize=NORMAL, labelcolor=INK, pad=4)
    axes.minorticks_off()
    return axes


def bare(axes: Axes) -> None:
    """Take every line and tick off."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])


def ticks(axes: Axes, axis: str, places: Sequence[float], labels: Sequence[str], grid: bool = True) -> None:
    """Set ticks and their labels as plain text, with pale lines where they help to read a value off."""
    (axes.set_xticks if axis == "x" else axes.set_yticks)(list(places), labels=list(labels))
    axes.minorticks_off()
    if grid:
        axes.grid(visible=True, axis="x" if axis == "x" else "y", color=GRID, linewidth=0.7, linestyle="-")


def write(axes: Axes, x: float, y: float, text: str, *, size: float = NORMAL, **more: Any) -> Text:  # noqa: ANN401
    """Write plain text at a point; `$` is a dollar."""
    more = {"color": INK, "weight": "normal", **more}
    written = axes.text(x, y, text, fontsize=size, parse_math=False, usetex=False, **more)
    _plain(written)
    return written


def name_axes(axes: Axes, x: str = "", y: str = "") -> None:
    """Say what the axes measure."""
    axes.set_xlabel(x, fontsize=NORMAL, color=MUTED, labelpad=6, weight="normal")
    axes.set_ylabel(y, fontsize=NORMAL, color=MUTED, labelpad=6, weight="normal")


def headline(axes: Axes, text: str, size: float = LARGE) -> None:
    """A title, flush left."""
    axes.set_title(text, loc="left", fontsize=size, color=INK, weight="bold", pad=8)


def render(figure: Figure) -> bytes:
    """Draw a figure as PNG."""
    for text in figure.findobj(Text):
        _plain(text)
    canvas = figure.canvas
    if not isinstance(canvas, FigureCanvasAgg):  # `paper` gave it one
        canvas = FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    canvas.print_png(buffer, metadata={"Software": None}, pil_kwargs={"compress_level": 9})
    return buffer.getvalue()


def drawable(text: str, limit: int = 40) -> str:
    """Name on one line, cut; each run of characters that the font does not have becomes one box."""
    glyphs = _glyphs()
    shown: list[str] = []
    for character in one_line(text, limit):
        if ord(character) in glyphs:
            shown.append(character)
        elif not shown or shown[-1] != "□":
            shown.append("□")
    return "".join(shown)


def can_draw(text: str, limit: int = 40) -> bool:
    """Whether the font has all that is shown of a name."""
    return all(ord(character) in _glyphs() for character in one_line(text, limit))


def _plain(text: Any) -> None:  # noqa: ANN401 - findobj's stub says Artist
    """No mathematics, no TeX, the font that comes with matplotlib: whatever the user's own settings say."""
    text.set_parse_math(False)
    text.set_usetex(False)
    font: FontProperties = text.get_fontproperties()
    font.set_file(_font("DejaVuSans-Bold.ttf" if font.get_weight() == "bold" else "DejaVuSans.ttf"))


@cache
def _font(name: str) -> str:
    return str(Path(mpl.get_data_path(), "fonts", "ttf", name))


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(FT2Font(_font("DejaVuSans.ttf")).get_charmap())

"""Paper and pens: matplotlib without pyplot, without global settings, with any name on it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from PIL import Image

from embedgate.report.figures import palette
from embedgate.report.figures.exhibit import WIDTH
from embedgate.report.figures.lettering import INCH, LARGE, NORMAL, font_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties
    from numpy.typing import ArrayLike

DENSITY = 1.5
"""Pixels drawn for a CSS pixel: letters stay sharp on dense screens."""

INK, MUTED, GRID, PALE, PAPER = palette.INK, palette.MUTED, palette.GRID, palette.PALE, palette.PAPER
RED, BLUE, AMBER, CHANCE = palette.RED, palette.BLUE, palette.AMBER, palette.CHANCE


class Pen(NamedTuple):
    """Colour and shape of one genre: no two share both."""

    colour: str
    marker: str


# Okabe and Ito 2008, then Tol's muted scheme: told apart with the common kinds of colour blindness
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#222222", "#882255", "#999933",
            "#332288", "#b8a900", "#44aa99")  # fmt: skip
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">", "*", "h")


def pen(number: int) -> Pen:
    """The pen of a genre by its number; 12 colours, then the same with other shapes."""
    lap, place = divmod(number, len(_COLOURS))
    return Pen(_COLOURS[place], _MARKERS[(place + lap) % len(_MARKERS)])


def paper(height: int, width: int = WIDTH) -> Figure:
    """A white figure, in CSS pixels."""
    figure = Figure(figsize=(width / INCH, height / INCH), dpi=INCH * DENSITY, facecolor=PAPER)
    figure.set_layout_engine("none")  # whatever the user's own settings say
    return figure


def axes_at(figure: Figure, left: int, top: int, width: int, height: int) -> Axes:
    """Axes at CSS pixels from the upper left corner, with a line at the foot and nothing else."""
    across, down = figure.get_size_inches() * INCH
    axes = figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
    axes.set_facecolor(PAPER)
    axes.grid(visible=False)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=PALE, linewidth=0.8)
    axes.tick_params(which="both", length=0, top=False, labeltop=False, right=False, labelright=False)
    axes.tick_params(which="both", labelsize=NORMAL, labelcolor=INK, pad=4)
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


def bars(
    axes: Axes, left: ArrayLike, width: ArrayLike, height: ArrayLike, *, colour: str, bottom: ArrayLike = 0
) -> None:
    """Draw bars as one shape: an artist a bar is slow."""
    x, across, y, up = np.broadcast_arrays(left, width, bottom, height)
    x0, y0, x1, y1 = (np.asarray(one, dtype=np.float64) for one in (x, y, x + across, y + up))
    corners = np.stack([np.stack(corner, -1) for corner in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))], axis=1)
    axes.add_collection(PolyCollection(list(corners), facecolors=colour, linewidths=0), autolim=False)


def write(axes: Axes, x: float, y: float, text: str, *, size: float = NORMAL, **more: Any) -> Text:  # noqa: ANN401
    """Write plain text at a point; `$` is a dollar."""
    more = {"color": INK, "weight": "normal", **more}
    written = axes.text(x, y, text, fontsize=size, parse_math=False, usetex=False, **more)
    _plain(written)
    return written


def name_axes(axes: Axes, x: str = "", y: str = "") -> None:
    """Say what the axes measure: y above its numbers, where it is read without turning the head."""
    axes.set_xlabel(x, fontsize=NORMAL, color=MUTED, labelpad=6, weight="normal")
    if y:
        axes.annotate(
            y, (0, 1), (-6, 9), xycoords="axes fraction", textcoords="offset points", ha="left", va="bottom",
            fontsize=NORMAL, color=MUTED, annotation_clip=False,
        )  # fmt: skip


def round_values(low: float, high: float, number: int = 5) -> list[float]:
    """Some round values between two."""
    return [
        float(value)
        for value in MaxNLocator(number, steps=(1, 2, 5, 10)).tick_values(low, high)
        if low <= value <= high
    ]


def headline(axes: Axes, text: str, size: float = LARGE) -> None:
    """A title, flush left."""
    axes.set_title(text, loc="left", fontsize=size, color=INK, weight="bold", pad=8)


def render(figure: Figure) -> bytes:
    """Draw a figure as PNG."""
    for text in figure.findobj(Text):
        _plain(text)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    pixels = Image.fromarray(np.asarray(drawn)).convert("RGB")
    # 256 colours are enough for these, and a quarter of the bytes
    pixels = pixels.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    colours = np.array(pixels.getpalette()).reshape(-1, 3)
    colours[np.argmax(colours.sum(axis=1))] = 255  # the paper comes out as 254
    pixels.putpalette(colours.ravel().tolist())
    buffer = io.BytesIO()
    pixels.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _plain(text: Any) -> None:  # noqa: ANN401 - findobj's stub says Artist
    """No mathematics, no TeX, the font that comes with matplotlib: whatever the user's own settings say."""
    text.set_parse_math(False)
    text.set_usetex(False)
    font: FontProperties = text.get_fontproperties()
    font.set_file(font_file("DejaVuSans-Bold.ttf" if font.get_weight() == "bold" else "DejaVuSans.ttf"))

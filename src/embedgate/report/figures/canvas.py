"""Drawing with matplotlib, independent of pyplot and of the user's rcParams."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from PIL import Image

from embedgate.report.figures.figure import WIDTH
from embedgate.report.figures.lettering import INCH, LARGE, NORMAL, font_file
from embedgate.report.figures.palette import GRID, INK, MUTED, PALE, PAPER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties
    from numpy.typing import ArrayLike

DENSITY = 1.5
"""Pixels drawn per CSS pixel: text stays sharp on dense screens."""
DASHED: dict[str, Any] = {"color": INK, "linewidth": 1, "linestyle": (0, (4, 3))}
"""Style of a dashed line."""


def new_figure(height: int, width: int = WIDTH) -> Figure:
    """Return a white figure; sizes in CSS pixels."""
    figure = Figure(figsize=(width / INCH, height / INCH), dpi=INCH * DENSITY, facecolor=PAPER)
    figure.set_layout_engine("none")
    return figure


def axes_at(figure: Figure, left: int, top: int, width: int, height: int) -> Axes:
    """Add axes with a line at the bottom; position from the upper left corner and size in CSS pixels."""
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


def hide_axes(axes: Axes) -> None:
    """Remove lines and ticks."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])


def set_title(axes: Axes, text: str, size: float = LARGE) -> None:
    """Set a title above the left end of the axes."""
    axes.set_title(text, loc="left", fontsize=size, color=INK, weight="bold", pad=8)


def label_axes(axes: Axes, x: str = "", y: str = "") -> None:
    """Name the axes: x below, y horizontally above its numbers."""
    axes.set_xlabel(x, fontsize=NORMAL, color=MUTED, labelpad=6, weight="normal")
    if y:
        axes.annotate(
            y, (0, 1), (-6, 9), xycoords="axes fraction", textcoords="offset points", ha="left", va="bottom",
            fontsize=NORMAL, color=MUTED, annotation_clip=False,
        )  # fmt: skip


def set_ticks(
    axes: Axes, axis: str, values: Sequence[float], label: str | Callable[[float], str] = "{:g}", *, grid: bool = True
) -> None:
    """Set the ticks of the axis "x" or "y", with a label format and grid lines."""
    (axes.set_xticks if axis == "x" else axes.set_yticks)(
        values, labels=[label.format(value) if isinstance(label, str) else label(value) for value in values]
    )
    axes.minorticks_off()
    if grid:
        axes.grid(visible=True, axis="x" if axis == "x" else "y", color=GRID, linewidth=0.7, linestyle="-")


def count_ticks(axes: Axes, axis: str, most: float, number: int, *, grid: bool = True) -> None:
    """Set about `number` ticks at whole numbers."""
    values = [value for value in round_values(0, most, number) if value == int(value)]
    set_ticks(axes, axis, values, "{:,.0f}", grid=grid)


def round_values(low: float, high: float, number: int = 5) -> list[float]:
    """Return about `number` round values of a range."""
    return [
        float(value)
        for value in MaxNLocator(number, steps=(1, 2, 5, 10)).tick_values(low, high)
        if low <= value <= high
    ]


def draw_bars(
    axes: Axes, left: ArrayLike, width: ArrayLike, height: ArrayLike, *, colour: str, bottom: ArrayLike = 0
) -> None:
    """Draw bars as one collection, because one artist per bar is slow."""
    x, across, y, up = np.broadcast_arrays(left, width, bottom, height)
    corners = [np.stack(corner, -1) for corner in ((x, y), (x + across, y), (x + across, y + up), (x, y + up))]
    bars = PolyCollection(list(np.stack(corners, axis=1)), facecolors=colour, linewidths=0)
    axes.add_collection(bars, autolim=False)


def draw_line(axes: Axes, x: ArrayLike, y: ArrayLike, colour: str, width: float = 1.8) -> None:
    """Draw a line through points."""
    axes.plot(x, y, color=colour, linewidth=width, linestyle="-", marker="none", solid_capstyle="butt")


def draw_points(axes: Axes, x: ArrayLike, y: ArrayLike, colour: str, **more: Any) -> None:  # noqa: ANN401
    """Draw markers, also beyond the ends of the axes."""
    style: dict[str, Any] = {"marker": "o", "markersize": 5.5, "linestyle": "none", "clip_on": False, **more}
    axes.plot(x, y, color=colour, **style)


def add_text(axes: Axes, x: float, y: float, text: str, *, size: float = NORMAL, **more: Any) -> None:  # noqa: ANN401
    """Write text without mathematics, so that `$` is a dollar sign."""
    more = {"color": INK, "weight": "normal", **more}
    _make_plain(axes.text(x, y, text, fontsize=size, parse_math=False, usetex=False, **more))


def to_png(figure: Figure) -> bytes:
    """Draw a figure as PNG with 256 colours, a quarter of the bytes of true colour."""
    for text in figure.findobj(Text):
        _make_plain(text)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    pixels = Image.fromarray(np.asarray(drawn)).convert("RGB")
    pixels = pixels.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    colours = np.array(pixels.getpalette()).reshape(-1, 3)
    colours[np.argmax(colours.sum(axis=1))] = 255  # quantizing turns white into 254
    pixels.putpalette(colours.ravel().tolist())
    buffer = io.BytesIO()
    pixels.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _make_plain(text: Any) -> None:  # noqa: ANN401 - findobj's stub says Artist
    """Turn off mathematics and TeX, and set the font that comes with matplotlib."""
    text.set_parse_math(False)
    text.set_usetex(False)
    font: FontProperties = text.get_fontproperties()
    font.set_file(font_file("DejaVuSans-Bold.ttf" if font.get_weight() == "bold" else "DejaVuSans.ttf"))

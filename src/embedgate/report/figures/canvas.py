"""Drawing with matplotlib: one style, positions in CSS pixels, PNG without pyplot."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from embedgate.report.figures.figure import WIDTH
from embedgate.report.figures.lettering import NORMAL, PIXELS_PER_INCH
from embedgate.report.figures.palette import GRID, INK, MUTED, PALE, PAPER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

DENSITY = 1.5
"""Pixels drawn per CSS pixel: text stays sharp on dense screens."""
_STYLE: dict[str, Any] = {
    "figure.dpi": PIXELS_PER_INCH * DENSITY,
    "figure.facecolor": PAPER,
    "font.family": "DejaVu Sans",
    "font.size": NORMAL,
    "text.color": INK,
    "text.parse_math": False,  # `$` in a name is a dollar sign
    "axes.axisbelow": True,
    "axes.edgecolor": PALE,
    "axes.facecolor": PAPER,
    "axes.labelcolor": MUTED,
    "axes.labelpad": 6,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.titlesize": "medium",
    "axes.titleweight": "bold",
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.dashed_pattern": (4, 3),
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "lines.solid_capstyle": "butt",
    **{f"{axis}.{name}": value for axis in ("xtick", "ytick") for name, value in (
        ("labelcolor", INK), ("major.pad", 4), ("major.size", 0), ("minor.size", 0))},
}  # fmt: skip


def style() -> AbstractContextManager[None]:
    """Return a context in which figures have the style of the report, whatever the user's rcParams are."""
    return matplotlib.style.context(["default", _STYLE])


def new_figure(height: int, width: int = WIDTH) -> Figure:
    """Return a white figure; sizes in CSS pixels."""
    return Figure(figsize=(width / PIXELS_PER_INCH, height / PIXELS_PER_INCH))


def axes_at(figure: Figure, left: int, top: int, width: int, height: int) -> Axes:
    """Add axes; position from the upper left corner and size in CSS pixels."""
    across, down = figure.get_size_inches() * PIXELS_PER_INCH
    return figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))


def label_y(axes: Axes, text: str) -> None:
    """Write the label of the y axis horizontally above its ticks."""
    axes.set_title(text, color=MUTED, weight="normal")


def set_ticks(
    axes: Axes, axis: str, values: Sequence[float], label: str | Callable[[float], str] = "{:g}", *, grid: bool = True
) -> None:
    """Set the ticks of the axis "x" or "y", with a label format and grid lines."""
    labels = [label.format(value) if isinstance(label, str) else label(value) for value in values]
    (axes.set_xticks if axis == "x" else axes.set_yticks)(values, labels=labels)
    axes.minorticks_off()
    if grid:
        axes.grid(visible=True, axis="x" if axis == "x" else "y")


def count_ticks(axes: Axes, axis: str, most: float, number: int, *, grid: bool = True) -> None:
    """Set about `number` ticks at whole numbers."""
    values = [value for value in round_values(0, most, number) if value == int(value)]
    set_ticks(axes, axis, values, "{:,.0f}", grid=grid)


def round_values(low: float, high: float, number: int = 5) -> list[float]:
    """Return about `number` round values in a range."""
    values = MaxNLocator(number, steps=(1, 2, 5, 10)).tick_values(low, high)
    return [float(value) for value in values if low <= value <= high]


def draw_bars(
    axes: Axes, left: ArrayLike, width: ArrayLike, height: ArrayLike, *, colour: str, bottom: ArrayLike = 0
) -> None:
    """Draw bars as one collection, because one artist per bar is slow."""
    x, across, y, up = np.broadcast_arrays(left, width, bottom, height)
    corners = [np.stack(corner, -1) for corner in ((x, y), (x + across, y), (x + across, y + up), (x, y + up))]
    bars = PolyCollection(list(np.stack(corners, axis=1)), facecolors=colour, linewidths=0)
    axes.add_collection(bars, autolim=False)


def to_png(figure: Figure) -> bytes:
    """Draw a figure as PNG with 256 colours, a quarter of the bytes of true colour."""
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

"""Colours that all figures share, whatever draws them."""

INK, MUTED, GRID, PALE, PAPER = "#222222", "#666666", "#e4e4e4", "#c8c8c8", "#ffffff"
RED, BLUE = "#c1121f", "#0072b2"
"""Broken or forbidden; as expected."""
CHANCE = "#7a7a7a"

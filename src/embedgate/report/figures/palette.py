"""Colours that all figures share, whatever draws them."""

INK, MUTED, GRID, PALE, PAPER = "#222222", "#666666", "#e4e4e4", "#c8c8c8", "#ffffff"
RED, BLUE, AMBER = "#c1121f", "#0072b2", "#b36b00"
"""Broken or forbidden; as expected; worth a look."""
CHANCE = "#7a7a7a"

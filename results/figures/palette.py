"""The colours of all figures."""

from __future__ import annotations

BLUE, GREEN, PLUM, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
INK, GREY, PALE, LINE = "#0B0C0C", "#505A5F", "#D9DDE0", "#B1B8BD"
FAINT = "#9AA3A8"
"""Of what does not stand out from chance."""
HUES = (BLUE, ORANGE, GREEN, PLUM, "#7A97B8", "#B58900")
"""Of lines that have no colour of their own."""
STAGE_COLOURS = {"unaware": "#E6E9EB", "aware": "#C3C9CE", "exploring": GREEN, "implementing": "#7A97B8",
                 "sustained": BLUE, "abandoned": ORANGE}  # fmt: skip

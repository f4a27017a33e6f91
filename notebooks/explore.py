"""The students' page: Mesa's SolaraViz over the model, step by step; `carespread explore` opens it."""

from __future__ import annotations

from typing import Any

import solara
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from carespread.model import CareSector
from carespread.results.figures.sector import network_figure, shares_figure

PROVIDERS, MONTHS = 300, 120
SCENARIOS = ("central", "tight", "supportive", "lever_grant", "lever_training", "lever_mandate", "shock_pandemic")
SHOWN = "acoustic_monitoring"
"""The innovation whose stages colour the network: half the homes could use it, and few do."""


@solara.component
def network(care: CareSector) -> None:
    """Draw the network of partners by region, in the colours of the journey."""
    update_counter.get()
    solara.Markdown(f"**Month {care.month} of {care.months}** ({care.date}): who is where on the journey of"
                    f" **{SHOWN.replace('_', ' ')}**, and who hears from whom")  # fmt: skip
    solara.FigureMatplotlib(network_figure(care, SHOWN), format="png", bbox_inches=None)


@solara.component
def shares(care: CareSector) -> None:
    """Draw the share of organisations that use each innovation."""
    update_counter.get()
    solara.Markdown("Share of organisations that use it")
    solara.FigureMatplotlib(shares_figure(care), format="png", bbox_inches=None)


def slider(label: str, value: float, low: float, high: float, step: float) -> dict[str, Any]:
    """Return a slider as SolaraViz wants it."""
    kind = "SliderInt" if isinstance(step, int) else "SliderFloat"
    return {"type": kind, "label": label, "value": value, "min": low, "max": high, "step": step}


def page_of(seed: int = 1) -> object:
    """Return the page; in a notebook, the last line of a cell shows it."""
    settings = {
        "scenario": {"type": "Select", "label": "Scenario", "value": SCENARIOS[0], "values": list(SCENARIOS)},
        "providers": slider("Providers", PROVIDERS, 50, 1000, 50),
        "leadership_weight": slider("Weight of leadership", 1.35, 0.0, 4.0, 0.05),
        "peer_norm": slider("Weight of what peers do", 0.4, 0.0, 0.8, 0.05),
        "cost_weight": slider("Weight of cost", 1.0, 0.0, 2.0, 0.1),
        "attention": slider("How often a provider looks, a month", 0.08, 0.02, 0.3, 0.01),
        "learning": {"type": "Checkbox", "label": "Providers learn from results", "value": True},
        "seed": {"type": "InputText", "label": "Seed", "value": seed},
        "months": MONTHS,
    }
    care = CareSector(providers=PROVIDERS, seed=seed, months=MONTHS)
    return SolaraViz(
        care, components=[(network, 0), (shares, 0)], model_params=settings, name="carespread",
        play_interval=200,
    )  # fmt: skip


page = page_of()

"""Shows how the model behaves in docs/behaviour.md: `python -m carespread.experiments.showcase.behaviour`.

Every scene asks a question that somebody who runs a care home would ask of the model, runs it, and says in its
headline what was measured. Nothing here is evidence about England: numbers are those of the default assumptions.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from carespread.model import Parameters
from carespread.results.figures.drawing import Drawing, save
from carespread.results.figures.responses import response_drawings

from .common import Scene
from .innovations import fad, shared_lives, stall
from .mechanisms import learning, money, offers, pace
from .people import departure, shock
from .policies import cliff, tipping
from .support import duties, leading

DOCS = Path(__file__).parents[2] / "docs"
SCENES: dict[str, Callable[[], Scene]] = {
    "leading": leading,
    "duties": duties,
    "fad": fad,
    "stall": stall,
    "shared-lives": shared_lives,
    "grant-cliff": cliff,
    "departure": departure,
    "movement": tipping,
    "shock": shock,
    "mechanisms-money": money,
    "mechanisms-learning": learning,
    "mechanisms-pace": pace,
    "mechanisms-offers": offers,
}


def main() -> None:
    """Draw every scene, or those that are named, and write the page."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--scene", action="append", choices=list(SCENES), help="only this one, without the page")
    asked.add_argument("--out", type=Path, default=DOCS, help="folder of the page [default: docs]")
    options = asked.parse_args()
    images = options.out / "images" / "behaviour"
    images.mkdir(parents=True, exist_ok=True)
    scenes = {}
    for name in options.scene or SCENES:
        scenes[name] = SCENES[name]()
        save(scenes[name].drawing, images, ("png",))
        print(f"{name}: {scenes[name].drawing.alt.split('. ')[0]}")
    if not options.scene:
        answers = response_drawings(Parameters.of())
        for drawing in answers:
            save(drawing, images, ("png",))
        (options.out / "behaviour.md").write_text(page(scenes, answers), encoding="utf-8")


def page(scenes: dict[str, Scene], answers: list[Drawing]) -> str:
    """Return the page of all scenes and response curves."""
    parts = [
        "# How the model behaves",
        "Written by `python -m carespread.experiments.showcase.behaviour`; do not edit. Headlines say what"
        " these runs gave. Nothing here is evidence about England: the model is not calibrated, and most numbers"
        " behind it are assumptions.",
        "## The whole model",
    ]
    for one in scenes.values():
        name, alt = one.drawing.name, one.drawing.alt.replace('"', "'")
        headline = alt.split(". ")[0]
        parts += [f"### {one.question}", f"{headline}.", f"![{alt}](images/behaviour/{name}.png)", one.reads]
    parts += ["## Each submodel", "The functions that the kernels use, one panel each; equations in `model/ODD.md`."]
    for drawing in answers:
        parts.append(f"![{drawing.alt}](images/behaviour/{drawing.name}.png)")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()

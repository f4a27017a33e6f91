"""All numbers of the policy page, as plain data: packages, the emulator and its error, draws, who is left behind."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..arrays import Floats
from ..statistics import appraisal
from ..statistics.worth import ANCHORS
from . import draws as drawn
from . import emulator as emulation
from .emulator import Setting
from .runs import MONEY, Part, part_of

KEPT = "kept"
"""What packages are called that no emulator sees."""
REGIMES = {"tight": -1.0, "central": 0.0, "supportive": 1.0}
SCORE_DIGITS, DRAW_DIGITS, SHARE_DIGITS = 5, 3, 4
WITHIN = (0.025, 0.975)


class Known(NamedTuple):
    """What the page is told beside its runs."""

    options: list[dict[str, Any]]
    """Name, title, says, most, unit, eases, obliges, levers (parts as plain data)."""
    targets: dict[str, str]
    futures: dict[str, tuple[str, str, str]]
    innovations: dict[str, str]
    """Titles by name."""
    renewed: tuple[str, ...]
    """Innovations that lapse unless renewed every year."""
    chance: tuple[float, float]
    seed: int
    today: dict[str, float]
    """Levels by option of today's policy."""


def setting_of(packages: pd.DataFrame, known: Known) -> Setting:
    """Return where packages lie."""
    levels = packages[[one["name"] for one in known.options]].to_numpy(float)
    target = np.stack([(packages["target"] == one).to_numpy(float) for one in known.targets], axis=1)
    regimes = [known.futures[one][1:] for one in packages["future"]]
    future = np.array([[REGIMES[regulatory], REGIMES[economic]] for regulatory, economic in regimes])
    return Setting(levels, target, future)


def changes(part: Part, base: Sequence[int]) -> dict[str, Floats]:
    """Return what packages change against doing nothing in the same future with the same draws, by block and run.

    Each block has the shape (packages, replications, numbers); `base` is the row of doing nothing for each package.
    """
    rows = list(base)
    money = part.yearly - part.yearly[rows]
    many, runs = part.gap.shape
    return {
        **{name: money[..., at] for at, name in enumerate(MONEY)},
        "curve": (part.curve - part.curve[rows])[:, :, 1:].reshape(many, runs, -1),
        "uses": part.uses - part.uses[rows],
        "levels": part.levels - part.levels[rows],
        "exits": (part.exits - part.exits[rows])[..., None],
        "gap": (part.gap - part.gap[rows])[..., None],
    }


def page_data(folder: Path, record: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Return all numbers of a page from a library, as plain data that JSON can hold; the same from the same library."""
    packages = pd.read_csv(folder / "packages.csv")
    part = part_of(folder / "packages", list(packages["design"]), list(known.innovations))
    setting = setting_of(packages, known)
    idle = packages[packages["kind"] == "nothing"].reset_index().set_index("future")["index"]
    made = changes(part, [int(idle[one]) for one in packages["future"]])
    means = {name: values.mean(axis=1) for name, values in made.items() if name != "gap"}
    seen = np.flatnonzero((packages["kind"] != KEPT).to_numpy())
    emulator = emulation.fitted(setting.chosen(seen), {name: values[seen] for name, values in means.items()})
    scores = emulation.scores_of(emulator, means)
    options = drawn_options(folder, packages, part, known)
    error = error_of(emulator, setting, made, np.flatnonzero((packages["kind"] == KEPT).to_numpy()), options[0])
    clear = clear_of(made)
    emulator.pop("inputs")  # they are the packages' own levels
    return {
        "start": part.dates[0],
        "dates": list(part.dates),
        "organisations": round(part.organisations),
        "innovations": [
            {"name": name, "title": title, "renewed": name in known.renewed}
            for name, title in known.innovations.items()
        ],
        "options": known.options,
        "targets": list(known.targets.items()),
        "futures": [[name, *words] for name, words in known.futures.items()],
        "futureAt": [[REGIMES[regulatory], REGIMES[economic]] for _, regulatory, economic in known.futures.values()],
        "levelNames": [list(one) for one in part.names],
        "base": {str(future): base_of(part, int(row)) for future, row in idle.items()},
        "packages": {
            "levels": [[round(100 * level) for level in row] for row in setting.levels.tolist()],
            "target": [list(known.targets).index(one) for one in packages["target"]],
            "future": [list(known.futures).index(one) for one in packages["future"]],
            "kept": np.flatnonzero((packages["kind"] == KEPT).to_numpy()).tolist(),
            "scores": emulation.rounded(scores, SCORE_DIGITS),
            "gap": gaps_of(made["gap"][..., 0], part),
            "clear": clear,
        },
        "emulator": emulator,
        "errors": error,
        "draws": options[1],
        "presets": presets_of(packages, part, made, clear, known),
        "assumed": appraisal.Assumptions()._asdict(),
        "prices": appraisal.PRICES,
        "anchors": [
            {"name": one.name, "month": one.a_month[1], "scale": one.scale, "source": one.source, "points": one.points}
            for one in ANCHORS.values()
        ],
        "runs": {name: record["parts"][name] for name in record["parts"]},
        "size": record["design"]["size"],
        "seed": record["design"]["seed"],
        "quick": record["quick"],
        "grounds": record["grounds"],
        "resultsVersion": record["results_version"],
        "hash": hash_of_library(folder),
    }


PRESETS = {
    "nothing": "Do nothing",
    "today": "Today's policy",
    "cheapest": "Cheapest per extra use",
    "gap": "Smallest gap",
    "bought": "Most benefit, nothing obliged",
}
"""Packages with a name; the last three are the best of those that were run for all organisations, future as today."""


def presets_of(
    packages: pd.DataFrame, part: Part, made: Mapping[str, Floats], clear: Sequence[int], known: Known
) -> list[dict[str, Any]]:
    """Return the named packages: levels in the order of the options, in hundredths."""
    names = [one["name"] for one in known.options]
    levels = packages[names].to_numpy(float)
    own = ((packages["target"] == "all") & (packages["future"] == "central")).to_numpy() & levels.any(axis=1)
    told = np.array(clear)
    uses = made["uses"].mean(axis=1).sum(axis=1)
    cost = sum(made[name].mean(axis=1).sum(axis=1) for name in MONEY[1:])
    outcome, gap = made["outcome"].mean(axis=1).sum(axis=1), np.abs(part.gap.mean(axis=1))
    bought = ~levels[:, [one["obliges"] for one in known.options]].any(axis=1)

    def best(among: Any, values: Floats) -> Floats:
        among = own & among if (own & among).any() else own
        return np.asarray(levels[np.flatnonzero(among)[values[among].argmin()]])

    found = {
        "nothing": np.zeros(len(names)),
        "today": np.array([known.today.get(name, 0.0) for name in names]),
        "cheapest": best((told % 2 == 1) & (uses > 0), cost / np.where(uses > 0, uses, np.inf)),
        "gap": best(told >= 2, gap),
        "bought": best(bought, -outcome),
    }
    return [
        {"name": name, "title": PRESETS[name], "levels": [round(100 * level) for level in row]}
        for name, row in found.items()
    ]


def hash_of_library(folder: Path) -> str:
    """Return a short hash of all that a page is made of: the packages and the rows of their runs."""
    digest = hashlib.sha256((folder / "packages.csv").read_bytes())
    columns = ["design", "replication", "seed", "status", "outcome_all", "cost_public_all", "cost_provider_all"]
    for path in sorted(folder.glob("*/runs.parquet")):
        rows = pd.read_parquet(path, columns=columns).sort_values(["design", "replication"])
        digest.update(path.parent.name.encode() + rows.to_csv(index=False, float_format="%.9g").encode())
    return digest.hexdigest()[:12]


def base_of(part: Part, row: int) -> dict[str, Any]:
    """Return doing nothing in one future: means over its runs."""
    return {
        "yearly": emulation.rounded(part.yearly[row].mean(axis=0).T, DRAW_DIGITS + 3),
        "curve": emulation.rounded(part.curve[row].mean(axis=0), SHARE_DIGITS),
        "uses": emulation.rounded(part.uses[row].mean(axis=0), 6),
        "levels": emulation.rounded(part.levels[row].mean(axis=0), SHARE_DIGITS),
        "exits": round(float(part.exits[row].mean()), 1),
        "gap": round(float(part.gap[row].mean()), 2),
    }


def gaps_of(change: Floats, part: Part) -> list[list[float]]:
    """Return the gap of each package in points, its change, and the half width of the 95 % interval of the change."""
    error = change.std(axis=1, ddof=1) / math.sqrt(change.shape[1])
    rows = np.column_stack([part.gap.mean(axis=1), change.mean(axis=1), 1.96 * error])
    return [[round(float(value), 2) for value in row] for row in rows]


def clear_of(made: Mapping[str, Floats]) -> list[int]:
    """Return for each package whether its runs tell it from doing nothing: 1 in uses, 2 in the gap, 3 in both."""
    flags = []
    for uses, gap in zip(made["uses"].sum(axis=2), made["gap"][..., 0], strict=True):
        told = [abs(one.mean()) > 1.96 * one.std(ddof=1) / math.sqrt(len(one)) > 0 for one in (uses, gap)]
        flags.append(int(told[0]) + 2 * int(told[1]))
    return flags


def drawn_options(folder: Path, packages: pd.DataFrame, part: Part, known: Known) -> tuple[drawn.Draws, dict[str, Any]]:
    """Return the draws of options alone, and the same with doing nothing as plain data."""
    names = [one["name"] for one in known.options]
    levels = packages[names].to_numpy(float)
    own = (packages["target"] == "all") & (packages["future"] == "central")
    single = own & ((levels > 0).sum(axis=1) == 1)
    designs = {}
    for option in range(len(names)):
        for node, level in enumerate(drawn.NODES):
            row = packages[single & (levels[:, option] == level)]
            designs[option, node] = str(row["design"].iloc[0])
    nothing = str(packages[own & (levels.sum(axis=1) == 0)]["design"].iloc[0])
    wanted = [nothing, *designs.values()]
    again = [one for one in ("draws", "again") if (folder / one).is_dir()]
    parts = [part_of(folder / one, wanted, list(known.innovations)) for one in again]
    pulled = [[one["lever"] for one in option["parts"]] for option in known.options]
    found = drawn.alone(parts, nothing, designs, pulled, known.chance, known.seed)
    curves = parts[0].curve[0]
    return found, {
        "measures": list(drawn.MEASURES),
        "nodes": list(drawn.NODES),
        "mostScaled": drawn.MOST_SCALED,
        "means": emulation.rounded(found.means, 6),
        "deviations": emulation.rounded(found.deviations, DRAW_DIGITS),
        "nothing": emulation.rounded(curves, DRAW_DIGITS),
    }


def error_of(
    emulator: Mapping[str, Any],
    setting: Setting,
    made: Mapping[str, Floats],
    kept: Any,
    options: drawn.Draws,
) -> dict[str, Any]:
    """Return the error at packages that no fit has seen, by what is shown, in its unit and in % of the rms effect."""
    unseen = setting.chosen(kept)
    scores = emulation.scores_at(emulator, unseen)
    said = {name: emulation.block_of(emulator, name, scores) for name in emulator["blocks"]}
    true = {name: made[name][kept].mean(axis=1) for name in said}

    def sums(blocks: Mapping[str, Floats]) -> dict[str, Floats]:
        total = {name: blocks[name].sum(axis=1) for name in (*MONEY, "uses")}
        public = total["programme"] + total["handed_on"]  # without wages, which are known to a tenth of a percent
        many = len(emulator["blocks"]["uses"]["basis"][0])
        curve = blocks["curve"].reshape(len(blocks["curve"]), -1, many).mean(axis=2)
        return {
            "outcome": total["outcome"], "uses": total["uses"], "public": public, "provider": total["provider"],
            "total": public + total["provider"], "curve": curve, "levels": blocks["levels"], "exits": blocks["exits"],
        }  # fmt: skip

    truth, guess = sums(true), sums(said)
    found = {name: emulation.errors(truth[name], guess[name]) for name in truth}
    runs = {name: made[name][kept].sum(axis=2) for name in (*MONEY, "uses")}
    apart, right = emulation.ordered(list(runs["outcome"]), guess["outcome"])
    inside = of = 0
    for at in range(len(kept)):
        totals = np.array([said[name][at].sum() for name in drawn.MEASURES])
        low, high = np.quantile(options.of(unseen.levels[at], totals), WITHIN, axis=0)
        for m, name in enumerate(drawn.MEASURES):
            if name in ("outcome", "uses"):
                inside += int(((runs[name][at] >= low[m]) & (runs[name][at] <= high[m])).sum())
                of += runs[name].shape[1]
    return {
        "kept": len(kept),
        "curve": emulation.rounded(np.sqrt(np.mean((guess["curve"] - truth["curve"]) ** 2, axis=0)), SHARE_DIGITS),
        "by": {name: [float(f"{error:.4g}"), round(share, 1)] for name, (error, share) in found.items()},
        "pairs": apart,
        "ordered": right,
        "inside": round(100 * inside / of) if of else None,
    }

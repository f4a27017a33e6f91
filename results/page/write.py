"""Writes the policy page: one HTML file with its numbers, style and scripts in it, that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader

from carespread.model import BadInputError

from ..words import commas

TITLE = "What would spread innovations in adult social care?"
SCRIPTS = ("policy_sums.js", "policy.js", "policy_pictures.js", "policy_more.js", "policy_controls.js")
LIVE = "policy_live.js"
"""Beside them where the page is served by what can run packages."""
BUDGET = 1_500_000
"""Bytes that a page may have: it is sent by e-mail."""
TABS = (("behind", "Who is left behind"), ("each", "Options"), ("places", "Places"), ("provider", "One provider"),
        ("assumed", "Assumptions"), ("out", "Share"))  # fmt: skip
ASSUMED = (
    ("cost_rate", "Discount rate of costs", "% a year", 20, 0.5),
    ("benefit_rate", "Discount rate of benefits", "% a year", 20, 0.5),
    ("optimism_bias", "Programmes cost more than planned by", "%", 100, 5),
    ("take_up", "Share of effect and cost that comes about", "%", 100, 5),
    ("delay", "Benefits come later by", "years", 5, 1),
    ("unit_cost", "Unit costs, times", "", 4, 0.1),
)
"""Name, words, unit, most and step of what the page lets a reader assume."""


def as_json(data: Mapping[str, Any]) -> str:
    """Return data as JSON that may stand inside a script element: no text in it ends the element.

    >>> as_json({"title": "</script>"})
    '{"title":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(data, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def policy_html(data: Mapping[str, Any], budget: int = BUDGET, live: bool = False) -> str:
    """Return the page of `page_data`; the same data give the same bytes. A `live` one may ask the server it is from.

    Raises BadInputError where the page has more than `budget` bytes.
    """
    folder = files("carespread.results") / "templates"
    style = (folder / "policy.css").read_text(encoding="utf-8")
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in (*SCRIPTS, *([LIVE] if live else [])))
    pages = Environment(loader=PackageLoader("carespread.results"), autoescape=True, trim_blocks=True)
    text = pages.get_template("policy.html.j2").render(
        title=TITLE, style=style, script=script, style_hash=hash_of(style), script_hash=hash_of(script), live=live,
        tabs=TABS, assumed=ASSUMED, data=as_json(data), quick=data["quick"], presets=data["presets"],
        options=data["options"], targets=data["targets"], futures=data["futures"], innovations=data["innovations"],
        anchors=[one for one in data["anchors"] if not one["points"]], foot=foot_of(data),
    )  # fmt: skip
    size = len(text.encode())
    if size > budget:
        raise BadInputError(
            f"The page has {size:,} bytes: it may have at most {budget:,}, so make a library of fewer packages."
        )
    return text


def hash_of(text: str) -> str:
    """Return the hash of a script or style as a content-security policy has it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def foot_of(data: Mapping[str, Any]) -> str:
    """Return what made the page, in a sentence."""
    runs = sum(part["runs"] for part in data["runs"].values())
    return (
        f"Made by carespread {data['version']}, results version {data['resultsVersion']}, from library {data['hash']},"
        f" first seed {data['seed']}. {commas(runs)} runs. Nothing is sent or fetched: the file holds all it needs."
    )

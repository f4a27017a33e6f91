"""Photographs the policy page that ships: the pictures of the documents, and its two printed pages.

python -m tests.photographs
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from .test_page import BROWSER

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "results" / "published" / "policy.html"
PICTURES = PROJECT / "docs" / "images" / "policy"
QUESTIONS = {
    "changes": ("", None),
    "left_behind": ("broker=100&campaign=25&requirement=25&for=small", "#tabs"),
    "pays": ("broker=100&campaign=25&requirement=25&worth=600", "#picture"),
    "places": ("broker=100&campaign=25&requirement=25&tab=places", "#panel-places"),
}
"""What a link shows, and which part of the page holds the answer; the first is the first screen, as it opens."""


def photographed(browser: Any) -> None:
    """Write every picture, and the print."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, (state, part) in QUESTIONS.items():
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(PAGE.as_uri() + (f"#{state}" if state else ""))
        tab.wait_for_timeout(300)
        if part is None:
            tab.screenshot(path=PICTURES / f"{name}.png")
            tab.pdf(path=PAGE.with_suffix(".pdf"), prefer_css_page_size=True, print_background=True)
        else:
            tab.locator(part).screenshot(path=PICTURES / f"{name}.png")
        tab.close()


if __name__ == "__main__":
    if BROWSER is None:
        print("No Chromium on this machine: pictures and print of the page stay as they are.")
    else:
        with sync_playwright() as play:
            photographed(play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"]))

"""The students' page in a real browser: it steps, it is drawn anew, and nothing leaves this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from carespread.experiments.explore import PAGE, explore
from carespread.model import BadInputError, CareSector
from carespread.results.figures.sector import network_figure, places_of, shares_figure

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60_000
"""Milliseconds that the browser waits for the page."""
pytestmark = pytest.mark.compiled


@pytest.fixture
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "solara", "run", str(PAGE), "--host", "127.0.0.1", "--port", str(port),
               "--production", "--no-open"]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(PAGE).parents[1])
    try:
        for _ in range(120):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1)
                break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_the_page_steps_in_a_browser_and_asks_nobody_else(address: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        step = page.get_by_role("button", name="Step")
        step.wait_for(timeout=PATIENCE)
        page.get_by_text("Month 0 of 120").wait_for(timeout=PATIENCE)
        pictures = page.locator("img[src^='data:image'], img[src^='blob:']")
        pictures.first.wait_for(timeout=PATIENCE)
        before = [pictures.nth(at).get_attribute("src") for at in range(pictures.count())]
        for month in (1, 2, 3):
            step.click()
            page.get_by_text(f"Month {month} of 120").wait_for(timeout=2 * PATIENCE)
        page.wait_for_timeout(1000)
        after = [pictures.nth(at).get_attribute("src") for at in range(pictures.count())]
        browser.close()
    assert len(before) >= 2 and not set(before) & set(after), "the pictures change with the month"
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]


def test_the_pictures_show_every_provider_and_every_innovation() -> None:
    care = CareSector(providers=120, seed=1, months=12)
    places = places_of(care)
    assert places.shape == (120, 2) and len({tuple(one) for one in places.round(9).tolist()}) == 120
    for _ in range(3):
        care.step()
    drawn = network_figure(care, "acoustic_monitoring")
    counts = [int(text.get_text().split(": ")[1]) for text in drawn.texts if ": " in text.get_text()]
    assert sum(counts) == 120 and len(counts) == 6
    axes = shares_figure(care).axes[0]
    assert len(axes.lines) == 4 and all(np.size(line.get_xdata()) == 4 for line in axes.lines)


def test_a_port_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadInputError, match="from 1024 to 65535"):
        explore(80, browser=False)

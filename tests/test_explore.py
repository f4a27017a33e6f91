"""The students' page in a real browser: it steps, it is drawn anew, and nothing leaves this machine."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from carespread.experiments.explore import explore
from carespread.model import BadInputError, CareSector
from carespread.notebooks.serve import PAGE, is_here, only_from_here
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
    command = [sys.executable, "-m", "carespread.notebooks.serve", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=PAGE.parents[1])
    try:
        for _ in range(400):
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


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1:8765", True), ("localhost:8765", True), ("http://localhost:8765", True), ("127.0.0.1", False),
        ("evil.example:8765", False), ("http://evil.example:8765", False), ("https://localhost:8765", False),
        ("localhost:8766", False), ("localhost.evil.example:8765", False), ("127.0.0.1:8765@evil.example", False),
        ("null", False), ("", False), ("file://", False), ("[::1", False), ("localhost:99999", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_here(address: str, here: bool) -> None:
    assert is_here(address, 8765) == here


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "origin", "let_in"),
    [
        ("127.0.0.1:8765", "http://127.0.0.1:8765", True),
        ("127.0.0.1:8765", "http://evil.example", False),  # another page's websocket
        ("evil.example:8765", "http://evil.example:8765", False),  # a name that leads here
        ("evil.example:8765", None, False),
        ("127.0.0.1:8765", None, None),
        (None, None, False),
    ],
)
def test_a_page_from_elsewhere_is_kept_out(
    kind: str, host: str | None, origin: str | None, let_in: bool | None
) -> None:
    """None: a browser's first request has no origin, a websocket always has one."""
    reached, sent = [], []

    async def app(*_: Any) -> None:
        reached.append(1)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(name, value.encode()) for name, value in ((b"host", host), (b"origin", origin)) if value is not None]
    asyncio.run(only_from_here(app, 8765)({"type": kind, "headers": headers}, receive, send))  # type: ignore[arg-type]
    wanted = kind == "http" if let_in is None else let_in
    assert bool(reached) == wanted
    if not wanted:
        assert sent[0] in ({"type": "websocket.close", "code": 1008}, {"type": "http.response.start", "status": 403,
                                                                      "headers": []})  # fmt: skip


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

"""Serves the students' page to this machine alone: `carespread explore` starts it.

A page that somebody visits elsewhere could otherwise talk to this server through the visitor's browser: by a name that
leads to 127.0.0.1 (rebinding), or by a websocket, which browsers let any page open. So Host and Origin must be this
machine's, and what a closed tab leaves ends after minutes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PAGE = Path(__file__).with_name("explore.py")
HOSTS = frozenset({"127.0.0.1", "localhost"})
SESSIONS, OF_ONE_BROWSER, ENDS_AFTER = 16, 4, "5m"
"""Sessions at once, those of one browser, and how long one outlives its tab: each keeps a sector in memory."""
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def is_here(address: str, port: int) -> bool:
    """Return whether a Host or an Origin is this server.

    >>> is_here("localhost:8765", 8765), is_here("http://evil.example:8765", 8765)
    (True, False)
    """
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        return parts.hostname in HOSTS and (parts.port or 80) == port and parts.scheme == "http"
    except ValueError:
        return False


def only_from_here(app: App, port: int) -> App:
    """Return an ASGI application that refuses every request which does not come to and from this machine's page."""

    async def guarded(
        scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] in ("http", "websocket"):
            given = [(name.lower(), value.decode("latin-1")) for name, value in scope.get("headers", ())]
            hosts = [value for name, value in given if name == b"host"]
            origins = [value for name, value in given if name == b"origin"]
            # a browser says an origin with every websocket
            wanted = 1 if scope["type"] == "websocket" else 0
            if len(hosts) != 1 or len(origins) < wanted or not all(is_here(one, port) for one in hosts + origins):
                if scope["type"] == "websocket":
                    await receive()
                    await send({"type": "websocket.close", "code": 1008})
                else:
                    await send({"type": "http.response.start", "status": 403, "headers": []})
                    await send({"type": "http.response.body", "body": b"This page is for this machine alone.\n"})
                return
        await app(scope, receive, send)

    return guarded


def main(port: int, browser: bool) -> None:
    """Serve until stopped."""
    os.environ |= {
        "SOLARA_APP": str(PAGE),
        "SOLARA_MODE": "production",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SOLARA_KERNEL_CULL_TIMEOUT": ENDS_AFTER,
        "SOLARA_KERNEL_MAX_COUNT": str(SESSIONS),
        "SOLARA_KERNEL_MAX_PER_SESSION": str(OF_ONE_BROWSER),
        "SOLARA_SESSION_SAME_SITE": "strict",
        "SOLARA_SESSION_HTTPS_ONLY": "false",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    }
    import uvicorn
    from solara.server.starlette import app

    if browser:
        import threading
        import webbrowser

        threading.Timer(2.0, webbrowser.open, [f"http://127.0.0.1:{port}/"]).start()
    uvicorn.run(
        only_from_here(app, port), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] == ["browser"])

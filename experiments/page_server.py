"""Serves the policy page on this machine, and runs packages that the library has not: loopback only, bounded.

A page that somebody else has open must not drive it: the Host must be this machine's, and what asks for a run must come
from the page itself (Origin). What is asked is small, runs are few at once, and an answer is kept.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from carespread.model import BadInputError
from carespread.model.scenario import read_scenario
from carespread.results.page import emulator as emulation
from carespread.results.page.data import changes
from carespread.results.page.runs import part_of
from carespread.results.page.write import policy_html

from .experiment import Execution, run_experiment
from .library import PACKAGES, SCENARIO, Library, design_of, drawn_of
from .packages import OPTIONS, Package, Size, package
from .points import Point
from .result import Result
from .store import Progress, workspace

ADDRESS = "127.0.0.1"
MOST_BODY = 4096
"""Bytes of a question."""
AT_ONCE, WAITING = 1, 50
"""Packages that are run at once, and questions that may wait for them: each takes all cores."""
A_MINUTE = 60
"""Runs in a minute, from all pages together."""
KEPT = 500
"""Answers that are kept."""
PATIENCE = 10.0
"""Seconds within which a question must have been sent."""


class BusyError(Exception):
    """Too much is asked at once, or in a minute."""


class Laboratory:
    """Runs packages as the library did, one at a time, and keeps what they came to."""

    def __init__(self, folder: Path, numbers: Mapping[str, Any]) -> None:
        """Read what the library was made with."""
        self.numbers = numbers
        self.size = Size(**numbers["size"])
        self.seed = int(numbers["seed"])
        self.fitted = drawn_of(folder)
        self.made: OrderedDict[Package, dict[str, Any]] = OrderedDict()
        self.running, self.guard = threading.Lock(), threading.Lock()
        self.places = threading.Semaphore(AT_ONCE + WAITING)
        self.times: list[float] = []

    def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a package came to, run now or before.

        Raises BadInputError on what is no package, BusyError where too much is asked.
        """
        levels = asked.get("levels")
        if not isinstance(levels, list) or len(levels) != len(OPTIONS):
            raise BadInputError(f"The levels are not {len(OPTIONS)} numbers from 0 to 100.")
        if not all(isinstance(level, int) and not isinstance(level, bool) and 0 <= level <= 100 for level in levels):
            raise BadInputError("A level is no whole number from 0 to 100 in % of its most.")
        named = {option.name: level / 100 for option, level in zip(OPTIONS, levels, strict=True)}
        wanted = package(named, str(asked.get("target")), str(asked.get("future")))
        with self.guard:
            if wanted in self.made:
                return self.made[wanted]
        if not self.places.acquire(blocking=False):
            raise BusyError
        try:
            with self.running:
                if wanted not in self.made:
                    self._count()
                    made = self.run(wanted)
                    with self.guard:
                        self.made[wanted] = made
                        while len(self.made) > KEPT:
                            self.made.popitem(last=False)
                return self.made[wanted]
        finally:
            self.places.release()

    def _count(self) -> None:
        """Note a run; refuse more than so many in a minute."""
        now = time.monotonic()
        self.times = [one for one in self.times if now - one < 60]
        if len(self.times) >= A_MINUTE:
            raise BusyError
        self.times.append(now)

    def run(self, wanted: Package) -> dict[str, Any]:
        """Return the components of a package as its runs have them, its gap and whether it is told apart."""
        base, names = read_scenario(SCENARIO), ["nothing", "asked"]
        both = [Package((0.0,) * len(OPTIONS), "all", wanted.future), wanted]
        points = [Point(name, one.scenario(base, name), {}) for name, one in zip(names, both, strict=True)]
        design = design_of(base, points, self.size.months, self.size.replications, self.seed,
                           providers=self.size.providers, groups=())  # fmt: skip
        with workspace(None, "library") as place:
            run_experiment(Library(design, points, self.fitted), place / PACKAGES, True, Execution(), False)
            part = part_of(place / PACKAGES, names, [one["name"] for one in self.numbers["innovations"]])
        made = changes(part, [0, 0])
        means = {name: values.mean(axis=1) for name, values in made.items() if name != "gap"}
        gap, uses = made["gap"][1, :, 0], made["uses"][1].sum(axis=1)
        error = [1.96 * float(one.std(ddof=1)) / np.sqrt(len(one)) for one in (uses, gap)]
        told = [abs(float(one.mean())) > half > 0 for one, half in zip((uses, gap), error, strict=True)]
        return {
            "scores": emulation.rounded(emulation.scores_of(self.numbers["emulator"], means)[1], 5),
            "gap": [round(float(part.gap[1].mean()), 2), round(float(gap.mean()), 2), round(float(error[1]), 2)],
            "clear": int(told[0]) + 2 * int(told[1]),
        }


class Handler(BaseHTTPRequestHandler):
    """Answers two questions: the page, and a package to run."""

    server: Server
    timeout = PATIENCE
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give the page."""
        if not self._own_host():
            return
        if self.path.split("?")[0] != "/":
            self._say(404, {"error": "There is only the page, at /."})
            return
        self._send(200, "text/html; charset=utf-8", self.server.page)

    def do_POST(self) -> None:
        """Run a package."""
        if not self._own_host():
            return
        if self.path != "/run":
            self._say(404, {"error": "Packages are run at /run."})
        elif self.headers.get("Origin") not in self.server.origins:
            self._say(403, {"error": "Only the page itself may ask for a run."})
        elif self.headers.get("Content-Type") != "application/json":
            self._say(415, {"error": "A package is sent as JSON."})
        else:
            self._run()

    def _run(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or not 0 < int(length) <= MOST_BODY:
            self._say(413, {"error": f"A package has from 1 to {MOST_BODY} bytes."})
            return
        try:
            asked = json.loads(self.rfile.read(int(length)))
            if not isinstance(asked, dict):
                raise BadInputError("A package is an object with levels, target and future.")
            self._say(200, self.server.laboratory.ask(asked))
        except BusyError:
            self._say(429, {"error": "too many packages are asked for at once, try again in a minute."})
        except (BadInputError, ValueError, RecursionError) as error:
            says = str(error) if isinstance(error, BadInputError) else "This is no JSON."
            self._say(400, {"error": says})

    def _own_host(self) -> bool:
        """Return whether the page was asked for by this machine's own name; else refuse."""
        if self.headers.get("Host") in self.server.hosts:
            return True
        self._say(403, {"error": "This page answers on this machine only."})
        return False

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        self.close_connection = self.close_connection or status != 200
        self._send(status, "application/json", json.dumps(answer).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind, "Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
        }.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """The page on this machine."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path, numbers: Mapping[str, Any], port: int) -> None:
        """Make the page and take the port, 0 for any."""
        self.page = policy_html(numbers, live=True).encode()
        self.laboratory = Laboratory(folder, numbers)
        super().__init__((ADDRESS, port), Handler)
        self.hosts = {f"{name}:{self.server_port}" for name in (ADDRESS, "localhost")}
        self.origins = {f"http://{host}" for host in self.hosts}


def served(folder: Path, numbers: Mapping[str, Any], port: int, progress: Progress | None) -> Result:
    """Serve the page until Ctrl-C; raises BadInputError where the port is taken."""
    try:
        server = Server(folder, numbers, port)
    except OSError as error:
        raise BadInputError(f"The port is {port}: it cannot be used ({error.strerror}); name another.") from None
    with server:
        if progress is not None:
            progress(f"The page is at http://{ADDRESS}:{server.server_port}/, on this machine only; Ctrl-C ends it.")
        server.serve_forever()
    return Result()

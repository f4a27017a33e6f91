"""What runs in a process of its own, since it weighs memory: `python -m benchmarks.parts NAME NUMBER NUMBER`."""

from __future__ import annotations

import json
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from carespread.model import simulate


def memory(providers: int, months: int) -> dict[str, Any]:
    """Weigh a run of some size: the most that it holds at once, without what Python and the libraries hold anyway."""
    simulate(providers=50, months=1)
    tracemalloc.start()
    simulate(providers=providers, months=months)
    return {"most": tracemalloc.get_traced_memory()[1]}


def whole(providers: int, months: int) -> dict[str, Any]:
    """Time one whole run as a caller sees it, to the monthly table, and weigh it."""
    began = time.perf_counter()
    rows = len(simulate(providers=providers, months=months).monthly)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "whole": time.perf_counter() - began,
        "peak": most if sys.platform == "darwin" else most * 1024,
        "rows": rows,
    }


def layer(replications: int, workers: int) -> dict[str, Any]:
    """Measure the experiment layer."""
    from .many import layer as measured

    return measured(replications, workers)


def store(rows: int, _: int) -> dict[str, Any]:
    """Measure a question to many rows."""
    from .many import store as measured

    return measured(rows)


PARTS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "memory": memory,
    "whole": whole,
    "layer": layer,
    "store": store,
}

if __name__ == "__main__":
    part, first, second = sys.argv[1:]
    print(json.dumps(PARTS[part](int(first), int(second))))

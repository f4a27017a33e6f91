"""Compiles every kernel once and says so, so that nobody waits for it later: `python -m carespread.model.warm`."""

from __future__ import annotations

import sys
import time

import numpy as np


def main() -> None:
    """Compile what the engine, the Mesa shell and the special cases call."""
    print("Compiling the model's kernels, once (about half a minute) ...", file=sys.stderr, flush=True)
    began = time.perf_counter()
    from . import simulate
    from .textbook.cases import thresholds

    simulate(providers=50, months=1)
    thresholds((np.array([0, 1, 2]), np.array([1, 0])), 0.5, [0])
    print(f"... done in {time.perf_counter() - began:.0f} s.", file=sys.stderr)


if __name__ == "__main__":
    main()

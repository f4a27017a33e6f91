"""The model once more, in plain Python and from its description alone: what the engine is checked and timed against.

It reads what a run was given (parameters, policy, conditions, innovation files, seed), the population that was drawn
and the partners at the start; everything else it works out by equations of its own (`model/ODD.md` and
`model/ODD_details.md`). It imports nothing that computes in `model`, so it does not repeat the engine's slips.
"""

from .sector import PlainSector

__all__ = ["PlainSector"]

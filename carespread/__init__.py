"""How innovations spread, or fail to, across adult social care in England: an agent-based model."""

from __future__ import annotations

from pathlib import Path

# In a checkout the rooms (model/, results/, ...) stand beside this folder, in a wheel inside it. The links that editors
# need in a checkout lead to the same files, which must not be loaded by a second path: breakpoints would not bind.
_HERE = Path(__file__).parent
_MODEL = next(place for place in (_HERE / "model", _HERE.parent / "model") if place.is_dir())
__path__.insert(0, str(_MODEL.resolve().parent))

"""The version of the numbers: raised with every entry of CHANGELOG.md that is marked "Changes results"."""

from __future__ import annotations

RESULTS_VERSION = 11

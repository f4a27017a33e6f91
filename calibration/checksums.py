"""Checksums of every figure and table that is published: `python -m carespread.calibration.checksums` compares them."""

from __future__ import annotations

import sys
from pathlib import Path

from carespread.results.store.files import hash_of
from carespread.results.store.posterior import DRAWS, PUBLISHED

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "checksums.txt"


def published() -> list[Path]:
    """Return the files that `make reproduce` makes anew; photographs of the page depend on a browser's fonts."""
    images = [
        path for path in (ROOT / "docs" / "images").rglob("*.*") if path.is_file() and path.parent.name != "policy"
    ]
    return sorted([*images, PUBLISHED / DRAWS, PUBLISHED / "policy.html"])


def listed() -> str:
    """Return a line a file, as `sha256sum --check` reads it."""
    return "".join(f"{hash_of(path)}  {path.relative_to(ROOT).as_posix()}\n" for path in published())


def by_name(lines: str) -> dict[str, str]:
    """Return the checksum of each file."""
    parts = [line.split("  ") for line in lines.splitlines()]
    return {name: value for value, name in parts}


def main() -> None:
    """Name every file that is not as it was published; the exit status is 1 where there is one."""
    known, found = by_name(FILE.read_text(encoding="utf-8")), by_name(listed())
    differ = sorted(name for name in known | found if known.get(name) != found.get(name))
    for name in differ:
        print(f"differs: {name}")
    print(f"{len(found) - len(differ)} of {len(known)} published files are as they were published.")
    sys.exit(int(bool(differ)))


if __name__ == "__main__":
    main()

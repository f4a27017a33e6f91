"""Writes docs/licences.md: the licence of each package that is installed from a lock file."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Any

from carespread.model.odd import markdown

ROOT = Path(__file__).parents[1]
LOCKS = {
    "What runs need": "requirements.lock",
    "What extras, tests and the site need beside it": "requirements-dev.lock",
}
KINDS = re.compile(r"^License :: (?:OSI Approved :: )?(.*)$")


def licence_of(name: str) -> str | None:
    """Return the licence that a package declares, None where it is not installed on this system."""
    try:
        about: Any = metadata.metadata(name)  # an email.message.Message
    except metadata.PackageNotFoundError:
        return None
    kinds = [found[1] for one in about.get_all("Classifier", []) if (found := KINDS.match(one)) and found[1]]
    said = about.get("License-Expression") or "; ".join(kinds) or about.get("License") or "not declared"
    return " ".join(said.strip().split("\n")[0].split())


def page() -> str:
    """Return the page."""
    parts = [
        "# Licences of what is installed",
        "Of carespread itself and its evidence: [`REUSE.toml`](../REUSE.toml). As each package declares it; written by"
        " `make licences`.",
        "**To know**: the extra `ema` (`carespread discover`) brings Platypus-Opt, which is under the GNU General"
        " Public License 3: who passes on carespread together with it does so under that licence.",
    ]
    seen: set[str] = set()
    for title, lock in LOCKS.items():
        names = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
        new = sorted(set(names) - seen)
        seen |= set(new)
        rows = [(name, metadata.version(name), said) for name in new if (said := licence_of(name))]
        parts += [f"## {title} (`{lock}`)", markdown(("package", "version", "licence"), rows)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "licences.md").write_text(page(), encoding="utf-8")

"""How the documentation becomes a site that opens from a folder, with search: `make site`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

project = "carespread"
author = "The carespread developers"
with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as about:
    version = release = tomllib.load(about)["project"]["version"]

extensions = ["myst_nb", "sphinx.ext.autodoc"]
# pages stand where they are read in the project: the source is the project itself
root_doc = "docs/site/index"
include_patterns = [
    "docs/site/*.md", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "model/ODD.md",
    "model/ODD_details.md", "model/population/england/data/SOURCES.md", "notebooks/*.md", "notebooks/*.ipynb",
]  # fmt: skip
exclude_patterns = [".*", "carespread", "results/runs", "docs/_site", "tests", "benchmarks"]

# lessons are stored without outputs, and tests run them
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# links to files of the project that are no pages; TOML and pseudo-code in indented blocks
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure", "myst.header", "mystnb.unknown_mime_type"]
highlight_language = "none"

autodoc_typehints = "signature"
autodoc_member_order = "alphabetical"

html_theme = "furo"
html_title = "carespread"
html_show_sourcelink = False
html_copy_source = False


def in_markdown(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Read docstrings as they are written: `code` in single marks, a line a parameter; not those of modules."""
    if what == "module":
        lines.clear()
    lines[:] = [re.sub(r"(?<![`:])`([^`]+)`(?!`)", r"``\1``", line) for line in lines]
    if "Parameters" in lines:
        first = lines.index("Parameters")
        last = lines.index("", first) if "" in lines[first:] else len(lines)
        given = [re.sub(r"^(\w[\w, ]*) : ", r"``\1``\n    ", line) for line in lines[first + 2 : last]]
        lines[first:last] = "\n".join(given).split("\n")


def without_this_machine(
    app: Any, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Write a folder of the project as it is seen from there, not as it lies on the machine that builds the site."""
    root = re.escape(str(Path(__file__).resolve().parents[2]))
    return signature and re.sub(rf"\w*Path\('{root}/([^']*)'\)", r"'\1'", signature), returns


def setup(app: Any) -> None:
    """Have docstrings and signatures read as they are written."""
    app.connect("autodoc-process-docstring", in_markdown)
    app.connect("autodoc-process-signature", without_this_machine)

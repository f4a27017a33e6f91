"""Every notebook runs from its first cell to its last, and is stored without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST = 120
"""Seconds that a notebook may take."""
pytestmark = pytest.mark.compiled


def test_the_lessons_are_there_in_order() -> None:
    assert [int(path.name[:2]) for path in NOTEBOOKS] == list(range(1, 9))
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(path.name in listed for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs_and_teaches(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    words = sum(len(re.findall(r"\w+", cell.source)) for cell in book.cells if cell.cell_type == "markdown")
    assert words > 120 and "## To do" in book.cells[-1].source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_comes_in_by_the_public_door_alone(path: Path) -> None:
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    lines = [line.strip() for source in code for line in source.splitlines() if "import" in line]
    found = {line for line in lines if re.search(r"\b(import|from) (carespread|model|results|experiments)\b", line)}
    assert found == {"import carespread as cs"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    NotebookClient(
        book, timeout=LONGEST, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    said = "".join(
        out.get("text", "") for cell in book.cells if cell.cell_type == "code" for out in cell.outputs
        if out.output_type == "stream" and out.name == "stderr"
    )  # fmt: skip
    assert "Traceback" not in said

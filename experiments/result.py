"""What a piece of work comes to: text for the screen, plain data, tables, figures, and the folder that holds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carespread.model.population.country import country_meant, country_of
from carespread.results.store.files import whole_file, write_text
from carespread.results.store.writer import write_figures, write_record, write_table

if TYPE_CHECKING:
    import pandas as pd

    from carespread.results.figures.drawing import Drawing

Document = str | Callable[[Path, Mapping[str, str]], str]
"""A text, or what makes it from the folder with its figures and their text alternatives."""


@dataclass(frozen=True)
class Result:
    """What a piece of work came to; `print` shows its text.

    `tables` are pandas tables by name, `figures` drawings by name (made when first asked for), `data` plain data as
    `--json` prints them, and `folder` is where all of it is kept, None where nothing was written.
    """

    text: str = ""
    data: Any = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    draw: Callable[[], Iterable[Drawing]] = field(default=tuple, repr=False)
    documents: Mapping[str, Document] = field(default_factory=dict, repr=False)
    """Further files by name; pages among them are announced."""
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """How it was made."""
    folder: Path | None = None
    runs: int = 0
    failed: int = 0
    """Runs that failed."""
    end: str | None = None
    """What is left to say where the work has told its rows one by one."""
    status: int = 0
    country: str = field(default_factory=country_meant, repr=False)
    """Whose settings and regions its figures name."""

    @cached_property
    def figures(self) -> dict[str, Drawing]:
        """The figures, by name."""
        with country_of(self.country):
            return {one.name: one for one in self.draw()}

    @property
    def json(self) -> Any:
        """Plain data, with the folder where they are a mapping."""
        where = {} if self.folder is None else {"folder": str(self.folder.absolute())}
        return {**where, **self.data} if isinstance(self.data, Mapping) else self.data

    def __str__(self) -> str:
        """Return the text."""
        return self.text


def kept(
    result: Result,
    folder: Path,
    study: str,
    exact: Iterable[str] = (),
    parquet: Mapping[str, pd.DataFrame] | None = None,
) -> Result:
    """Write a result into its folder: tables as CSV, figures, documents, and last of all the record.

    Tables that are `exact` keep every digit; `parquet` are tables to keep as Parquet files too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    every = set(exact)
    for name, table in result.tables.items():
        write_table(folder, name, table, **({"digits": None} if name in every else {}))
    for name, table in (parquet or {}).items():
        # draws hardly repeat: split by byte they take three quarters of the room
        floats = [str(column) for column, kind in table.dtypes.items() if kind.kind == "f"]
        with whole_file(folder / f"{name}.parquet") as making:
            table.to_parquet(making, index=False, use_dictionary=False, use_byte_stream_split=floats)
    words = write_figures(folder, result.figures.values()) if result.figures else {}
    for name, document in result.documents.items():
        write_text(folder / name, document if isinstance(document, str) else document(folder / "figures", words))
    write_record(folder, study=study, **result.record)
    return replace(result, folder=folder)


def rows_of(table: pd.DataFrame) -> Any:
    """Return the rows of a table as plain data: what is no number is None."""
    return json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))

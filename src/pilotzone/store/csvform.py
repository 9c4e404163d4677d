"""How a CSV file is written: what stands between cells, for a missing value, and before decimals."""

from __future__ import annotations

import string
from dataclasses import dataclass
from pathlib import Path

from pilotzone.core import UsageError, shown

__all__ = ["CsvForm"]

_MOST_NA, _LONGEST_NA = 20, 40
_NO_DELIMITERS = frozenset(string.ascii_letters + string.digits + "\"'.+-_\\\r\n\0")


@dataclass(frozen=True)
class CsvForm:
    r"""The form of a CSV file; nothing of it is guessed.

    Attributes
    ----------
    na
        Words that stand for a missing number, besides an empty cell.
    delimiter
        What stands between cells; ``None``: a tab in files that end in ``.tsv``, else a comma.
    decimal
        What stands before decimals: ``.`` or ``,``.

    Raises
    ------
    UsageError
        If one of them is not possible, or delimiter and decimal mark are the same.

    Examples
    --------
    >>> CsvForm(na=("NA",), delimiter=";", decimal=",").mark(Path("panel.csv"))
    ';'
    """

    na: tuple[str, ...] = ()
    delimiter: str | None = None
    decimal: str = "."

    def __post_init__(self) -> None:
        if len(self.na) > _MOST_NA or any(not 0 < len(word.strip()) <= _LONGEST_NA for word in self.na):
            raise UsageError(
                f"words for missing values are {shown(list(self.na))}.",
                allowed=f"up to {_MOST_NA} words of up to {_LONGEST_NA} signs, such as NA; empty cells are missing",
            )
        if self.delimiter == r"\t":  # as typed where a tab is hard to type
            object.__setattr__(self, "delimiter", "\t")
        mark = self.delimiter
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in _NO_DELIMITERS):
            raise UsageError(f"the delimiter is {mark!r:.80}.", allowed="one sign, such as ',' or ';' or '\\t' or '|'")
        if self.decimal not in {".", ","}:
            raise UsageError(f"the decimal mark is {self.decimal!r:.80}.", allowed="'.' or ','")

    @property
    def plain(self) -> bool:
        """Whether nothing was said of it."""
        return self == CsvForm()

    def mark(self, file: Path) -> str:
        """Return what stands between the cells of a file.

        Raises
        ------
        UsageError
            If it is the decimal mark as well.
        """
        found = self.delimiter or ("\t" if file.name.lower().endswith(".tsv") else ",")
        if found == self.decimal:
            raise UsageError(
                f"in {file.name!r} {found!r} would be both the decimal mark and what stands between cells.",
                allowed="two signs",
                todo="say what stands between cells: --delimiter ';' (delimiter = \";\" in [panel]); if both are "
                "commas, and numbers are in quotes, save the table with ';' or with a point as decimal mark",
            )
        return found

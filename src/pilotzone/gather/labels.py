"""Labels of values, as Stata and SPSS have them: names for units, and reasons to refuse figures and periods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pilotzone.core import DataError, listing
from pilotzone.gather.columns import RawTable

__all__ = ["check_figures", "check_periods", "label_units"]


def label_units(cells: Sequence[str], labels: Mapping[str, str], spelled: Callable[[str], str]) -> list[str]:
    """Return the names of units: their labels, with the code where a label is missing or not the only one of its kind.

    Parameters
    ----------
    cells
        Code of each row, empty where it is missing.
    labels
        Code to label.
    spelled
        What is left of a name when names are compared.

    Examples
    --------
    >>> label_units(["1", "2", "3", "4"], {"1": "Ay", "2": "Bee", "3": "bee"}, str.casefold)
    ['Ay', 'Bee (2)', 'bee (3)', '4']
    """
    codes = [cell for cell in dict.fromkeys(cells) if cell]
    names = {cell: labels.get(cell, "").strip() or cell for cell in codes}
    count = Counter(spelled(name) for name in names.values())
    twice = [cell for cell in codes if count[spelled(names[cell])] > 1 and names[cell] != cell]
    names |= {cell: f"{names[cell]} ({cell})" for cell in twice}
    if len({spelled(name) for name in names.values()}) < len(codes):
        names = {cell: cell for cell in codes}
    return [names.get(cell, "") for cell in cells]


def check_figures(table: RawTable, name: str, codes: Sequence[str], labels: Mapping[str, str]) -> None:
    """Refuse figures some of which, and not all, have a label: those may be codes for why there is no figure.

    Raises
    ------
    DataError
        Naming the values with their labels and rows.
    """
    special = [k for k, code in enumerate(codes) if code in labels]
    if special and len(special) < sum(bool(code) for code in codes):
        shown = listing([f"{codes[k]} is {labels[codes[k]]!r} ({table.place(k, name)})" for k in special], most=3)
        raise DataError(
            f"{table.source}: column {name!r} has values with labels among figures without: {shown}.",
            allowed="figures, and missing values declared as such",
            todo="declare the values missing (mvdecode in Stata, MISSING VALUES in SPSS), or drop the labels",
        )


def check_periods(table: RawTable, name: str, codes: Sequence[str], labels: Mapping[str, str]) -> None:
    """Refuse periods that are codes: 1 with the label 2015.

    Raises
    ------
    DataError
        Naming the values with their labels.
    """
    differ = {code: labels[code] for code in codes if labels.get(code, code).strip() != code}
    if differ:
        shown = listing([f"{code} is {label!r}" for code, label in differ.items()], most=3)
        raise DataError(
            f"{table.source}: column {name!r} has codes with labels where periods belong: {shown}.",
            allowed="whole numbers, one per period, such as the year 2016",
            todo="make a variable of the labels (decode and destring in Stata), or drop them if the values are right",
        )

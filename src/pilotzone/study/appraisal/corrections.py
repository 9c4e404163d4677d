"""What capital returns in each region, corrected for land and prices by the figures of a user's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal import CorrectedReturns
from pilotzone.core import DataError, shown, unknown
from pilotzone.study.appraisal.columns import Columns
from pilotzone.study.runs.saying import within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.appraisal import CapitalPanel
    from pilotzone.study.appraisal.file import AppraisalStudy

__all__ = ["corrected_of"]

_FIGURES = {"reproducible_share": 1.0, "capital_price": float("inf")}
"""Figure to the most that it can be."""


def corrected_of(
    study: AppraisalStudy, panel: CapitalPanel, codes: Sequence[str], capital_share: float
) -> CorrectedReturns | None:
    """Return the marginal products with and without corrections; ``None`` where the study names no file.

    Parameters
    ----------
    study
        Names the file and the year.
    panel
        All regions.
    codes
        Their codes, by which the file names them; it may use their names as well.
    capital_share
        Share of capital in income.

    Raises
    ------
    DataError
        If the file cannot be read, names an unknown region, has a row twice, or none of the year.
    """
    asked = study.spec.misallocation
    assert asked is not None  # noqa: S101 - asked for
    if asked.corrections is None:
        return None
    t = panel.years.index(asked.year)
    with within("misallocation.corrections"):
        sheet = Columns(study.path(asked.corrections))
        rows = _rows(sheet, panel, codes, asked.year)
        given = {
            name: sheet.numbers(name, most=most, gaps=True) if name in sheet.table.header else None
            for name, most in _FIGURES.items()
        }
        if not any(given.values()):
            raise DataError(f"{sheet.name} has no column of a correction.", allowed=" or ".join(_FIGURES))
    figures = {
        name: np.array([np.nan if cells is None or row is None else cells[row] for row in rows])
        for name, cells in given.items()
    }
    return CorrectedReturns(
        regions=panel.regions,
        year=asked.year,
        capital_share=capital_share,
        output_capital=panel.gdp[:, t] / panel.capital[:, t],
        **figures,
    )


def _rows(sheet: Columns, panel: CapitalPanel, codes: Sequence[str], year: int) -> list[int | None]:
    """Return the row of each region in a year; ``None`` where the file has none."""
    known = dict(zip((*codes, *panel.regions), (*panel.regions, *panel.regions), strict=True))
    found: dict[tuple[str, float], int] = {}
    places, years = sheet.text("region"), sheet.numbers("year")
    for k, (place, at, line) in enumerate(zip(places, years, sheet.table.lines, strict=True)):
        if place not in known:
            told = f"{sheet.name}, line {line}: there is no region {shown(place)}"
            raise unknown("region", place, codes, told=told, error=DataError)
        if (known[place], at) in found:
            raise DataError(f"{sheet.name}, line {line}: {place} stands twice in {at:g}.", allowed="one row a year")
        found[known[place], at] = k
    rows = [found.get((region, year)) for region in panel.regions]
    if not any(row is not None for row in rows):
        raise DataError(f"{sheet.name} has no row of {year}.", allowed=f"rows of the year that is looked at, {year}")
    return rows

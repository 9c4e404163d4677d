"""What reading a site of a campus file needs at hand: the study, the site, assumptions, and notes as they come up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, StudyError, shown
from pilotzone.store import read_csv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Assumptions
    from pilotzone.store import TextTable
    from pilotzone.study.campus.file import CampusFile, CampusStudy
    from pilotzone.study.campus.site_tables import SiteEntry
    from pilotzone.study.campus.weather import SiteHours

    Floats = NDArray[np.float64]

__all__ = ["SiteAt"]


@dataclass(eq=False)
class SiteAt:
    """A site as it is read.

    Attributes
    ----------
    study, entry, assumptions
        The campus file, the site in it, and all that is assumed.
    hours
        Number of hours of its year, once they are known.
    peak_mw
        Highest load.
    weather
        PUE and weather of its hours.
    notes
        What a reader has to know, as far as it came up.
    cautions
        What looks like a mistake in the file.
    sets, fuel
        Number of equal sets of a supply, and energy that the fuel of backup gives in a year, MWh.
    """

    study: CampusStudy
    entry: SiteEntry
    assumptions: Assumptions
    hours: int = 0
    peak_mw: float = 0.0
    weather: SiteHours | None = None
    notes: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)
    sets: dict[str, int] = field(default_factory=dict)
    fuel: dict[str, float] = field(default_factory=dict)

    @property
    def file(self) -> CampusFile:
        """The campus file."""
        return self.study.spec

    @property
    def rate(self) -> float:
        """Interest a year."""
        return self.assumptions.of("discount_rate").middle

    def fault(self, what: str, *, allowed: str | None = None, todo: str | None = None) -> StudyError:
        """Return an error that names the study and the site."""
        return StudyError(f"study {self.study.name!r}, site {self.entry.name!r}: {what}", allowed=allowed, todo=todo)

    def series(self, file: str, what: str) -> Floats:
        """Return the one column of numbers of a file, a number for each hour."""
        path = self.study.path(file)
        values = _column(read_csv(path))
        if len(values) != self.hours:
            raise DataError(
                f"{path.name} has {len(values):,} {what}.", allowed=f"{self.hours:,}, one for each hour of the weather"
            )
        return values


def _column(table: TextTable) -> Floats:
    """Return the one column of a file as numbers, each of which is named by its line where it is not one."""
    name = table.path.name
    if len(table.header) != 1:
        raise DataError(
            f"{name} has {len(table.header)} columns.", allowed="one, with a heading and a number for each hour"
        )
    found = np.empty(len(table.rows))
    for k, ((cell,), line) in enumerate(zip(table.rows, table.lines, strict=True)):
        try:
            found[k] = float(cell)
        except ValueError:
            found[k] = np.nan
        if not np.isfinite(found[k]):
            raise DataError(
                f"{name}, line {line}: {shown(cell)} is not a finite number.", allowed="a number on each line"
            )
    return found

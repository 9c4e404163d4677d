"""The table behind the study of German reunification (see data/reunification.md) as a panel and as predictors."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pilotzone.core import Panel, SeriesInfo
from pilotzone.evaluation.few import Predictor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GERMANY", "PREDICTORS", "Reunification", "load_panel", "load_reunification"]

GERMANY = "West Germany"
SERIES = ("gdp", "trade", "infrate", "industry", "schooling", "invest")
PREDICTORS = (
    *(
        Predictor(name, tuple(range(1981, 1991)), tuple(range(1971, 1981)))
        for name in ("gdp", "trade", "infrate", "industry")
    ),
    Predictor("schooling", (1980, 1985), (1970, 1975)),
    Predictor("invest", (1985,), (1975,)),
)
"""Those of the paper; investment, which the table has by decade, stands in the middle of each."""


class Reunification(NamedTuple):
    """Names of n countries; predictors of both stages, shape (n, 6); outcomes by span of years."""

    countries: list[str]
    training: Floats
    fitted: Floats
    validation: Floats
    after: Floats

    @property
    def germany(self) -> int:
        return self.countries.index(GERMANY)

    @property
    def others(self) -> NDArray[np.bool_]:
        """Who may be a donor for whom: everybody but the unit itself, shape (17, 17)."""
        return ~np.eye(len(self.countries), dtype=bool)


def _rows() -> list[dict[str, str]]:
    path = Path(__file__).parent / "data" / "reunification.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_panel() -> Panel:
    rows = _rows()
    countries = sorted({row["country"] for row in rows})
    years = sorted({int(row["year"]) for row in rows})
    values = {name: np.full((len(countries), len(years)), np.nan) for name in SERIES}
    for row in rows:
        place = countries.index(row["country"])
        for name in SERIES[:-1]:
            if row[name]:
                values[name][place, years.index(int(row["year"]))] = float(row[name])
        if row["invest70"]:  # a share there, in percent of the next decade
            values["invest"][place, years.index(1975)] = 100 * float(row["invest70"])
            values["invest"][place, years.index(1985)] = float(row["invest80"])
    return Panel(tuple(countries), tuple(years), values, {name: SeriesInfo(name, name, "1") for name in SERIES})


def load_reunification() -> Reunification:
    """Return the means of the paper, made from the table without the package's own code for them."""
    panel = load_panel()
    years = list(panel.periods)

    def mean(name: str, wanted: range | tuple[int, ...]) -> Floats:
        columns = [years.index(year) for year in wanted]
        found: Floats = np.nanmean(panel.matrix(name)[:, columns], axis=1)
        return found

    def table(decade: range, schooling: tuple[int, int], middle: int) -> Floats:
        columns = [mean(name, decade) for name in SERIES[:4]]
        return np.column_stack([*columns, mean("schooling", schooling), mean("invest", (middle,))])

    gdp = panel.matrix("gdp")
    return Reunification(
        countries=list(panel.units),
        training=table(range(1971, 1981), (1970, 1975), 1975),
        fitted=table(range(1981, 1991), (1980, 1985), 1985),
        validation=gdp[:, years.index(1981) : years.index(1990) + 1],
        after=gdp[:, years.index(1990) :],
    )

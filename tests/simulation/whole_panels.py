"""Pairs of outcomes on the units of real panels, for verdicts on fake zones.

Where the panels of ADR 0030 hold two outcomes of the same units, both are taken on the years that they share; dates and
spans were written down before any verdict on them was counted. Where they hold one, the paths of the same panel, dealt
anew to its units, stand for the environment: real paths, and no relation between the two outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import evenly_spaced
from pilotzone.gather import derive, evidence_panel
from tests.simulation.fake_zones import panels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PanelPair", "pairs"]

MOST_UNITS = 60
ALONE = ("cigarettes", "states by quarter", "conversions by day", "Chinese cities")
"""Panels of one outcome with 20 units or more; with fewer, nothing can be decided at 5 percent."""


@dataclass(frozen=True, eq=False)
class PanelPair:
    """Two outcomes of n units, shape (n, T), the first `before` periods before a date at which nothing happened."""

    name: str
    development: Floats
    environment: Floats
    before: int


def _two(name: str, series: list[str], formulas: tuple[str, str], span: tuple[int, int], start: int) -> PanelPair:
    found = evidence_panel(series)
    panel = derive(found, dict(zip("de", formulas, strict=True)), unused=found.units)
    at = [k for k, period in enumerate(panel.periods) if span[0] <= period <= span[1]]
    both = [panel.matrix(one)[:, at] for one in "de"]
    whole = ~np.isnan(np.hstack(both)).any(axis=1)
    return PanelPair(name, both[0][whole], both[1][whole], start - span[0])


def _dealt_anew(name: str, paths: Floats, before: int) -> PanelPair:
    kept = paths[evenly_spaced(len(paths), MOST_UNITS)] if len(paths) > MOST_UNITS else paths
    # Moved on by a third of the units: no unit keeps its own path.
    return PanelPair(name, kept, np.roll(kept, len(kept) // 3, axis=0), before)


def pairs() -> list[PanelPair]:
    """Return five pairs of outcomes, and four panels whose own paths stand for the second one."""
    gdp, people = "us_gdp_real_v2025_03_usd2017", "us_population"
    head = f"log({gdp} / {people})"
    single = {panel.name: panel for panel in panels() if panel.name in ALONE}
    return [
        _two(
            "US GDP and CO2", [gdp, people, "us_co2_energy_t"], (head, f"log(us_co2_energy_t / {people})"),
            (1998, 2017), 2013,
        ),
        _two(
            "US GDP and PM2.5", [gdp, people, "us_pm25_popweighted_2010_ug_m3"],
            (head, "log(us_pm25_popweighted_2010_ug_m3)"), (2000, 2016), 2012,
        ),
        _two(
            "US GDP and commercial power", [gdp, people, "us_sales_commercial_mwh"],
            (head, f"log(us_sales_commercial_mwh / {people})"), (2003, 2017), 2013,
        ),
        _two(
            "Chinese wages and CO2", ["average_wage_cny", "co2_t"], ("log(average_wage_cny)", "log(co2_t)"),
            (2000, 2012), 2008,
        ),
        _two(
            "Chinese investment and CO2", ["capital_formation_cny", "co2_t"],
            ("log(capital_formation_cny)", "log(co2_t)"), (1997, 2009), 2005,
        ),
        *(_dealt_anew(f"{name}, dealt anew", single[name].paths, single[name].before) for name in ALONE),
    ]  # fmt: skip

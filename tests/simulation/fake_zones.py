"""Every unit of real panels in turn as a fake zone, with effects and drifts put in.

``python -m tests.simulation.fake_zones`` prints how often each statistic of ADR 0030 finds a gain in each scenario,
averaged over panels, and on which panel it does worst. Panels, dates and scenarios were committed before the first of
them was looked at. With an argument it takes so many zones of each panel (60 in the table of
docs/explanation/strength.md).
"""

from __future__ import annotations

import csv
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import evenly_spaced
from pilotzone.gather import derive, evidence_panel
from tests.simulation.placebos import STATISTICS, Placebos, answer, most_ranks, placebos, with_effect
from tests.simulation.refits import Refits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "EFFECTS",
    "EVERY",
    "LEAST",
    "MARGIN",
    "SCENARIOS",
    "FakePanel",
    "count",
    "panels",
    "rising",
    "shape_of",
    "shares",
    "show",
    "zones_of",
]

DATA = Path(__file__).parents[1] / "golden" / "data"
EVERY = (*STATISTICS, "RMSPE after / before")
LEAST = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Allowances over the zone's own largest placebo effect."""
MARGIN = 2.0
"""Standard deviations of the placebo gaps in one margin."""
EFFECTS = {"nothing": 0.0, "half a margin": 0.5, "one margin": 1.0, "two margins": 2.0}
"""Constant effects in margins; they need no new fit."""
_TOGETHER = 10
"""Zones that one process looks at in one go."""
_SUBSETS = 20
"""Draws of four fifths of the units, in each of which the one that rose most is the zone."""


@dataclass(frozen=True, eq=False)
class FakePanel:
    """Paths of n units, shape (n, T), the first `before` periods before a date at which nothing happened."""

    name: str
    paths: Floats
    before: int

    @property
    def window(self) -> int:
        """Periods from the date on."""
        return int(self.paths.shape[1]) - self.before


def _table(
    file: str, unit: str, period: str, value: str, *, without: tuple[str, ...] = ()
) -> dict[str, dict[str, float]]:
    rows: dict[str, dict[str, float]] = {}
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row[unit] not in without and row[value]:
                rows.setdefault(row[unit], {})[row[period]] = float(row[value])
    return rows


def _panel(
    name: str, rows: Mapping[str, Mapping[str, float]], periods: Iterable[object], start: object, *, log: bool
) -> FakePanel:
    span = [str(period) for period in periods]
    whole = [unit for unit in sorted(rows) if all(period in rows[unit] for period in span)]
    paths = np.array([[rows[unit][period] for period in span] for unit in whole])
    return FakePanel(name, np.log(paths) if log else paths, span.index(str(start)))


def _bundled(name: str, series: list[str], formula: str, span: tuple[int, int], start: int) -> FakePanel:
    found = evidence_panel(series)
    # What has no logarithm, such as the zeros of Chongqing before it was a region of its own, is missing.
    panel = derive(found, {"y": formula}, unused=found.units)
    at = [k for k, period in enumerate(panel.periods) if span[0] <= period <= span[1]]
    paths = panel.matrix("y")[:, at]
    return FakePanel(name, paths[~np.isnan(paths).any(axis=1)], start - span[0])


def panels() -> list[FakePanel]:
    """Return the panels of ADR 0030."""
    quarters = [f"{year}Q{quarter}" for year in range(1990, 2012) for quarter in range(1, 5)]
    smoking = _table("prop99.csv", "state", "year", "cigarette_packs_per_head", without=("California",))
    kansas = _table("kansas.csv", "state", "quarter", "log_gdp_per_head", without=("Kansas",))
    metros = _table("geolift.csv", "metro", "day", "sales", without=("chicago", "portland"))
    spain = _table("basque.csv", "region", "year", "gdp_per_head", without=("Basque Country (Pais Vasco)",))
    oecd = _table("reunification.csv", "country", "year", "gdp", without=("West Germany",))
    return [
        _panel("cigarettes", smoking, range(1970, 1994), 1989, log=False),
        _panel("states by quarter", kansas, quarters, "2010Q1", log=False),
        _panel("conversions by day", metros, range(1, 91), 77, log=True),
        _panel("Spanish regions", spain, range(1955, 1980), 1975, log=True),
        _panel("OECD", oecd, range(1971, 1990), 1985, log=True),
        _bundled(
            "US real GDP", ["us_gdp_real_v2025_03_usd2017", "us_population"],
            "log(us_gdp_real_v2025_03_usd2017 / us_population)", (1998, 2017), 2013,
        ),
        _bundled(
            "US CO2", ["us_co2_energy_t", "us_population"], "log(us_co2_energy_t / us_population)", (1990, 2004), 2000,
        ),
        _bundled(
            "US PM2.5", ["us_pm25_popweighted_2010_ug_m3"], "log(us_pm25_popweighted_2010_ug_m3)", (2000, 2016), 2012,
        ),
        _bundled(
            "US commercial power", ["us_sales_commercial_mwh", "us_population"],
            "log(us_sales_commercial_mwh / us_population)", (2003, 2018), 2014,
        ),
        _bundled("Chinese cities", ["city_gdp_volume_index"], "chain(city_gdp_volume_index, 2000)", (2000, 2014), 2010),
        _bundled("Chinese CO2", ["co2_t"], "log(co2_t)", (1997, 2012), 2008),
        _bundled("Chinese wages", ["average_wage_cny"], "log(average_wage_cny)", (2000, 2012), 2008),
        _bundled("Chinese investment", ["capital_formation_cny"], "log(capital_formation_cny)", (1978, 2009), 2005),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------ scenarios

Change = "Callable[[FakePanel, Placebos, int, float], Floats]"
"""From panel, placebos, zone and one margin (with good up) to the paths as they would be."""


def _with(panel: FakePanel, zone: int, added: NDArray[np.floating]) -> Floats:
    paths = panel.paths.copy()
    paths[zone] += added
    return paths


def _effect(times: float) -> Callable[[FakePanel, Placebos, int, float], Floats]:
    def change(panel: FakePanel, _: Placebos, zone: int, margin: float) -> Floats:
        return _with(panel, zone, times * margin * (np.arange(panel.paths.shape[1]) >= panel.before))

    return change


def _line(panel: FakePanel, begins: int, margin: float) -> Floats:
    """Return a line from zero before the period `begins` to one margin in the mean of the window."""
    line: Floats = np.maximum(np.arange(panel.paths.shape[1]) - begins + 1.0, 0.0)
    scaled: Floats = margin * line / line[panel.before :].mean()
    return scaled


def _late(panel: FakePanel, _: Placebos, zone: int, margin: float) -> Floats:
    ahead = 4 if panel.before >= 8 else panel.before // 2
    return _with(panel, zone, _line(panel, panel.before - ahead, margin))


def _old(panel: FakePanel, _: Placebos, zone: int, margin: float) -> Floats:
    return _with(panel, zone, _line(panel, 0, margin))


def _level(panel: FakePanel, _: Placebos, zone: int, margin: float) -> Floats:
    return _with(panel, zone, margin * (np.arange(panel.paths.shape[1]) >= panel.before - 2))


def _dip(panel: FakePanel, _: Placebos, zone: int, margin: float) -> Floats:
    at = np.arange(panel.paths.shape[1])
    return _with(panel, zone, -margin * ((at >= panel.before - 2) & (at < panel.before)))


def _noisy(panel: FakePanel, found: Placebos, zone: int, _: float) -> Floats:
    return _with(panel, zone, found.gaps[zone])


SCENARIOS: dict[str, Callable[[FakePanel, Placebos, int, float], Floats]] = {
    **{name: _effect(times) for name, times in EFFECTS.items()},
    "late divergence": _late,
    "old divergence": _old,
    "level break": _level,
    "dip before": _dip,
    "noisy zone": _noisy,
}


Hits = dict[tuple[str, str, float], list[bool]]
"""Statistic, scenario and least breakdown to whether a gain is shown, for each zone and direction looked at."""


def shares(panel: FakePanel, most: int = 60) -> dict[tuple[str, str, float], float]:
    """Return how often each statistic finds a gain in each scenario, with at least each allowance.

    Parameters
    ----------
    panel
        Whose units are fake zones in turn, with either direction as the good one.
    most
        Zones looked at.

    Returns
    -------
    dict
        Statistic, scenario and least breakdown to the share of zones and directions.
    """
    return _shares([_answers(panel, zones) for zones in (zones_of(panel, most), [])])


def zones_of(panel: FakePanel, most: int) -> list[int]:
    """Return the units that are fake zones in turn: all, or so many evenly spaced by name."""
    units = len(panel.paths)
    return [int(unit) for unit in evenly_spaced(units, most)] if units > most else list(range(units))


def _answers(panel: FakePanel, zones: Sequence[int]) -> Hits:
    """Return the answers on some zones; without any, those on zones chosen for having risen."""
    hits: Hits = {}
    if not zones:
        for _, found, zone, sign in rising(panel, placebos):
            count(hits, "chosen for rising", found, zone, sign)
        return hits
    fits = Refits(panel.paths, panel.before)
    margin = MARGIN * float(fits.plain.mean_gap.std(ddof=1))
    for name, change in SCENARIOS.items():
        for zone in zones:
            for sign in (1, -1):
                found = (
                    with_effect(fits.plain, zone, EFFECTS[name] * sign * margin)
                    if name in EFFECTS
                    else fits.changed(change(panel, fits.plain, zone, sign * margin), zone)
                )
                count(hits, name, found, zone, sign)
    return hits


def _shares(parts: Sequence[Hits]) -> dict[tuple[str, str, float], float]:
    joined: Hits = {}
    for part in parts:
        for key, values in part.items():
            joined.setdefault(key, []).extend(values)
    return {key: float(np.mean(values)) for key, values in joined.items()}


def rising(panel: FakePanel, fit: Callable[[Floats, int], Placebos]) -> Iterator[tuple[Floats, Placebos, int, int]]:
    """Yield paths, placebos, zone and direction where the zone is chosen for the highest last three gaps.

    Parameters
    ----------
    panel
        Of whose units four fifths are drawn each time.
    fit
        Makes placebos of paths and the periods before.
    """
    rng = np.random.default_rng(20160)
    for _ in range(_SUBSETS):
        kept = np.sort(rng.permutation(len(panel.paths))[: round(0.8 * len(panel.paths))])
        found = fit(panel.paths[kept], panel.before)
        for sign in (1, -1):
            late = sign * found.gaps[:, panel.before - 3 : panel.before].mean(axis=1)
            yield panel.paths[kept], found, int(late.argmax()), sign


def count(hits: Hits, name: str, found: Placebos, zone: int, sign: int) -> None:
    """Note what each statistic says of a zone, with at least each allowance."""
    for statistic in EVERY:
        told = answer(found, zone, sign, statistic)
        for least in LEAST:
            hits.setdefault((statistic, name, least), []).append(told.holds(least))


def main() -> None:
    """Print a table for each panel, and the mean over panels."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    tables = {}
    # Those with most units first: the longest of them is not what all wait for at the end.
    found = sorted(panels(), key=lambda panel: -len(panel.paths))
    with ProcessPoolExecutor() as pool:
        told = []
        for panel in found:
            zones = zones_of(panel, most)
            parts = [zones[k : k + _TOGETHER] for k in range(0, len(zones), _TOGETHER)]
            told.append([pool.submit(_answers, panel, part) for part in (*parts, [])])
        for panel, parts_told in zip(found, told, strict=True):
            tables[panel.name] = _shares([part.result() for part in parts_told])
            show(f"{panel.name}: {shape_of(panel)}", tables[panel.name])
    keys = next(iter(tables.values()))
    show("mean over panels", {key: float(np.mean([table[key] for table in tables.values()])) for key in keys})
    show("lowest over panels", {key: min(table[key] for table in tables.values()) for key in keys})
    show("highest over panels", {key: max(table[key] for table in tables.values()) for key in keys})


def shape_of(panel: FakePanel) -> str:
    """Return units, level and periods of a panel in words."""
    units = len(panel.paths)
    return f"{units} units (level {most_ranks(units) / units:.3f}), {panel.before} + {panel.window} periods"


def show(title: str, table: Mapping[tuple[str, str, float], float]) -> None:
    """Print a table: statistics and allowances down, scenarios across."""
    names = list(dict.fromkeys(scenario for _, scenario, _ in table))
    lines = ["", title, f"{'statistic':22} {'b*/D':>5} " + " ".join(f"{name:>15}" for name in names)]
    for statistic in EVERY:
        for least in LEAST:
            cells = " ".join(f"{table[statistic, name, least]:15.3f}" for name in names)
            lines.append(f"{statistic:22} {least:5.2f} {cells}")
    print("\n".join(lines), flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main()

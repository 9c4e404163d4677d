"""A year of cooling at a place: ranges of PUE and WUE over what is assumed, and the hours that explain them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, get_args

import numpy as np

from pilotzone.core import Assumptions, MethodError, Result, Table
from pilotzone.gather import Climate, load_layer
from pilotzone.site.airside import airside
from pilotzone.site.ashrae import HIGHEST, AshraeClass, derated_maximum, hours_without_chiller
from pilotzone.site.climate import modelled_climate
from pilotzone.site.cooling import REGIMES, Weather, waterside
from pilotzone.site.parameters import Airside, CoolingSystem, Waterside, example_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Assumption

    Floats = NDArray[np.float64]

__all__ = [
    "TOWER",
    "AnnualCooling",
    "ClimateDraws",
    "annual_cooling",
    "climate_draws",
    "published_parameters",
]

STRIDE = 5
"""Every fifth hour stands for all: it shares no factor with the hours of a day, so all of them come up alike."""
DRAWS = 6
_HUMIDITIES = 3
"""Stated humidities where nobody measured any: the least, the middle and the greatest that is assumed."""
_CLIMATE = ("height_m", "diurnal_range_k", "day_to_day_sd_k")


@dataclass(frozen=True, eq=False)
class ClimateDraws:
    """Hours of a place under each draw of what is assumed about its climate.

    Attributes
    ----------
    temp_c, pressure_pa
        Shape (draws, hours).
    humidities
        Relative humidities, each of a shape that broadcasts: one where it was measured, else the stated ones.
    height_m
        Height of the place, shape (draws,).
    measured_humidity
        Whether humidity was measured.
    source, notes
        Source and notes of the hours.
    """

    temp_c: Floats
    pressure_pa: Floats
    humidities: tuple[Floats, ...]
    height_m: Floats
    measured_humidity: bool
    source: str
    notes: tuple[str, ...]

    @cached_property
    def class_hours(self) -> dict[str, tuple[float, float]]:
        """ASHRAE class to the least and the greatest share of hours without a chiller; none above 3,050 m."""
        return _class_hours(self)


@dataclass(frozen=True, eq=False)
class AnnualCooling(Result):
    """A year of cooling under one system.

    Attributes
    ----------
    system
        Which one.
    pue, wue
        Least, median and greatest annual mean over draws and humidities; WUE in litres a kWh of IT.
    hours
        Regime to the least and the greatest share of hours.
    free_hours
        ASHRAE class to the least and the greatest share of hours without a chiller; none above 3,050 m, nor where they
        were not asked for.
    parts
        Part of the hall to its mean power beside that of IT, in the median draw.
    """

    system: CoolingSystem
    pue: tuple[float, float, float]
    wue: tuple[float, float, float]
    hours: dict[str, tuple[float, float]]
    free_hours: dict[str, tuple[float, float]]
    parts: dict[str, float]

    def to_table(self) -> Table:
        """Return a row for each quantity, its least and its greatest value."""
        rows: list[tuple[str, float, float]] = [
            ("PUE", self.pue[0], self.pue[2]),
            ("WUE (L/kWh)", self.wue[0], self.wue[2]),
            *((f"hours: {name.replace('_', ' ')}", *ends) for name, ends in self.hours.items()),
            *((f"without a chiller, {name}", *ends) for name, ends in self.free_hours.items()),
        ]
        return Table.from_rows(("quantity", "low", "high"), rows, title=f"A year of cooling, {self.system}")


@lru_cache(maxsize=3)
def published_parameters(system: CoolingSystem) -> dict[str, float]:
    """Return the example parameters of a system that come with the package."""
    layer = load_layer("cooling_parameters")
    rows = layer.rows_where(system=system)
    return {layer.texts["parameter"][k]: float(layer.numbers["value"][k]) for k in rows}


def climate_draws(
    place: str, climate: Climate | Floats, assumptions: Assumptions, *, source: str = "", draws: int = DRAWS
) -> ClimateDraws:
    """Return hours of a place under what is assumed.

    Parameters
    ----------
    place
        Its name in the assumptions.
    climate
        Hours of it, or monthly means in degC, shape (12,).
    assumptions
        Assumptions on height_m, diurnal_range_k and day_to_day_sd_k where there are only monthly means, and of
        rel_humidity where nobody measured it.
    source
        Source of monthly means.
    draws
        How many.

    Raises
    ------
    UsageError
        If something that is needed is not assumed.
    """
    if isinstance(climate, Climate):
        temp, pressure = climate.temp_c[::STRIDE][None], climate.pressure_pa[::STRIDE][None]
        humidity = None if climate.rel_humidity is None else climate.rel_humidity[::STRIDE][None]
        height, origin, notes = np.array([climate.height_m]), climate.source, climate.notes
    else:
        known = [assumptions.of(name, place) for name in _CLIMATE]
        several = _latin(known, draws)
        years = [
            modelled_climate(
                place, climate, height_m=row[0], diurnal_range_k=row[1], day_to_day_sd_k=row[2], source=source
            )
            for row in several.tolist()
        ]
        temp = np.array([year.temp_c[::STRIDE] for year in years])
        pressure = np.array([year.pressure_pa[::STRIDE] for year in years])
        humidity, height, origin = None, several[:, 0], source
        notes = ("Hours are modelled from monthly means, a daily wave and days that deviate.",)
    if humidity is not None:
        return ClimateDraws(temp, pressure, (humidity,), height, measured_humidity=True, source=origin, notes=notes)
    stated = assumptions.of("rel_humidity", place)
    shares = tuple(np.array(share) for share in np.linspace(stated.low, stated.high, _HUMIDITIES))
    return ClimateDraws(temp, pressure, shares, height, measured_humidity=False, source=origin, notes=notes)


def annual_cooling(
    system: CoolingSystem,
    climate: ClimateDraws,
    assumptions: Assumptions,
    *,
    place: str = "",
    draws: int = DRAWS,
    classes: bool = True,
) -> AnnualCooling:
    """Return a year of cooling as ranges over draws of the climate and of the hall, and over humidities.

    Parameters
    ----------
    system
        Air-side or water-side economiser: seawater needs a sea.
    climate
        Hours.
    assumptions
        Assumptions on parameters of the hall; where nothing is assumed, the published example stands.
    place
        Name of the place in the assumptions.
    draws
        How many draws of parameters where the climate has one; else as many as the climate.
    classes
        Whether hours by ASHRAE class are wanted.

    Raises
    ------
    MethodError
        If the system needs the sea.
    UsageError
        If a parameter has neither a published value nor an assumption.
    """
    if system == "seawater":
        raise MethodError("the temperature of the sea is in no weather file.", allowed="airside, waterside")
    hall = _hall(
        system, assumptions, place, max(draws, len(climate.temp_c)) if len(climate.temp_c) == 1 else len(climate.temp_c)
    )
    runs = []
    for share in climate.humidities:
        weather = Weather(climate.temp_c, np.asarray(share), climate.pressure_pa)
        runs.append(airside(hall, weather) if isinstance(hall, Airside) else waterside(hall, weather))
    shape = np.broadcast_shapes(*(run.shape for run in runs))
    pue = np.array([np.broadcast_to(run.pue, shape).mean(axis=1) for run in runs])
    wue = np.array([np.broadcast_to(run.wue, shape).mean(axis=1) for run in runs])
    regimes = np.array([np.broadcast_to(run.regime, shape) for run in runs])
    shares = {name: (regimes == k).mean(axis=2) for k, name in enumerate(REGIMES)}
    middle = np.unravel_index(int(np.argsort(pue, axis=None)[pue.size // 2]), pue.shape)
    chosen = runs[middle[0]]
    parts = {name: float(np.broadcast_to(value, shape)[middle[1]].mean()) for name, value in chosen.power.items()}
    return AnnualCooling(
        system=system,
        pue=_three(pue),
        wue=_three(wue),
        hours={name: (float(value.min()), float(value.max())) for name, value in shares.items()},
        free_hours=climate.class_hours if classes else {},
        parts=parts,
    )


def _hall(system: CoolingSystem, assumptions: Assumptions, place: str, draws: int) -> Airside | Waterside:
    """Return a hall whose assumed parameters are draws, in a column."""
    known = {*published_parameters(system), *TOWER}
    assumed = [entry for name in sorted(known) if (entry := assumptions.get(name, place)) is not None]
    columns = _latin(assumed, draws)
    given = {entry.name: columns[:, k][:, None] for k, entry in enumerate(assumed)}
    hall = example_of(system, published_parameters(system), **given)
    if not isinstance(hall, Airside | Waterside):  # pragma: no cover - seawater is refused before
        raise MethodError(f"a year of {system} needs the sea.")
    return hall


TOWER = ("cycles_of_concentration", "drift_share")


def _latin(known: list[Assumption], draws: int) -> Floats:
    """Return draws from ranges, shape (draws, k): a Latin hypercube, the same whatever the place."""
    # As `scipy.stats.qmc.LatinHypercube` draws them: to load that library takes longer than a year of cooling.
    (rng,) = np.random.default_rng(20160).spawn(1)
    within = rng.uniform(size=(draws, len(known)))
    strata = np.tile(np.arange(1, draws + 1), (len(known), 1))
    for row in strata:
        rng.shuffle(row)
    unit = (strata.T - within) / draws
    low, high = (np.array([getattr(entry, end) for entry in known]) for end in ("low", "high"))
    return np.asarray(low + unit * (high - low))


def _class_hours(climate: ClimateDraws) -> dict[str, tuple[float, float]]:
    if not np.isfinite(climate.height_m).all() or climate.height_m.max() > HIGHEST:
        return {}
    found: dict[str, tuple[float, float]] = {}
    for name in get_args(AshraeClass):
        warm = np.array([[derated_maximum(name, at)] for at in climate.height_m.tolist()])
        shares = np.array(
            [
                np.logical_or(*hours_without_chiller(climate.temp_c, share, climate.pressure_pa, warm, name)).mean(
                    axis=1
                )
                for share in climate.humidities
            ]
        )
        found[name] = (float(shares.min()), float(shares.max()))
    return found


def _three(values: Floats) -> tuple[float, float, float]:
    return float(values.min()), float(np.median(values)), float(values.max())

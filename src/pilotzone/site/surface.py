"""PUE and water of a hall as a function of what is assumed: exact years at a design, and a polynomial between them.

A ranking asks for PUE under many thousands of draws of the same few assumptions. The exact model is run at 256 of them.
What grows in proportion is divided out of each part of the hall's power and water: the heat, pressures and
efficiencies, blow-down and drift. What is left depends on the weather and on a few parameters, and is fitted by a
polynomial of the third degree in them (of the second where they are many). How far it is off is known from leaving out
each year of the design in turn, and held by tests against exact years outside the design.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.gather import Climate
from pilotzone.site.airside import airside
from pilotzone.site.annual import TOWER, AnnualCooling, published_parameters
from pilotzone.site.cooling import REGIMES, Cooling, heat_before, waterside
from pilotzone.site.parameters import Airside, CoolingSystem, Seawater, Waterside, example_of
from pilotzone.site.states import MODELLED, ModelledStates, Stated, states_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Assumption, Assumptions

    Floats = NDArray[np.float64]

__all__ = ["CoolingSurface", "cooling_surface", "even_points"]

_YEARS = 256
_ONLY_FACTORS = ("_pressure", "_efficiency")
_FACTORS = {"ups_efficiency", "distribution_loss", "lighting_share", *TOWER}
"""Parameters by which parts grow in proportion, so that no polynomial has to know of them."""
_PUMPS = {"humidifier": "humidifier_pump"}
"""Parts of power whose pressure and efficiency have another name."""


@dataclass(frozen=True, eq=False)
class CoolingSurface:
    """PUE and WUE of a place under one system, as a function of what is assumed.

    Attributes
    ----------
    system
        Which one.
    entries
        What is assumed, in the order of the design's columns.
    design
        Where in their ranges the exact years lie, shape (years, entries), from 0 to 1.
    power, water
        Part to its mean in each exact year, shape (years,): kW and litres an hour beside 1 kW of IT.
    regimes
        Regime to its share of hours in each exact year.
    powers
        For each term of the polynomial, positions of the entries whose product it is.
    fitted
        ``"power"`` or ``"water"`` and part to the coefficients of the terms.
    error
        Error of PUE and of WUE: root mean square of what leaving out each year in turn misses it by.
    """

    system: CoolingSystem
    entries: tuple[Assumption, ...]
    design: Floats
    power: Mapping[str, Floats]
    water: Mapping[str, Floats]
    regimes: Mapping[str, Floats]
    powers: tuple[tuple[int, ...], ...]
    fitted: Mapping[tuple[str, str], Floats]
    error: tuple[float, float]

    def at(self, units: Mapping[str, Floats]) -> tuple[Floats, Floats]:
        """Return PUE and WUE, shape (K,), given where each assumption lies in its range, name to shape (K,)."""
        given = np.column_stack([units[entry.name] for entry in self.entries])
        values = _values(self.entries, given)
        factors = _factors(self.system, values, self.power, self.water)
        terms = _terms(given, self.powers)
        sums = {"power": _heat(self.system, values), "water": np.zeros(len(given))}
        for (kind, part), coefficients in self.fitted.items():
            sums[kind] = sums[kind] + np.maximum(terms @ coefficients, 0.0) * factors[kind, part]
        return np.asarray(sums["power"]), np.asarray(sums["water"])

    @cached_property
    def pue(self) -> Floats:
        """PUE of the exact years, shape (years,)."""
        return np.asarray(sum(self.power.values()))

    @cached_property
    def wue(self) -> Floats:
        """WUE of the exact years, litres a kWh of IT, shape (years,)."""
        return np.asarray(sum(self.water.values()))

    def annual(self, free_hours: dict[str, tuple[float, float]]) -> AnnualCooling:
        """Return the ranges over the exact years, with hours by ASHRAE class beside them."""
        middle = int(np.argsort(self.pue)[len(self.pue) // 2])
        return AnnualCooling(
            system=self.system,
            pue=(float(self.pue.min()), float(np.median(self.pue)), float(self.pue.max())),
            wue=(float(self.wue.min()), float(np.median(self.wue)), float(self.wue.max())),
            hours={name: (float(value.min()), float(value.max())) for name, value in self.regimes.items()},
            free_hours=free_hours,
            parts={name: float(value[middle]) for name, value in self.power.items()},
        )


def cooling_surface(
    system: CoolingSystem, climate: Climate | Floats, assumptions: Assumptions, *, place: str
) -> CoolingSurface:
    """Return PUE and WUE of a place as a function of what is assumed.

    Parameters
    ----------
    system
        Air-side or water-side economiser.
    climate
        Hours of the place, or monthly means in degC, shape (12,).
    assumptions
        As in `climate_draws` and `annual_cooling`.
    place
        Name of the place in the assumptions.

    Raises
    ------
    UsageError
        If something that is needed is not assumed.
    """
    entries, states = _states(climate, assumptions, place)
    known = set(_published(system))
    entries += [entry for name in sorted(known) if (entry := assumptions.get(name, place)) is not None]
    design = even_points(len(entries), _YEARS)
    values = _values(entries, design)
    hall = _hall(system, {name: column[:, None] for name, column in values.items() if name in known})
    found = _run(hall, states, values)
    shape = np.broadcast_shapes(found.regime.shape, (_YEARS, 1))
    power, water = (
        {part: np.broadcast_to(value, shape).mean(axis=1) for part, value in parts.items()}
        for parts in (found.power, found.water)
    )
    regimes = {name: np.broadcast_to(found.regime == k, shape).mean(axis=1) for k, name in enumerate(REGIMES)}
    powers = _powers(entries)
    fitted, error = _fit(system, values, power, water, _solution(len(entries), powers))
    return CoolingSurface(system, tuple(entries), design, power, water, regimes, powers, fitted, error)


def _states(
    climate: Climate | Floats, assumptions: Assumptions, place: str
) -> tuple[list[Assumption], Stated | ModelledStates]:
    """Return what is assumed about the weather, and its states."""
    if isinstance(climate, Climate):
        states = states_of(climate)
        return ([assumptions.of("rel_humidity", place)] if states.rel_humidity is None else []), states
    entries = [assumptions.of(name, place) for name in (*MODELLED, "rel_humidity")]
    return entries, ModelledStates.of(climate, entries[1], entries[2])


def even_points(columns: int, count: int) -> Floats:
    """Return points that fill the unit cube evenly, shape (count, columns), the same every time.

    Multiples of powers of one over the root of x ** (columns + 1) = x + 1, less their whole parts (Roberts 2018, "The
    unreasonable effectiveness of quasirandom sequences"): nothing has to be loaded for them.
    """
    root = 2.0
    for _ in range(60):
        root = (1 + root) ** (1 / (columns + 1))
    return np.asarray((0.5 + np.outer(np.arange(1, count + 1), root ** -np.arange(1.0, columns + 1))) % 1)


def _values(entries: Sequence[Assumption], units: Floats) -> dict[str, Floats]:
    return {entry.name: entry.low + units[:, k] * (entry.high - entry.low) for k, entry in enumerate(entries)}


def _hall(system: CoolingSystem, given: Mapping[str, Floats]) -> Airside | Waterside:
    hall = example_of(system, published_parameters(system), **given)
    assert not isinstance(hall, Seawater)  # noqa: S101 - the sea is refused before
    return hall


def _run(hall: Airside | Waterside, states: Stated | ModelledStates, values: Mapping[str, Floats]) -> Cooling:
    weather = states.at(values)
    return airside(hall, weather) if isinstance(hall, Airside) else waterside(hall, weather)


@lru_cache(maxsize=2)
def _published(system: CoolingSystem) -> dict[str, float]:
    """Return the published parameters by the hall's own names; what the source lacks is assumed and never read here."""
    hall = example_of(system, published_parameters(system), cycles_of_concentration=2.0, drift_share=0.0)
    return {item.name: float(getattr(hall, item.name)) for item in fields(hall)}


def _parameter(system: CoolingSystem, values: Mapping[str, Floats], name: str) -> Floats:
    return values[name] if name in values else np.asarray(_published(system)[name])


def _heat(system: CoolingSystem, values: Mapping[str, Floats]) -> Floats:
    names = ("ups_efficiency", "distribution_loss", "lighting_share")
    return heat_before(*(_parameter(system, values, name) for name in names))


def _factors(
    system: CoolingSystem, values: Mapping[str, Floats], power: Mapping[str, Floats], water: Mapping[str, Floats]
) -> dict[tuple[str, str], Floats]:
    """Return what each part of the cooling grows in proportion to."""

    def of(name: str) -> Floats:
        return _parameter(system, values, name)

    heat = _heat(system, values)
    found = {}
    for part in power:
        pump = _PUMPS.get(part, part)
        if part == "chiller":
            found["power", part] = heat
        elif part not in _NO_COOLING:
            found["power", part] = heat * of(f"{pump}_pressure") / of(f"{pump}_efficiency")
    if "crac_fan" in power:
        found["power", "crac_fan"] = found["power", "crac_fan"] / of("delta_t_air")
    for part in water:
        found["water", part] = heat
    found["water", "blow_down"] = heat / (of("cycles_of_concentration") - 1)
    found["water", "drift"] = heat * of("drift_share")
    return found


_NO_COOLING = ("it", "ups", "distribution", "lighting")


def _powers(entries: Sequence[Assumption]) -> tuple[tuple[int, ...], ...]:
    """Return the terms of the polynomial: products of up to three entries, or of two where three would be too many."""
    own = [
        k
        for k, entry in enumerate(entries)
        if entry.low < entry.high and entry.name not in _FACTORS and not entry.name.endswith(_ONLY_FACTORS)
    ]
    for degree in (3, 2, 1):
        found = tuple(product for size in range(degree + 1) for product in combinations_with_replacement(own, size))
        if len(found) <= _YEARS // 2:
            return found
    return ((),)  # pragma: no cover - the systems have fewer parameters


def _terms(units: Floats, powers: Sequence[tuple[int, ...]]) -> Floats:
    """Return the terms at some points, shape (K, terms)."""
    scaled = 2 * units - 1
    made: dict[tuple[int, ...], Floats] = {(): np.ones(len(units))}
    for product in powers:
        if product:
            made[product] = made[product[:-1]] * scaled[:, product[-1]]
    return np.column_stack([made[product] for product in powers])


@dataclass(frozen=True, eq=False)
class _Solution:
    """What turns values at the design into coefficients, and those into what the polynomial says there."""

    terms: Floats
    inverse: Floats
    kept: Floats


@lru_cache(maxsize=8)
def _solution(columns: int, powers: tuple[tuple[int, ...], ...]) -> _Solution:
    """Return the least-squares solution of a design, which is the same for all places."""
    terms = _terms(even_points(columns, _YEARS), powers)
    basis, triangle = np.linalg.qr(terms)
    # Of a least-squares fit, leaving a row out divides its residual by one less its leverage.
    return _Solution(terms, np.linalg.solve(triangle, basis.T), 1 - (basis**2).sum(axis=1))


def _fit(
    system: CoolingSystem,
    values: Mapping[str, Floats],
    power: Mapping[str, Floats],
    water: Mapping[str, Floats],
    solution: _Solution,
) -> tuple[dict[tuple[str, str], Floats], tuple[float, float]]:
    """Return coefficients by part, and how far PUE and WUE are off where each year is left out in turn."""
    factors = _factors(system, values, power, water)
    missed = {"power": np.zeros(_YEARS), "water": np.zeros(_YEARS)}
    fitted = {}
    for kind, part in factors:
        given = (power if kind == "power" else water)[part]
        factor = factors[kind, part]
        share = np.divide(given, factor, out=np.zeros(_YEARS), where=factor > 0)
        fitted[kind, part] = solution.inverse @ share
        missed[kind] += (share - solution.terms @ fitted[kind, part]) / solution.kept * factor
    power_error, water_error = (float(np.sqrt((missed[kind] ** 2).mean())) for kind in ("power", "water"))
    return fitted, (power_error, water_error)

"""The criteria that are computed from the bundled evidence, and how each is to be read."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

from pilotzone.core import UsageError, did_you_mean
from pilotzone.site.criteria import Criterion

__all__ = [
    "ALTERNATIVES",
    "DEFAULT_CRITERIA",
    "KNOWN_CRITERIA",
    "KnownCriterion",
    "check_bounds",
    "counted_twice",
    "known_criterion",
    "with_scale",
]


@dataclass(frozen=True)
class KnownCriterion:
    """A criterion with words for a reader.

    Attributes
    ----------
    criterion
        Name, good direction and unit.
    label
        A few words.
    meaning
        A sentence.
    bounds
        Least and greatest value that can be, in its unit.
    leaning
        What a ranking leans towards where it counts; empty where that goes without saying.
    themes
        What it counts that other criteria may count too.
    """

    criterion: Criterion
    label: str
    meaning: str
    bounds: tuple[float, float]
    leaning: str = ""
    themes: tuple[str, ...] = ()


KNOWN_CRITERIA: dict[str, KnownCriterion] = {
    item.criterion.name: item
    for item in (
        KnownCriterion(
            Criterion("pue", "down", "1"),
            "PUE",
            "Power of the whole campus beside that of its IT, mean of the year: modelled from temperatures, over the "
            "humidities and parameters that are assumed.",
            (1.0, 10.0),
            "for cool and dry air",
            ("climate",),
        ),
        KnownCriterion(
            Criterion("water_l_per_kwh", "down", "L/kWh"),
            "Water",
            "Litres a kWh of IT: on the site, and where its power is made, evaporation of reservoirs among it.",
            (0.0, 1000.0),
            "against hydropower, whose reservoirs evaporate",
            ("hydropower",),
        ),
        KnownCriterion(
            Criterion("water_without_reservoirs_l_per_kwh", "down", "L/kWh"),
            "Water without reservoirs",
            "The same without the evaporation of reservoirs, which not everybody puts down to power.",
            (0.0, 1000.0),
            "against coal with towers",
        ),
        KnownCriterion(
            Criterion("earthquake_30_years", "down", "1"),
            "Earthquake",
            "Probability of one event of magnitude 6 or more within reach in thirty years, as often as 1965 to 2016.",
            (0.0, 1.0),
            "for few earthquakes in fifty years, which is not the same as safe ground",
        ),
        KnownCriterion(
            Criterion("heat_c", "down", "degC"),
            "Heat",
            "Highest dry bulb of any month at the region's stations: from the coolest station to the hottest.",
            (-60.0, 60.0),
            "for cool summers",
            ("climate",),
        ),
        KnownCriterion(
            Criterion("grid_kg_per_kwh", "down", "kg/kWh"),
            "Carbon of the grid",
            "Average CO2 of a kWh from the grid; the two years that are known.",
            (0.0, 2.0),
            "for hydropower, nuclear power, wind and sun",
            ("hydropower",),
        ),
        KnownCriterion(
            Criterion("hydro_in_a_dry_year", "up", "1"),
            "Hydro in a dry year",
            "Hydro power's share of all generation times what the driest year left of its trend.",
            (0.0, 1.0),
            "for hydropower",
            ("hydropower",),
        ),
        KnownCriterion(
            Criterion("plants_gw", "up", "GW"),
            "Plants within reach",
            "Capacity of power plants within 150 km, without wind and sun, which the source has badly incomplete.",
            (0.0, 1000.0),
            "for regions with large plants, coal-fired ones too, and against wind and sun, which are not counted",
        ),
        KnownCriterion(
            Criterion("gdp_gap", "down", "1"),
            "GDP per head",
            "GDP per head beside the national mean, less one: lower is poorer, which a zone for a poor region wants.",
            (-1.0, 50.0),
            "for poor regions: a judgement on what a zone is for",
        ),
    )
}
"""By name."""

DEFAULT_CRITERIA = (
    "pue",
    "water_l_per_kwh",
    "earthquake_30_years",
    "heat_c",
    "grid_kg_per_kwh",
    "hydro_in_a_dry_year",
    "plants_gw",
    "gdp_gap",
)
"""What places are ranked on where nothing else is asked for."""

ALTERNATIVES = {"water_l_per_kwh": "water_without_reservoirs_l_per_kwh"}
"""Criteria for which a ranking is shown with another in their place."""


@lru_cache(maxsize=1)
def _scales() -> dict[str, tuple[tuple[float, float], tuple[float, ...]]]:
    text = (resources.files("pilotzone.site") / "bundled" / "scales.toml").read_text(encoding="utf-8")
    return {
        name: ((float(entry["low"]), float(entry["high"])), tuple(map(float, entry["reference"])))
        for name, entry in tomllib.loads(text).items()
    }


def with_scale(criterion: Criterion) -> Criterion:
    """Return a criterion of the evidence with the evidence's own scale and reference, where it has none of its own.

    The scale is the range of all figures of China's 31 provinces, the reference the middle of each province's.

    Examples
    --------
    >>> with_scale(Criterion("gdp_gap", "down")).scale is not None
    True
    """
    known = _scales().get(criterion.name)
    if known is None:
        return criterion
    return replace(
        criterion,
        scale=known[0] if criterion.scale is None else criterion.scale,
        reference=known[1] if criterion.reference is None else criterion.reference,
    )


def check_bounds(what: str, name: str, low: float, high: float) -> None:
    """Refuse a figure of a criterion of the evidence that cannot be: a PUE below one, grams given as kilograms.

    Raises
    ------
    UsageError
        If an end lies outside the bounds.
    """
    known = KNOWN_CRITERIA.get(name)
    if known is None or (known.bounds[0] <= low and high <= known.bounds[1]):
        return
    unit = "" if known.criterion.unit == "1" else f" {known.criterion.unit}"
    told = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    raise UsageError(
        f"{name} of {what} is {told}{unit}.",
        allowed=f"{known.bounds[0]:g} to {known.bounds[1]:g}{unit}",
        todo=f"check the figure and its unit: {name} is in {known.criterion.unit}"
        if unit
        else f"check the figure: {name} has no unit",
    )


def counted_twice(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what several criteria of a ranking count, with these criteria.

    Examples
    --------
    >>> counted_twice(["pue", "heat_c", "gdp_gap"])
    {'climate': ('pue', 'heat_c')}
    """
    found: dict[str, list[str]] = {}
    for name in names:
        for theme in KNOWN_CRITERIA[name].themes if name in KNOWN_CRITERIA else ():
            found.setdefault(theme, []).append(name)
    return {theme: tuple(of) for theme, of in found.items() if len(of) > 1}


def known_criterion(name: str) -> KnownCriterion:
    """Return a criterion that is computed from the evidence.

    Raises
    ------
    UsageError
        If there is no such criterion.
    """
    if name not in KNOWN_CRITERIA:
        raise UsageError(
            f"there is no criterion {name!r} in the evidence.{did_you_mean(name, KNOWN_CRITERIA)}",
            allowed=", ".join(KNOWN_CRITERIA),
            todo="give its direction, its unit and figures of your own",
        )
    return KNOWN_CRITERIA[name]

"""The criteria that are computed from the bundled evidence, and how each is to be read."""

from __future__ import annotations

from dataclasses import dataclass

from pilotzone.core import UsageError, did_you_mean
from pilotzone.site.criteria import Criterion

__all__ = ["ALTERNATIVES", "DEFAULT_CRITERIA", "KNOWN_CRITERIA", "KnownCriterion", "known_criterion"]


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
    """

    criterion: Criterion
    label: str
    meaning: str


KNOWN_CRITERIA: dict[str, KnownCriterion] = {
    item.criterion.name: item
    for item in (
        KnownCriterion(
            Criterion("pue", "down", "1"),
            "PUE",
            "Power of the whole campus beside that of its IT, mean of the year: modelled from temperatures, over the "
            "humidities and parameters that are assumed.",
        ),
        KnownCriterion(
            Criterion("water_l_per_kwh", "down", "L/kWh"),
            "Water",
            "Litres a kWh of IT: on the site, and where its power is made, evaporation of reservoirs among it.",
        ),
        KnownCriterion(
            Criterion("water_without_reservoirs_l_per_kwh", "down", "L/kWh"),
            "Water without reservoirs",
            "The same without the evaporation of reservoirs, which not everybody puts down to power.",
        ),
        KnownCriterion(
            Criterion("earthquake_30_years", "down", "1"),
            "Earthquake",
            "Probability of one event of magnitude 6 or more within reach in thirty years, as often as 1965 to 2016.",
        ),
        KnownCriterion(
            Criterion("heat_c", "down", "degC"),
            "Heat",
            "Highest dry bulb of any month at the region's stations: from the coolest station to the hottest.",
        ),
        KnownCriterion(
            Criterion("grid_kg_per_kwh", "down", "kg/kWh"),
            "Carbon of the grid",
            "Average CO2 of a kWh from the grid; the two years that are known.",
        ),
        KnownCriterion(
            Criterion("hydro_in_a_dry_year", "up", "1"),
            "Hydro in a dry year",
            "Hydro power's share of all generation times what the driest year left of its trend.",
        ),
        KnownCriterion(
            Criterion("plants_gw", "up", "GW"),
            "Plants within reach",
            "Capacity of power plants within 150 km, without wind and sun, which the source has badly incomplete.",
        ),
        KnownCriterion(
            Criterion("gdp_gap", "down", "1"),
            "GDP per head",
            "GDP per head beside the national mean, less one: lower is poorer, which a zone for a poor region wants.",
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

"""Need: how poor a place is beside the nation."""

from __future__ import annotations

from pilotzone.gather import evidence_panel
from pilotzone.site.criteria import Criterion
from pilotzone.site.known.record import NO_REGION, Context, Found, KnownCriterion, Located

__all__ = ["CRITERIA"]


def _gdp_gap(own: KnownCriterion, place: Located, context: Context) -> Found:
    if not place.region:
        return own.absent(place, NO_REGION)
    panel = evidence_panel(["gdp_nominal_cny", "population"])
    gdp, people = panel.matrix("gdp_nominal_cny"), panel.matrix("population")
    year = panel.periods[-1] if context.year is None or context.year not in panel.periods else context.year
    column = panel.periods.index(year)
    row = panel.unit_index(place.region)
    mean = gdp[:, column].sum() / people[:, column].sum()
    gap = float(gdp[row, column] / people[row, column] / mean - 1)
    note = f"{year}, current prices; the mean is that of all regions together"
    return Found(own.value(place, gap, gap, note=note))


CRITERIA = (
    KnownCriterion(
        Criterion("gdp_gap", "down", "1"),
        label="GDP per head",
        short="GDP per head",
        meaning="GDP per head beside the national mean, less one: lower is poorer, which a zone for a poor region "
        "wants.",
        bounds=(-1.0, 50.0),
        source="National Bureau of Statistics of China",
        find=_gdp_gap,
        leaning="for poor regions: a judgement on what a zone is for",
        measure="vs mean",
    ),
)
"""Records."""

"""Further values of a place, on which nothing is ranked and which explain those that it is ranked on."""

from __future__ import annotations

from pilotzone.gather import load_layer
from pilotzone.site.criterion_values import CriterionValue
from pilotzone.site.known.heat import STATIONS
from pilotzone.site.known.power import YEARBOOK, dry_year_of, mix_of
from pilotzone.site.known.record import Located

__all__ = ["explanation_of"]


def explanation_of(place: Located, year: int | None) -> tuple[CriterionValue, ...]:
    """Return the mix of power, the driest year and the design temperature of a region; nothing outside the evidence."""
    found: list[CriterionValue] = []

    def add(what: str, low: float, high: float, source: str, *, unit: str = "1", note: str = "") -> None:
        found.append(CriterionValue(place.name, what, low, high, unit, "data", source, note))

    if (mix := mix_of(place, year)) is not None:
        known, shares = mix
        for name, share in shares.items():
            add(f"{name} power", share, share, f"{YEARBOOK}, {known}")
    if (dry := dry_year_of(place)) is not None:
        source = f"{YEARBOOK}, {dry.first} to {dry.last} without 2006"
        add("hydro beside its trend", dry.ratio, dry.ratio, source, note=f"the driest year was {dry.period}")
        add("hydro share over the years", dry.share_low, dry.share_high, source)
    if place.region:
        layer = load_layer("stations")
        values = layer.numbers["cooling_design_c"][layer.rows_where(region=place.region)]
        add("cooling design dry bulb", float(values.min()), float(values.max()), STATIONS, unit="degC")
    return tuple(found)

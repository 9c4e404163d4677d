"""The criteria that are computed from the bundled evidence: the only list of them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources

from pilotzone.core import UsageError, unknown
from pilotzone.site.criteria import Criterion
from pilotzone.site.known import cooling, earthquakes, heat, need, power
from pilotzone.site.known.record import KnownCriterion

__all__ = [
    "ALTERNATIVES",
    "DEFAULT_CRITERIA",
    "KNOWN_CRITERIA",
    "KnownCriterion",
    "check_bounds",
    "completed",
    "counted_twice",
    "known_criterion",
    "with_scale",
]

KNOWN_CRITERIA: dict[str, KnownCriterion] = {
    item.name: item
    for item in (*cooling.CRITERIA, *earthquakes.CRITERIA, *heat.CRITERIA, *power.CRITERIA, *need.CRITERIA)
}
"""By name, in the order in which they are shown."""

DEFAULT_CRITERIA = tuple(name for name, item in KNOWN_CRITERIA.items() if not item.instead_of)
"""What places are ranked on where nothing else is asked for."""

ALTERNATIVES = {item.instead_of: name for name, item in KNOWN_CRITERIA.items() if item.instead_of}
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


def completed(criterion: Criterion) -> Criterion:
    """Return a criterion of the evidence with its unit, its scale and its reference; another one as it is."""
    known = KNOWN_CRITERIA.get(criterion.name)
    unit = criterion.unit if known is None or criterion.unit != "1" else known.criterion.unit
    return with_scale(replace(criterion, unit=unit))


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
        raise unknown(
            "criterion",
            name,
            KNOWN_CRITERIA,
            of="the evidence",
            todo="give its direction, its unit and figures of your own",
            error=UsageError,
        )
    return KNOWN_CRITERIA[name]

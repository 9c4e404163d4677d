"""Which figures are computed from other figures or by a model, and not counted or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import Caveat, SeriesInfo

__all__ = ["MODELLED", "modelled_caveat"]

MODELLED = frozenset(
    {
        "city-co2-not-pollution",
        "co2-not-pollution",
        "investment-price-2019",
        "retail-price-computed",
        "us-co2-not-pollution",
        "us-pm25-satellite",
    }
)
"""Caveats of the evidence that say how figures are computed; series derived from such figures have them as well."""


def modelled_caveat(info: SeriesInfo) -> Caveat | None:
    """Return the caveat that says by what figures are computed or modelled; ``None`` if no caveat says so.

    Examples
    --------
    >>> from pilotzone.gather import load_evidence
    >>> modelled_caveat(load_evidence().of("co2_t").info).name
    'co2-not-pollution'
    >>> modelled_caveat(load_evidence().of("population").info)
    """
    return next((caveat for caveat in info.caveats if caveat.name in MODELLED), None)

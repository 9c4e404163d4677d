"""A year's hours as a few states of the air, each standing for as many hours as any other.

A year of cooling is a mean over hours, so hours that are alike can be put together: hours are sorted by temperature,
those of about one temperature by humidity, and each group of equal size is stood for by its means. What that costs is
held by tests against every hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.gather import Climate
from pilotzone.site.climate import modelled_climate
from pilotzone.site.psychrometrics import pressure_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.core import Assumption
    from pilotzone.site.cooling import Weather

    Floats = NDArray[np.float64]

__all__ = ["MODELLED", "ModelledStates", "Stated", "states_of"]

MODELLED = ("height_m", "diurnal_range_k", "day_to_day_sd_k")
"""What is assumed where only monthly means are known, humidity aside."""
_LEVELS, _DAMP = 146, 6
"""Groups by temperature, which divide the hours of a year; and, where humidity was measured, by humidity in each."""


@dataclass(frozen=True, eq=False)
class Stated:
    """States of measured hours.

    Attributes
    ----------
    temp_c, pressure_pa
        Shape (1, s).
    rel_humidity
        Shape (1, s), or ``None`` where nobody measured it.
    """

    temp_c: Floats
    pressure_pa: Floats
    rel_humidity: Floats | None

    def at(self, values: Mapping[str, Floats]) -> Weather:
        """Return the air under draws of what is assumed, name to shape (K,)."""
        from pilotzone.site.cooling import Weather

        share = values["rel_humidity"][:, None] if self.rel_humidity is None else self.rel_humidity
        return Weather(self.temp_c, share, self.pressure_pa)


def states_of(climate: Climate) -> Stated:
    """Return the states of measured hours."""
    levels = np.array_split(np.argsort(climate.temp_c, kind="stable"), _LEVELS)
    if climate.rel_humidity is None:
        groups = levels
    else:
        humid = climate.rel_humidity
        groups = [
            part for level in levels for part in np.array_split(level[np.argsort(humid[level], kind="stable")], _DAMP)
        ]

    # Groups differ in size by one hour at most; each counts the same.
    def means(values: Floats) -> Floats:
        return np.array([[values[part].mean() for part in groups]])

    share = None if climate.rel_humidity is None else means(climate.rel_humidity)
    return Stated(means(climate.temp_c), means(climate.pressure_pa), share)


@dataclass(frozen=True, eq=False)
class ModelledStates:
    """States of hours that are modelled from monthly means.

    The hours change with the daily range and with how far days deviate. Their sorted means are computed at three
    values of either, and laid between them by parabolas.

    Attributes
    ----------
    daily, days
        Three values each of the daily range and of the deviation of days, K; one where it is certain.
    sorted_c
        Dry bulb of the states at each pair, shape (len(daily), len(days), s).
    """

    daily: Floats
    days: Floats
    sorted_c: Floats

    @classmethod
    def of(cls, monthly_c: Floats, daily: Assumption, days: Assumption) -> ModelledStates:
        """Return the states of monthly means, degC, shape (12,)."""
        ends = [np.unique([entry.low, entry.middle, entry.high]) for entry in (daily, days)]
        hours = [
            [
                modelled_climate("", monthly_c, height_m=0.0, diurnal_range_k=one, day_to_day_sd_k=other, source="")
                for other in ends[1].tolist()
            ]
            for one in ends[0].tolist()
        ]
        found = [[np.sort(year.temp_c).reshape(_LEVELS, -1).mean(axis=1) for year in row] for row in hours]
        return cls(ends[0], ends[1], np.array(found))

    def at(self, values: Mapping[str, Floats]) -> Weather:
        """Return the air under draws of what is assumed, name to shape (K,)."""
        from pilotzone.site.cooling import Weather

        by_day, by_days = (
            _parabolas(nodes, values[name])
            for nodes, name in ((self.daily, "diurnal_range_k"), (self.days, "day_to_day_sd_k"))
        )
        temp = np.einsum("ka,kb,abs->ks", by_day, by_days, self.sorted_c)
        return Weather(temp, values["rel_humidity"][:, None], pressure_at(values["height_m"])[:, None])


def _parabolas(nodes: Floats, at: Floats) -> Floats:
    """Return the weight of each node at each value, shape (K, nodes): Lagrange's polynomials."""
    found = np.ones((len(at), len(nodes)))
    for k, node in enumerate(nodes):
        for other in np.delete(nodes, k):
            found[:, k] *= (at - other) / (node - other)
    return found

"""What a place is exposed to: earthquakes from a catalogue, and heat from stations.

Exposure to earthquakes is a rate, not a hazard map: events of the catalogue within reach, those farther away counting
less, extrapolated to a magnitude by the law of Gutenberg and Richter. It knows nothing of soils, faults or attenuation;
a user's own map of accelerations takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, MethodError, UsageError, distance_km

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["GutenbergRichter", "Quakes", "fit_gutenberg_richter", "quake_rates", "quake_rates_by_reach", "within_years"]

_FEWEST = 30
"""Events below which a slope is not fitted."""
_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Quakes:
    """A catalogue.

    Attributes
    ----------
    latitude, longitude
        Degrees, shape (K,).
    magnitude
        Shape (K,).
    years
        Length of the catalogue.
    complete_from
        Magnitude from which on it is complete: smaller events are left out.
    """

    latitude: Floats
    longitude: Floats
    magnitude: Floats
    years: float
    complete_from: float

    def __post_init__(self) -> None:
        shapes = {np.shape(self.latitude), np.shape(self.longitude), np.shape(self.magnitude)}
        if len(shapes) > 1 or not np.isfinite(np.concatenate([self.latitude, self.longitude, self.magnitude])).all():
            raise DataError(
                "a catalogue has gaps or columns of different length.", allowed="a position and a magnitude each"
            )
        if not self.years > 0:
            raise UsageError(f"a catalogue is {self.years} years long.", allowed="more than 0")


@dataclass(frozen=True)
class GutenbergRichter:
    """The law log10 N = a - b M of yearly numbers N of events of magnitude M and above.

    Attributes
    ----------
    a, b
        Parameters a and b of the law.
    b_error
        Standard error of `b`.
    complete_from
        Magnitude from which on events are counted.
    events
        How many these are.
    """

    a: float
    b: float
    b_error: float
    complete_from: float
    events: int

    def yearly(self, magnitude: float) -> float:
        """Return events a year of a magnitude and above, in the whole catalogue."""
        return float(10 ** (self.a - self.b * magnitude))


def fit_gutenberg_richter(quakes: Quakes, *, step: float = 0.1) -> GutenbergRichter:
    """Return the law by maximum likelihood.

    Parameters
    ----------
    quakes
        The catalogue.
    step
        To which magnitudes are rounded.

    Raises
    ------
    MethodError
        If fewer than 30 events are complete.

    Notes
    -----
    Aki 1965, "Maximum likelihood estimate of b in the formula log N = a - bM and its confidence limits", Bulletin of
    the Earthquake Research Institute 43, 237-239, with Utsu's half step for rounded magnitudes. The error is that of
    Shi and Bolt 1982, "The standard error of the magnitude-frequency b value", Bulletin of the Seismological Society of
    America 72, 1677-1687. Aftershocks are not taken out.
    """
    whole = quakes.magnitude >= quakes.complete_from - step / 1e3
    sizes = quakes.magnitude[whole]
    if len(sizes) < _FEWEST:
        raise MethodError(
            f"{len(sizes)} events are of magnitude {quakes.complete_from:g} and above.",
            allowed=f"{_FEWEST} or more",
            todo="take a longer catalogue, or a larger region",
        )
    least = quakes.complete_from - step / 2
    b = float(np.log10(np.e) / (sizes.mean() - least))
    spread = float(np.sqrt(((sizes - sizes.mean()) ** 2).sum() / (len(sizes) * (len(sizes) - 1))))
    a = float(np.log10(len(sizes) / quakes.years) + b * least)
    return GutenbergRichter(a, b, float(np.log(10) * b**2 * spread), quakes.complete_from, len(sizes))


def quake_rates(
    quakes: Quakes,
    law: GutenbergRichter,
    latitude: ArrayLike,
    longitude: ArrayLike,
    *,
    magnitude: float,
    reach_km: float,
) -> Floats:
    """Return how many events a year are within reach of places.

    Parameters
    ----------
    quakes, law
        The catalogue and its law.
    latitude, longitude
        Latitude and longitude of the places, degrees, shape (m,).
    magnitude
        Events of this magnitude and above.
    reach_km
        Standard deviation of the bell by which distance weighs: an event at no distance counts as one, one at this
        distance as 0.61, at twice as 0.14.

    Returns
    -------
    array
        Shape (m,): all complete events by their weight, times the share of them that reaches the magnitude by the law.

    Raises
    ------
    UsageError
        If the reach is not positive, or the magnitude is below that from which the catalogue is complete.
    """
    if not reach_km > 0:
        raise UsageError(f"earthquakes reach {reach_km:g} km.", allowed="more than 0 km")
    if magnitude < law.complete_from:
        raise UsageError(
            f"events of magnitude {magnitude:g} are asked for, of a catalogue complete from {law.complete_from:g}.",
            allowed=f"{law.complete_from:g} and above",
        )
    whole = quakes.magnitude >= law.complete_from - 1e-9
    at = np.column_stack([np.atleast_1d(latitude), np.atleast_1d(longitude)]).astype(np.float64)
    share = 10 ** (-law.b * (magnitude - law.complete_from))
    found = np.zeros(len(at))
    for part in np.array_split(np.arange(len(at)), max(1, len(at) * int(whole.sum()) // _AT_ONCE)):
        far = distance_km(at[part, :1], at[part, 1:], quakes.latitude[whole], quakes.longitude[whole])
        found[part] = np.exp(-0.5 * (far / reach_km) ** 2).sum(axis=1)
    return np.asarray(found / quakes.years * share)


def quake_rates_by_reach(
    quakes: Quakes,
    law: GutenbergRichter,
    points: Floats,
    *,
    magnitude: float,
    nearest_km: float,
    farthest_km: float,
    nodes: int,
) -> Floats:
    """Return yearly rates as `quake_rates` does, for many reaches at once.

    Parameters
    ----------
    quakes, law, magnitude
        As there.
    points
        Latitude and longitude of m places, degrees, shape (m, 2).
    nearest_km, farthest_km
        The reaches run from the farthest to the nearest, even in one over their square.
    nodes
        How many reaches.

    Returns
    -------
    array
        Shape (m, nodes).
    """
    whole = quakes.magnitude >= law.complete_from - 1e-9
    share = 10 ** (-law.b * (magnitude - law.complete_from))
    steps = np.linspace(1 / farthest_km**2, 1 / nearest_km**2, nodes)
    found = np.empty((len(points), nodes))
    for part in np.array_split(np.arange(len(points)), max(1, len(points) * int(whole.sum()) // _AT_ONCE)):
        far = distance_km(points[part, :1], points[part, 1:], quakes.latitude[whole], quakes.longitude[whole])
        weight = np.exp(-0.5 * steps[0] * far**2)
        # From node to node every weight falls by the same factor.
        fall = np.exp(-0.5 * (steps[1] - steps[0]) * far**2) if nodes > 1 else weight
        for k in range(nodes):
            found[part, k] = weight.sum(axis=1)
            weight *= fall
    return np.asarray(found / quakes.years * share)


def within_years(rate: ArrayLike, years: float) -> Floats:
    """Return the probability of one event or more within some years: 1 - exp(-t / T), T the mean time between events.

    Examples
    --------
    >>> within_years(1 / 475, 50).round(3).tolist()
    0.1
    """
    return np.asarray(-np.expm1(-np.asarray(rate, dtype=np.float64) * years))

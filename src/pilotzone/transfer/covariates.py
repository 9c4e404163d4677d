"""What zones and candidates are described by: moderators that were declared beforehand, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, MethodError, Result, Table, UsageError, listing, shown, unknown
from pilotzone.transfer.synthesis import FEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Described", "Moderator", "check_moderator_count", "check_moderators"]

_NO_VARIATION = 1e-12
_COLLINEAR = 1e-10


@dataclass(frozen=True)
class Moderator(Brief):
    """Something that effects may depend on, and where it was declared before they were looked at.

    Attributes
    ----------
    name
        Name of the covariate.
    unit
        Its unit.
    declared
        Where and when it was declared before effects were looked at, such as ``protocol of 2026-03-01``.
    reason
        Why effects should depend on it.

    Raises
    ------
    UsageError
        If it has no name, or nothing says where it was declared.
    """

    name: str
    unit: str
    declared: str
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise UsageError("a moderator has no name.", allowed="the name of a covariate")
        if not self.declared.strip():
            raise UsageError(
                f"moderator {shown(self.name)} does not say where it was declared.",
                allowed="a protocol and its date: a moderator that is chosen after effects were seen finds itself",
                todo="pool the zones without it",
            )

    @property
    def unit_told(self) -> str:
        """Its unit as text shows it, empty where the unit is ``1``."""
        return "" if self.unit == "1" else self.unit

    @property
    def title(self) -> str:
        """Its name with its unit."""
        return f"{self.name}, {self.unit_told}" if self.unit_told else self.name


@dataclass(frozen=True, eq=False)
class Described(Result):
    """Places with their values on moderators.

    Attributes
    ----------
    places
        m zones or candidates, by name.
    moderators
        q moderators, in the order of columns.
    values
        Shape (m, q), each in its moderator's unit.

    Raises
    ------
    UsageError
        If a place is named twice, shapes do not fit, or a value is missing.
    """

    places: tuple[str, ...]
    moderators: tuple[Moderator, ...]
    values: Floats

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        names = [item.name for item in self.moderators]
        if not self.places or not names or len(set(self.places)) < len(self.places) or len(set(names)) < len(names):
            raise UsageError(
                "places or moderators are missing, or one of them is named twice.", allowed="one or more, each once"
            )
        if values.shape != (len(self.places), len(names)):
            raise UsageError(
                f"values have shape {values.shape}, for {len(self.places)} places and {len(names)} moderators.",
                allowed="a row for each place, a column for each moderator",
            )
        missing = np.argwhere(~np.isfinite(values))
        if len(missing):
            place, name = self.places[missing[0][0]], names[missing[0][1]]
            raise UsageError(f"{shown(place)} has no {shown(name)}.", allowed="a finite number for every place")
        object.__setattr__(self, "values", values)

    def of(self, places: Sequence[str]) -> Floats:
        """Return the values of some places, shape (m, q).

        Raises
        ------
        UsageError
            If one of them is not there.
        """
        for place in places:
            if place not in self.places:
                raise unknown("place", place, self.places, of="the table of moderators", error=UsageError)
        return np.asarray(self.values[[self.places.index(place) for place in places]])

    def to_table(self) -> Table:
        """Return one row per place."""
        columns = {item.name: tuple(self.values[:, k].tolist()) for k, item in enumerate(self.moderators)}
        units = {item.name: item.unit for item in self.moderators}
        return Table({"place": self.places, **columns}, "Places by moderators", units)


def check_moderator_count(zones: int, moderators: Sequence[str]) -> None:
    """Refuse more moderators, given by name, than so many zones can bear; raises `MethodError`."""
    most = zones // FEW
    if len(moderators) > most:
        raise MethodError(
            f"{zones} zones have {len(moderators)} moderator{'s' if len(moderators) > 1 else ''}: "
            f"{listing(moderators)}.",
            allowed=f"one moderator for every {FEW} zones, here {most or 'none'}",
            todo="pool the zones without moderators" if not most else "declare fewer moderators",
        )


def check_moderators(zones: Sequence[str], moderators: Sequence[Moderator], values: Floats) -> None:
    """Refuse more moderators than zones can bear, and those that cannot be told from others.

    Raises
    ------
    MethodError
        If there is more than one moderator per five zones, one does not vary, or one is a combination of others.
    """
    count = len(zones)
    check_moderator_count(count, [item.name for item in moderators])
    spread = np.ptp(values, axis=0)
    size = np.maximum(np.abs(values).max(axis=0), np.finfo(float).tiny)
    for item, own, scale in zip(moderators, spread, size, strict=True):
        if own <= _NO_VARIATION * scale:
            raise MethodError(
                f"moderator {shown(item.name)} does not vary between the {count} zones.",
                allowed="a moderator that differs between zones",
                todo="leave it out: nothing can be learned of it",
            )
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    singular = np.linalg.svd(scaled, compute_uv=False)
    if singular[-1] <= _COLLINEAR * singular[0]:
        raise MethodError(
            f"moderators {listing([item.name for item in moderators])} are combinations of one another.",
            allowed="moderators that vary apart",
            todo="leave one out",
        )

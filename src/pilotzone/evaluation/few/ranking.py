"""Who is ranked beside the treated unit, and who may be a donor for whom.

By default every unit is both. Units of one region often share their shocks: a rank among all of them then counts as
many what are few. Here the rank is taken among a declared part of the units, while donors come from all of them, and a
unit's own group gives it no donors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, MethodError, UsageError, listing
from pilotzone.evaluation.few.weights.material import donor_masks

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import PoolRule

    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["ALL_UNITS", "Ranking"]


@dataclass(frozen=True)
class Ranking(Brief):
    """Units that the treated one is ranked among, and groups whose members are not donors for one another.

    Attributes
    ----------
    among
        Units that could have been the treated one; the others are donors only. Empty for all units. The treated unit
        is always among them, whether it is named or not.
    groups
        Unit to its group, such as a city's province, as a mapping or as pairs. A unit without a group has none in
        common with any other.

    Notes
    -----
    Ranks are exact if the treated unit was as likely to be any one of `among`, and if no unit of the pool has an effect
    under the null. Each of them has its statistic from the same pool by the same rule, all units but itself and its own
    group, so that the statistics do not depend on which of them was treated. This is why the group of the treated unit
    stays in the pool for the others. Nothing is assumed of units that are donors only: they need not be comparable
    with `among`, nor independent of it.
    """

    among: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    _group: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        among: object = self.among
        if isinstance(among, str) or not isinstance(among, tuple | list):
            raise UsageError(f"among is {among!r}.", allowed="names of units, in a list")
        odd = [unit for unit in among if not isinstance(unit, str)]
        twice = sorted({unit for unit in among if list(among).count(unit) > 1})
        if odd or twice:
            names = listing([str(item) for item in odd or twice])
            raise UsageError(f"units that are ranked among: {names}.", allowed="each name once")
        groups: object = self.groups
        pairs = groups.items() if isinstance(groups, Mapping) else self.groups
        object.__setattr__(self, "among", tuple(among))
        object.__setattr__(self, "groups", tuple((str(unit), str(group)) for unit, group in pairs))
        object.__setattr__(self, "_group", dict(self.groups))

    def group_of(self, unit: str) -> str | None:
        """Return the group of a unit, or ``None``."""
        return self._group.get(unit)

    def fellows(self, unit: str, units: Collection[str]) -> frozenset[str]:
        """Return the other units of a unit's group."""
        own = self.group_of(unit)
        return frozenset(other for other in units if own is not None and other != unit and self.group_of(other) == own)

    def rows(self, units: Sequence[str], treated: str) -> Rows:
        """Return the positions of the units that are ranked, the treated one among them.

        Raises
        ------
        MethodError
            If no other unit is ranked.
        """
        wanted = {*self.among, treated} if self.among else set(units)
        found = np.array([k for k, unit in enumerate(units) if unit in wanted], dtype=np.intp)
        if len(found) < 2:  # noqa: PLR2004 - the treated one and one other
            raise MethodError(
                f"no unit is left that {treated!r} can be ranked among.",
                allowed="at least one other unit with figures in every fitted period and the window",
                todo=f"see why these were left out: {listing(self.among, most=4)}" if self.among else "",
            )
        return found

    def masks(self, units: Sequence[str], treated: str, pools: PoolRule) -> Mask:
        """Return who may be a donor for whom, shape (m, m), as `donor_masks` but for groups."""
        found = donor_masks(len(units), list(units).index(treated), pools)
        names = [self.group_of(unit) for unit in units]
        for k, name in enumerate(names):
            if name is not None:
                found[k] &= np.array([other != name for other in names])
        return found


ALL_UNITS = Ranking()
"""Every unit is ranked, and is a donor for every other."""

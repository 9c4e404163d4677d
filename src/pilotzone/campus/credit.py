"""How much firm capacity a supply is worth: equivalent firm capacity, and what of it is there in the worst hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.fleet import Fleet, FleetSource
from pilotzone.campus.given import as_whole, number, numbers
from pilotzone.campus.operation import operate
from pilotzone.campus.outages import LOSS_MW, OutageTable, Unit, loss_of_load, outage_table
from pilotzone.core import Result, Table, UsageError, unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["CapacityCredit", "CapacityCredits", "capacity_credits", "operated_credit", "operated_credits"]

_STRESS_HOURS = 100
_AT_ONCE = 33
_LEAST_MWH = 1e-9
"""Rounding of sums of energy over a year."""
_TIGHT = 1e-9
"""Share of the range at which the search for firm capacity ends."""


@dataclass(frozen=True)
class CapacityCredit:
    """Capacity credit of a supply.

    Attributes
    ----------
    name
        Name of the source.
    capacity_mw
        What is installed.
    firm_mw
        Firm capacity that in its place leaves as much energy unserved; ``None`` where none is lost without it either.
    worst_hours_share
        Mean share of its capacity that is available in the worst hours.
    """

    name: str
    capacity_mw: float
    firm_mw: float | None
    worst_hours_share: float | None

    @property
    def share(self) -> float | None:
        """Firm over installed capacity."""
        return None if self.firm_mw is None or not self.capacity_mw else self.firm_mw / self.capacity_mw


@dataclass(frozen=True, eq=False)
class CapacityCredits(Result):
    """Capacity credits of all supplies.

    Attributes
    ----------
    entries
        One for each.
    worst_hours
        Which hours are the worst, from 0, the worst first.
    unserved_mwh
        Unserved energy of the whole system.
    """

    entries: tuple[CapacityCredit, ...]
    worst_hours: NDArray[np.int64]
    unserved_mwh: float

    def of(self, name: str) -> CapacityCredit:
        """Return the credit of a supply."""
        found = {entry.name: entry for entry in self.entries}
        if name not in found:
            raise unknown("supply", name, found, error=UsageError)
        return found[name]

    def to_table(self) -> Table:
        """Return a row for each supply."""
        rows = [(e.name, e.capacity_mw, e.firm_mw, e.share, e.worst_hours_share) for e in self.entries]
        names = ("supply", "capacity_mw", "firm_mw", "share", "share_in_worst_hours")
        return Table.from_rows(names, rows, title="Capacity credit")


def capacity_credits(
    units: Sequence[Unit],
    load_mw: ArrayLike,
    *,
    profiles: Mapping[str, tuple[float, ArrayLike]] | None = None,
    worst_hours: int = _STRESS_HOURS,
) -> CapacityCredits:
    """Return the capacity credit of each kind of unit and of each profile, by convolution.

    Parameters
    ----------
    units
        Units that fail.
    load_mw
        MW, shape (hours,).
    profiles
        Name to capacity, MW, and its share available in each hour, shape (hours,): wind, PV or water of the year.
    worst_hours
        How many hours count as the worst: those with most expected unserved energy, the higher load first.

    Raises
    ------
    DataError
        If a load or a profile has a gap or another length.
    """
    load = numbers(load_mw, "load, MW", low=0.0)
    shares = {
        name: numbers(values, f"profile of {name!r}", low=0.0, high=1.0, size=len(load))
        for name, (_, values) in (profiles or {}).items()
    }
    sizes = {name: number(size, f"capacity of {name!r}, MW") for name, (size, _) in (profiles or {}).items()}
    given = {name: sizes[name] * share for name, share in shares.items()}
    firm = sum(given.values(), np.zeros(len(load)))
    table = outage_table(units)
    whole = loss_of_load(table, load, firm_mw=firm)
    order = np.lexsort((-load, -whole.unserved_mwh))[: as_whole(worst_hours, "worst hours", low=1)]
    entries = []
    for k, unit in enumerate(units):
        others = _table_of([*units[:k], *units[k + 1 :]])
        size = unit.capacity_mw * unit.count
        mean = sum(mw * chance for mw, chance in unit.states) / unit.capacity_mw if unit.capacity_mw else None
        entries.append(CapacityCredit(unit.name, size, _firm(others, load, firm, whole.eens_mwh, size), mean))
    for name, output in given.items():
        worth = _firm(table, load, firm - output, whole.eens_mwh, sizes[name])
        entries.append(CapacityCredit(name, sizes[name], worth, float(shares[name][order].mean())))
    return CapacityCredits(tuple(entries), order, whole.eens_mwh)


def operated_credit(
    fleet: Fleet, load_mw: ArrayLike, name: str, *, months: ArrayLike | None = None, weights: ArrayLike | None = None
) -> CapacityCredit:
    """Return the capacity credit of a source or a reservoir in operation without foresight.

    Parameters
    ----------
    fleet
        Capacities and rules.
    load_mw
        MW, shape (hours,) or (scenarios, hours).
    name
        Name of the source or reservoir.
    months
        As in `operate`.
    weights
        Weights of scenarios; equal if left out.

    Notes
    -----
    The supply is taken out, and a source that never fails is put in its place, last in order of cost, until as much is
    unserved. The share in the worst hours is that of its capacity which it could give where load was lost.
    """
    return operated_credits(fleet, load_mw, (name,), months=months, weights=weights)[0]


def operated_credits(
    fleet: Fleet,
    load_mw: ArrayLike,
    names: Sequence[str],
    *,
    months: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> tuple[CapacityCredit, ...]:
    """Return the capacity credits of several sources or reservoirs, as `operated_credit` does for each.

    Parameters
    ----------
    fleet, load_mw, months, weights
        As for `operated_credit`.
    names
        Names of sources and reservoirs.
    """
    chance = None if weights is None else numbers(weights, "weights of scenarios", low=0.0)
    sizes = {source.name: source.capacity_mw for source in fleet.sources}
    sizes |= {item.name: item.turbine_mw for item in fleet.reservoirs}
    for name in names:
        if name not in sizes:
            raise unknown("supply", name, sizes, error=UsageError, of="the fleet")
    if not names:
        return ()
    whole = operate(fleet, load_mw, months=months, keep=True)
    target = float(np.average(whole.lost_mwh, weights=chance))
    series = np.asarray(load_mw, dtype=np.float64)
    if _one_scenario(fleet, series):
        some = {name: sizes[name] for name in names}
        shares = _firm_shares(lambda tried: _lost_with(fleet, series, months, some, tried), len(names), target)
        worth = [None if share is None else sizes[name] * share for name, share in zip(names, shares, strict=True)]
    else:
        worth = [_firm_by_halves(fleet, load_mw, months, name, sizes[name], target, chance) for name in names]
    return tuple(
        CapacityCredit(
            name, sizes[name], firm, _share_where_lost(fleet, whole.dispatch, name, sizes[name], chance)
        )
        for name, firm in zip(names, worth, strict=True)
    )  # fmt: skip


def _firm_source(fleet: Fleet, size: float) -> FleetSource:
    """Return a source that never fails, last in order of cost.

    It is not a backup: batteries may be charged from it, as from what it stands for.
    """
    dear = 1 + max(float(np.max(cost)) for cost, _ in fleet.priced.values())
    return FleetSource("firm capacity", size, marginal_cost=dear)


def _firm_by_halves(
    fleet: Fleet,
    load: ArrayLike,
    months: ArrayLike | None,
    name: str,
    size: float,
    target: float,
    chance: Floats | None,
) -> float | None:
    """Return the firm capacity that is worth as much as a supply in several scenarios."""
    others = tuple(item for item in fleet.sources if item.name != name)
    dams = tuple(item for item in fleet.reservoirs if item.name != name)

    def unserved(firm: float) -> float:
        some = replace(fleet, sources=(*others, _firm_source(fleet, firm)), reservoirs=dams)
        return float(np.average(operate(some, load, months=months).lost_mwh, weights=chance))

    return _least(unserved, target, size, tight=1e-4) if unserved(0.0) > 0 else None


def _lost_with(
    fleet: Fleet, load: Floats, months: ArrayLike | None, sizes: Mapping[str, float], shares: Floats
) -> Floats:
    """Return what is lost with firm capacity in the place of supplies, (names, shares): scenarios of one run.

    Parameters
    ----------
    fleet, load, months
        Fleet, load and months of one scenario.
    sizes
        Name of each supply that is taken out in its turn to its capacity, MW.
    shares
        The same as firm capacity, (names, shares).
    """
    count, tried, hours = *shares.shape, len(load)
    there = {name: np.repeat(np.arange(count) != k, tried)[:, None] for k, name in enumerate(sizes)}
    largest = max(sizes.values()) or 1.0
    firm = (shares * np.array([*sizes.values()])[:, None] / largest).reshape(-1, 1)
    source = replace(_firm_source(fleet, largest), availability=np.broadcast_to(firm, (len(firm), hours)))

    def available(name: str, share: ArrayLike) -> ArrayLike:
        here = np.asarray(share, dtype=np.float64)
        return there[name] * np.broadcast_to(here, hours) if name in there else share

    some = replace(
        fleet,
        sources=(*(replace(i, availability=available(i.name, i.availability)) for i in fleet.sources), source),
        reservoirs=tuple(replace(i, availability=available(i.name, i.availability)) for i in fleet.reservoirs),
    )
    return operate(some, load, months=months).lost_mwh.reshape(count, tried)


def _one_scenario(fleet: Fleet, load: Floats) -> bool:
    """Return whether nothing differs between scenarios."""
    given = [load, *(source.availability for source in fleet.sources), *(item.inflow_mwh for item in fleet.reservoirs)]
    return all(np.ndim(values) < 2 for values in given)  # noqa: PLR2004 - (scenarios, hours)


def _firm_shares(unserved: Callable[[Floats], Floats], count: int, target: float) -> list[float | None]:
    """Return the least share of each supply's capacity that leaves no more unserved than the target.

    ``None`` where nothing is lost without the supply. A run of an operation takes about as long for a hundred scenarios
    as for one: two runs find what a search by halves finds in ten. A supply is worth no more than as much capacity that
    never fails.
    """
    low, high = np.zeros(count), np.ones(count)
    needed = np.ones(count, dtype=bool)
    for turn in range(2):
        shares = np.linspace(low, high, _AT_ONCE, axis=1)
        lost = unserved(shares)
        if turn == 0:
            needed = lost[:, 0] > 0
        enough = lost <= target + _LEAST_MWH
        first = np.where(enough.any(axis=1), enough.argmax(axis=1), _AT_ONCE - 1)[:, None]
        low = np.take_along_axis(shares, np.maximum(first - 1, 0), axis=1)[:, 0]
        high = np.take_along_axis(shares, first, axis=1)[:, 0]
    return [share if has else None for share, has in zip(high.tolist(), needed.tolist(), strict=True)]


def _share_where_lost(
    fleet: Fleet, kept: Mapping[str, Floats], name: str, size: float, chance: Floats | None
) -> float | None:
    """Return the mean share of a supply that is available where load is lost, from every hour of the fleet's operation.

    ``None`` where no load is lost.
    """
    lost = (kept["unserved"] > LOSS_MW) * (np.ones((1, 1)) if chance is None else chance[:, None])
    if lost.sum() <= 0 or not size:
        return None
    source = {item.name: item for item in fleet.sources}.get(name)
    # In such an hour a reservoir gives all that it can.
    share = kept[name] / size if source is None else np.asarray(source.availability, dtype=np.float64)
    return float(np.average(np.broadcast_to(share, lost.shape), weights=lost))


def _table_of(units: Sequence[Unit]) -> OutageTable:
    """Return a table, of nothing where there is no unit."""
    if not sum(unit.count for unit in units):
        return OutageTable(np.zeros(1), np.ones(1))
    return outage_table(units)


def _firm(table: OutageTable, load: Floats, firm: Floats, target: float, most: float) -> float | None:
    def unserved(extra: float) -> float:
        return loss_of_load(table, load, firm_mw=np.maximum(firm, 0.0) + extra).eens_mwh

    if unserved(0.0) <= 0:
        return None
    return _least(unserved, target, most, tight=_TIGHT)


def _least(unserved: Callable[[float], float], target: float, most: float, *, tight: float) -> float:
    """Return the least firm capacity that leaves no more unserved than the target."""
    low, high = 0.0, most
    if unserved(low) <= target:
        return low
    while unserved(high) > target:
        low, high = high, 2 * high
    while high - low > tight * most:
        middle = (low + high) / 2
        low, high = (low, middle) if unserved(middle) <= target else (middle, high)
    return high

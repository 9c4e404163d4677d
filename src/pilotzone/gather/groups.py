"""Means over the units of a group, such as the cities of a province: of all of them, or of all but each one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, Panel, UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import SeriesInfo

    Floats = NDArray[np.float64]

__all__ = ["group_means", "others_of_group"]


def group_means(
    panel: Panel, groups: Mapping[str, str], *, fewest: int = 1, labels: Mapping[str, str] | None = None
) -> Panel:
    """Return a panel whose units are groups, each series the plain mean over a group's units.

    Parameters
    ----------
    panel
        Series of shape (N, T).
    groups
        Unit to its group; a unit without one takes no part.
    fewest
        Units that a mean needs; a group with fewer has no figures in that series.
    labels
        Group to words for a reader.

    Returns
    -------
    Panel
        The same series, sources, breaks and caveats; breaks and caveats of some units are those of their groups. A
        mean is over the same units in all periods: a unit that lacks a figure in a period in which another unit of its
        group has one is left out, since a mean whose units change is not a path.

    Raises
    ------
    DataError
        If no unit has a group, or no group has enough units with figures.

    Examples
    --------
    >>> from pilotzone.core import SeriesInfo
    >>> values = {"y": np.array([[1.0, 2.0], [3.0, 6.0], [5.0, np.nan], [7.0, 7.0]])}
    >>> panel = Panel(tuple("ABCD"), (2001, 2002), values, {"y": SeriesInfo("y", "y", "1")})
    >>> means = group_means(panel, {"A": "north", "B": "north", "C": "north", "D": "south"}, fewest=2)
    >>> means.units, means.matrix("y").tolist()
    (('north', 'south'), [[2.0, 4.0], [nan, nan]])
    """
    members = _members(panel, groups)
    if not members:
        raise DataError("no unit of the data has a group.", allowed="a group for each unit that takes part")
    names = tuple(sorted(members))
    values = {
        name: np.array([_mean(matrix[members[group]], fewest) for group in names])
        for name, matrix in panel.values.items()
    }
    if all(np.isnan(matrix).all() for matrix in values.values()):
        raise DataError(
            f"all groups have fewer than {fewest} units with figures.",
            allowed=f"groups of {fewest} or more units that have figures in the same periods",
        )
    infos = {name: _moved(info, groups) for name, info in panel.series.items()}
    return Panel(
        names, panel.periods, values, infos, {name: (labels or {}).get(name, name) for name in names}, panel.told
    )


def others_of_group(panel: Panel, groups: Mapping[str, str], definitions: Mapping[str, str], fewest: int = 1) -> Panel:
    """Return the panel with series that are, for each unit, the mean over the other units of its group.

    Parameters
    ----------
    panel, groups, fewest
        As in `group_means`, units counted without the one itself.
    definitions
        Name of the new series to the one that it is made from. A unit that has no figure in that one has none in the
        new one.

    Raises
    ------
    UsageError
        If a series is not there, or a name is taken.

    Examples
    --------
    >>> from pilotzone.core import SeriesInfo
    >>> values = {"y": np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])}
    >>> panel = Panel(tuple("ABC"), (2001, 2002), values, {"y": SeriesInfo("y", "y", "1")})
    >>> others_of_group(panel, dict.fromkeys("ABC", "north"), {"rest": "y"}).matrix("rest").tolist()
    [[4.0, 5.0], [3.0, 3.0], [2.0, 4.0]]
    """
    members = _members(panel, groups)
    values, infos = dict(panel.values), dict(panel.series)
    for name, source in definitions.items():
        if source not in panel.series:
            raise unknown("series", source, sorted(panel.series), of="the panel", error=UsageError)
        if name in panel.series:
            raise UsageError(
                f"{name!r} is defined, but there is a series of that name already.", todo="give it another name"
            )
        matrix = panel.matrix(source)
        found = np.full_like(matrix, np.nan)
        own = ~np.isnan(matrix).all(axis=1)
        for k in np.flatnonzero(own):  # a unit without figures of its own has no other ones either
            unit = panel.units[k]
            found[k] = _mean(matrix[[row for row in members.get(groups.get(unit, ""), ()) if row != k]], fewest)
        info = _widened(panel.series[source], groups, panel.units)
        label = f"{info.label}: mean of the group's other units"
        values[name], infos[name] = found, replace(info, name=name, label=label, formula=f"others_of_group({source})")
    return Panel(panel.units, panel.periods, values, infos, panel.labels, panel.told)


def _members(panel: Panel, groups: Mapping[str, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for k, unit in enumerate(panel.units):
        if unit in groups:
            found.setdefault(groups[unit], []).append(k)
    return found


def _mean(rows: Floats, fewest: int) -> Floats:
    """Return the mean over the rows that have a figure wherever any row has one."""
    there = ~np.isnan(rows)
    seen = there.any(axis=0)
    whole = there[:, seen].all(axis=1) & seen.any()
    if int(whole.sum()) < max(fewest, 1):
        return np.full(rows.shape[1], np.nan)
    found: Floats = rows[whole].mean(axis=0)
    return found


def _moved(info: SeriesInfo, groups: Mapping[str, str]) -> SeriesInfo:
    """Return a series' description with breaks and caveats of units as those of their groups."""

    def moved(regions: Sequence[str]) -> tuple[str, ...]:
        # What concerns none that has a group concerns nobody here; an empty list would mean everybody.
        return tuple(dict.fromkeys(groups.get(region, region) for region in regions))

    return replace(
        info,
        formula=f"mean({info.formula or info.name})",
        breaks=tuple(replace(item, regions=moved(item.regions)) for item in info.breaks),
        caveats=tuple(replace(item, regions=moved(item.regions)) for item in info.caveats),
    )


def _widened(info: SeriesInfo, groups: Mapping[str, str], units: Sequence[str]) -> SeriesInfo:
    """Return a series' description with breaks of units as those of all that have them in their mean."""

    def wide(regions: Sequence[str]) -> tuple[str, ...]:
        hit = {groups[region] for region in regions if region in groups}
        return tuple(unit for unit in units if groups.get(unit) in hit) or tuple(regions)

    return replace(
        info,
        breaks=tuple(replace(item, regions=wide(item.regions)) for item in info.breaks),
        caveats=tuple(replace(item, regions=wide(item.regions)) for item in info.caveats),
    )

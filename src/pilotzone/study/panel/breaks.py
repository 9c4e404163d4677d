"""Breaks in a panel's columns: what is compared over time, and units that are left out for a break of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core import DataError, SeriesInfo, StudyError, listing
from pilotzone.store import PanelView, kept_units
from pilotzone.study.runs.breaks import (
    Spanned,
    Use,
    check_dates,
    check_known,
    check_names,
    dated_break,
    left_out,
    refuse,
    spanned,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core import Break, Outcome, Panel
    from pilotzone.store import Engine, PanelFacts, UnitBatch
    from pilotzone.study.panel.file import PanelStudySpec

__all__ = ["Heeded", "heed_breaks", "uses_of"]


@dataclass(frozen=True)
class Heeded:
    """A panel of which breaks were heeded.

    Attributes
    ----------
    panel
        The panel, without the units that are left out.
    found
        Breaks that figures are compared across, and what follows from each.
    breaks
        Those of each outcome, for its chart.
    """

    panel: Engine
    found: tuple[Spanned, ...] = ()
    breaks: Mapping[str, tuple[Break, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Named:
    """A kernel that finds which of some units there are."""

    units: tuple[str, ...]

    def take(self, batch: UnitBatch) -> frozenset[str]:
        """Return those of one batch."""
        import pyarrow.compute as pc

        return frozenset(pc.cast(batch.keys, "string").filter(_among(batch, self.units)).to_pylist())

    def merge(self, one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
        """Return those of both."""
        return one | other


@dataclass(frozen=True)
class _Without:
    """A panel without some units."""

    units: tuple[str, ...]

    def __call__(self, batch: UnitBatch) -> UnitBatch:
        """Return the units that are left."""
        import numpy as np

        return kept_units(batch, ~np.asarray(_among(batch, self.units)))


def _among(batch: UnitBatch, units: Sequence[str]) -> NDArray[np.bool_]:
    """Return which units of a batch are among those named, shape (n,)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if batch.keys is None:
        raise DataError("the panel's units have no names here.", todo="leave out regions of breaks")
    found: NDArray[np.bool_] = pc.is_in(
        pc.cast(batch.keys, "string"), value_set=pa.array(list(units), "string")
    ).to_numpy(zero_copy_only=False)
    return found


def heed_breaks(panel: Engine, spec: PanelStudySpec) -> Heeded:
    """Look for breaks in a panel of the user's own before anything is estimated.

    Units that alone have a severe one are left out.

    A panel is compared from the first to the last period in which an outcome is there. Reads it once where there are
    breaks, as estimation does, and not at all where there are none.

    Raises
    ------
    StudyError
        If a severe break concerns all units, or a break names what is not in the panel or is dated outside it.
    """
    if not spec.breaks:
        spanned((), {}, spec.accepted)  # which names what is accepted and is not known
        return Heeded(panel)
    outcomes = [item.name for item in spec.outcomes]
    check_names(spec.breaks, ())
    for item in spec.breaks:
        check_known(item, "series", item.series, outcomes)
    facts = panel.row_facts() if spec.panel.cross_sections else panel.facts()
    infos = _infos(spec, facts)
    there = _regions_there(panel, spec, infos)
    uses = [use for info in infos.values() if (use := _use(info, facts, there)) is not None]
    found = spanned(uses, infos, spec.accepted)
    refuse(found)
    units = tuple(left_out(uses, spec.accepted))
    kept = PanelView(panel, _Without(units)) if units else panel
    # A break that only units have which are left out is none of what is drawn.
    drawn = {
        name: tuple(item for item in info.breaks if not item.regions or not set(item.regions) <= set(units))
        for name, info in infos.items()
    }
    return Heeded(kept, found, drawn)


def uses_of(panel: Panel, outcomes: Sequence[Outcome], cohorts: Mapping[str, int]) -> list[Use]:
    """Return what a panel of the evidence compares over time: each outcome, from its first figures to the last ones.

    Parameters
    ----------
    panel
        Panel of the regions that take part and the periods of the study.
    outcomes
        On what effects are estimated.
    cohorts
        Treated region to the first year of treatment: the policy that begins there then is what is studied.
    """
    import numpy as np

    found = []
    for outcome in outcomes:
        seen = np.flatnonzero(~np.isnan(panel.matrix(outcome.name)).all(axis=0)).tolist()
        if seen:
            ends = panel.periods[seen[0]], panel.periods[seen[-1]]
            info = panel.series[outcome.name]
            what = f"outcome {outcome.name!r}"
            found.append(Use(what, info, *ends, (), panel.units, dates=tuple(cohorts.items())))
    return found


def _regions_there(panel: Engine, spec: PanelStudySpec, infos: Mapping[str, SeriesInfo]) -> frozenset[str]:
    """Return which units that breaks name there are in the panel; refuse one that the study names and is not there."""
    found = [item for info in infos.values() for item in info.breaks]
    regions = tuple(dict.fromkeys(unit for item in found for unit in item.regions))
    if not regions:
        return frozenset()
    if spec.panel.cross_sections:
        raise StudyError(
            "breaks: regions are units of the panel, and with panel.cross_sections each row is a unit of its own.",
            todo="take the rows concerned out of the panel, or leave regions out",
        )
    there = panel.carry(_Named(regions))
    absent = [unit for item in spec.breaks for unit in item.regions if unit not in there]
    if absent:
        raise StudyError(
            f"breaks: regions name {listing([repr(unit) for unit in absent])}, not in column {spec.panel.unit!r}.",
            allowed="units of the panel, as they are written there",
        )
    return there


def _infos(spec: PanelStudySpec, facts: PanelFacts) -> dict[str, SeriesInfo]:
    found = {}
    for item in spec.outcomes:
        outcome = item.outcome()
        own = [dated_break(one, facts.frequency) for one in spec.breaks if item.name in one.series]
        seen = _seen(item.name, facts)
        for one in own:
            check_dates(one, seen)
        breaks = tuple(sorted(own, key=lambda one: (one.first, one.last, one.name)))
        found[item.name] = SeriesInfo(item.name, outcome.title, outcome.unit, breaks=breaks)
    return found


def _use(info: SeriesInfo, facts: PanelFacts, there: frozenset[str]) -> Use | None:
    """Return what is compared of an outcome; nothing where it is not there at all."""
    seen = _seen(info.name, facts)
    if not seen:
        return None
    units = tuple(dict.fromkeys(unit for item in info.breaks for unit in item.regions if unit in there))
    return Use(f"outcome {info.name!r}", info, seen[0], seen[-1], (), units)


def _seen(name: str, facts: PanelFacts) -> list[int]:
    """Return the periods in which an outcome is there, as a study file has them."""
    observed = zip(facts.periods, facts.observed[name], strict=True)
    return [facts.label(period) for period, count in observed if count]

"""Units of a panel on shapes of the user's own: where they lie, and from when each is treated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core import NEVER, Brief, StudyError
from pilotzone.gather import load_evidence
from pilotzone.study.panel.names import policy_of
from pilotzone.study.runs.shapefiles import shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.store import Engine, PanelFacts, UnitBatch
    from pilotzone.study.panel.file import PanelStudy
    from pilotzone.study.runs.ownshapes import OwnShapes

__all__ = ["Placed", "PlacedUnit", "Whole", "placed_regions", "placed_units", "whole_panel"]

_MOST_UNITS, _MOST_FIGURES = 5_000, 1_000_000
"""What a page can show: as many shapes as a file of one's own may have, and figures that a browser keeps at ease."""


@dataclass(frozen=True)
class PlacedUnit:
    """A unit of a panel in a file.

    Attributes
    ----------
    unit
        Its name.
    cohort
        First period of its treatment as the engine counts periods; ``None`` if never treated.
    since
        That period as it is written; empty if never treated.
    """

    unit: str
    cohort: int | None
    since: str


@dataclass(frozen=True, eq=False)
class Placed(Brief):
    """Shapes of the user's own for a panel.

    Attributes
    ----------
    shapes
        Shapes, matched to units or to regions of the programme.
    units
        Units of a panel in a file, sorted; none for a panel of the bundled evidence, whose treatment tells its regions.
    """

    shapes: OwnShapes
    units: tuple[PlacedUnit, ...] = ()


@dataclass(frozen=True, eq=False)
class Whole:
    """All units of a panel as they are."""

    keys: tuple[str, ...] = ()
    cohorts: tuple[int, ...] = ()
    values: Mapping[str, tuple[NDArray[np.float64], ...]] = field(default_factory=dict)

    def dates(self, facts: PanelFacts) -> dict[str, int]:
        """Return the first period of treatment of each treated unit."""
        known = zip(self.keys, self.cohorts, strict=True)
        return {key: facts.label(cohort) for key, cohort in known if cohort != NEVER}


class _Gather:
    """The kernel that keeps every unit; for panels that a map can show, which are small."""

    def take(self, batch: UnitBatch) -> Whole:
        """Return the units of a batch."""
        keys = () if batch.keys is None else tuple(str(key) for key in batch.keys.to_pylist())
        return Whole(keys, tuple(batch.cohorts.tolist()), {name: (values,) for name, values in batch.values.items()})

    def merge(self, one: Whole, other: Whole) -> Whole:
        """Return the units of both."""
        if not one.keys or not other.keys:
            return one if one.keys else other
        values = {name: (*part, *other.values[name]) for name, part in one.values.items()}
        return Whole((*one.keys, *other.keys), (*one.cohorts, *other.cohorts), values)


def whole_panel(engine: Engine, outcomes: int) -> tuple[Whole, PanelFacts]:
    """Return all units of a panel, with what is known of it.

    Parameters
    ----------
    engine
        The panel.
    outcomes
        How many outcomes it has.

    Raises
    ------
    StudyError
        If there are more units or figures than a map on a page can show.
    """
    facts = engine.facts()
    figures = facts.units * len(facts.periods) * outcomes
    if facts.units > _MOST_UNITS or figures > _MOST_FIGURES:
        raise StudyError(
            f"the panel has {facts.units:,} units and {figures:,} figures: too many for a map on a page.",
            allowed=f"{_MOST_UNITS:,} units and {_MOST_FIGURES:,} figures",
        )
    return engine.carry(_Gather()), facts


def placed_units(study: PanelStudy, engine: Engine) -> Placed | None:
    """Return the units of a panel in a file on the shapes that its study names; ``None`` where it names none.

    Raises
    ------
    StudyError
        As `whole_panel` does.
    UsageError, DataError
        If the file of shapes cannot be read, or has none of the units.
    """
    if study.spec.shapes is None:
        return None
    whole, facts = whole_panel(engine, len(study.spec.outcomes))
    since = whole.dates(facts)
    units = tuple(
        PlacedUnit(key, cohort if key in since else None, str(since.get(key, "")))
        for key, cohort in sorted(zip(whole.keys, whole.cohorts, strict=True))
    )
    shapes = shapes_of(study, {item.unit: item.unit for item in units})
    return None if shapes is None else Placed(shapes, units)


def placed_regions(study: PanelStudy) -> Placed | None:
    """Return the regions of the programme on the shapes that a study of the bundled evidence names, or ``None``.

    Raises
    ------
    UsageError, DataError
        If the file of shapes cannot be read, or has none of the regions.
    """
    if study.spec.shapes is None:
        return None
    names = {region.code: region.name for region in load_evidence().regions}
    shapes = shapes_of(study, {code: names.get(code, code) for code in policy_of(study.spec).regions})
    return None if shapes is None else Placed(shapes)

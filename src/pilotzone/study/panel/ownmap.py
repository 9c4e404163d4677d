"""The map of figures beside a panel in a file of the user's own: its outcomes, and who is treated from when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core import NEVER, Panel, SeriesInfo, Source, UsageError, unknown
from pilotzone.gather import Shapes, shapes_holding
from pilotzone.report import Land, Mark, drawable
from pilotzone.study.panel.run import open_file
from pilotzone.study.runs.atlas import Part, atlas_of, evidence_facts, titled
from pilotzone.study.runs.choices import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.store import PanelFacts, UnitBatch
    from pilotzone.study.panel.file import PanelStudy
    from pilotzone.study.runs.atlas import Atlas

__all__ = ["own_atlas"]

_MOST_UNITS, _MOST_FIGURES = 5_000, 1_000_000
"""What a page can show: as many shapes as a file of one's own may have, and figures that a browser keeps at ease."""


@dataclass(frozen=True, eq=False)
class _Whole:
    """All units of a panel as they are."""

    keys: tuple[str, ...] = ()
    cohorts: tuple[int, ...] = ()
    values: Mapping[str, tuple[NDArray[np.float64], ...]] = field(default_factory=dict)


class _Gather:
    """The kernel that keeps every unit; for panels that a map can show, which are small."""

    def take(self, batch: UnitBatch) -> _Whole:
        """Return the units of a batch."""
        keys = () if batch.keys is None else tuple(str(key) for key in batch.keys.to_pylist())
        return _Whole(keys, tuple(batch.cohorts.tolist()), {name: (values,) for name, values in batch.values.items()})

    def merge(self, one: _Whole, other: _Whole) -> _Whole:
        """Return the units of both."""
        if not one.keys or not other.keys:
            return one if one.keys else other
        values = {name: (*part, *other.values[name]) for name, part in one.values.items()}
        return _Whole((*one.keys, *other.keys), (*one.cohorts, *other.cohorts), values)


def own_atlas(study: PanelStudy, series: str) -> Atlas:
    """Return the map of an outcome, the first one if `series` is empty.

    It lies on the bundled shapes where these have all units; elsewhere it has a table alone, until shapes of the user's
    own are chosen.

    Raises
    ------
    UsageError
        If there is no such outcome, the rows are units of their own, or there are more units or figures than a page
        can show.
    """
    outcomes = {item.name: item.outcome() for item in study.spec.outcomes}
    chosen = series or next(iter(outcomes))
    if chosen not in outcomes:
        raise unknown("series", chosen, list(outcomes), of="the study", error=UsageError)
    if study.spec.panel.cross_sections:
        raise UsageError("repeated cross-sections cannot be mapped.", allowed="a panel that follows units")
    engine = open_file(study)
    facts = engine.facts()
    figures = facts.units * len(facts.periods) * len(outcomes)
    if facts.units > _MOST_UNITS or figures > _MOST_FIGURES:
        raise UsageError(
            f"the panel has {facts.units:,} units and {figures:,} figures: too many for a map on a page.",
            allowed=f"{_MOST_UNITS:,} units and {_MOST_FIGURES:,} figures",
        )
    whole = engine.carry(_Gather())
    citation = study.spec.panel.citation or "figures of the user's own"
    infos = {
        name: SeriesInfo(name, outcome.title, outcome.unit or "1", (Source(citation),))
        for name, outcome in outcomes.items()
    }
    panel = _panel(whole, facts, infos)
    cohorts = {
        key: facts.label(cohort) for key, cohort in zip(whole.keys, whole.cohorts, strict=True) if cohort != NEVER
    }
    shapes = shapes_holding(panel.units)
    return atlas_of(
        panel,
        chosen,
        at=min(cohorts.values(), default=None),
        options={"Outcomes of the study": tuple(Option(name, titled(info)) for name, info in infos.items())},
        land=Land({}, {}) if shapes is None else _land(shapes, panel.units),
        credit="" if shapes is None else shapes.credit,
        note="Dates are the first of treatment.",
        parts={
            unit: Part(f"treated from {cohorts[unit]}" if unit in cohorts else "never treated") for unit in panel.units
        },
        marks={unit: Mark("", str(date)) for unit, date in cohorts.items()},
        facts={} if shapes is None else evidence_facts(panel.units),
    )


def _panel(whole: _Whole, facts: PanelFacts, infos: Mapping[str, SeriesInfo]) -> Panel:
    """Return the units in the order of their names."""
    import numpy as np

    order = sorted(range(len(whole.keys)), key=whole.keys.__getitem__)
    values = {name: np.concatenate(whole.values[name])[order] for name in infos}
    periods = tuple(facts.label(period) for period in facts.periods)
    return Panel(tuple(whole.keys[k] for k in order), periods, values, dict(infos))


def _land(shapes: Shapes, units: tuple[str, ...]) -> Land:
    """Return the bundled shapes of the units."""
    here = set(units)
    found = {str(item["id"]): item for item in shapes.geojson()["features"] if str(item["id"]) in here}
    names = {code: str((item.get("properties") or {}).get("name") or code) for code, item in found.items()}
    return Land({code: drawable(item["geometry"]) for code, item in found.items()}, names, shapes.projection)

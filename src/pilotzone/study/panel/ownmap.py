"""The map of figures beside a panel in a file of the user's own: its outcomes, and who is treated from when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Panel, SeriesInfo, Source, UsageError, unknown
from pilotzone.gather import Shapes, shapes_holding
from pilotzone.report import Land, Mark, drawable
from pilotzone.study.panel.placed import whole_panel
from pilotzone.study.panel.run import open_file
from pilotzone.study.runs.atlas import Part, atlas_of, evidence_facts, titled
from pilotzone.study.runs.choices import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.store import PanelFacts
    from pilotzone.study.panel.file import PanelStudy
    from pilotzone.study.panel.findings import EvaluationFindings
    from pilotzone.study.panel.placed import Whole
    from pilotzone.study.runs.atlas import Atlas

__all__ = ["own_atlas"]


def own_atlas(study: PanelStudy, found: EvaluationFindings, series: str) -> Atlas:
    """Return the map of an outcome, the first one if `series` is empty.

    It lies on the shapes that the study names, else on the bundled ones where these have all units; elsewhere it has a
    table alone, until shapes of the user's own are chosen.

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
    whole, facts = whole_panel(open_file(study), len(outcomes))
    citation = study.spec.panel.citation or "figures of the user's own"
    infos = {
        name: SeriesInfo(name, outcome.title, outcome.unit or "1", (Source(citation),))
        for name, outcome in outcomes.items()
    }
    panel = _panel(whole, facts, infos)
    cohorts = whole.dates(facts)
    shapes = shapes_holding(panel.units)
    land, credit = _drawn(found, shapes, panel.units)
    return atlas_of(
        panel,
        chosen,
        at=min(cohorts.values(), default=None),
        options={"Outcomes of the study": tuple(Option(name, titled(info)) for name, info in infos.items())},
        land=land,
        credit=credit,
        note="Dates are the first of treatment.",
        parts={
            unit: Part(f"treated from {cohorts[unit]}" if unit in cohorts else "never treated") for unit in panel.units
        },
        marks={unit: Mark("", str(date)) for unit, date in cohorts.items()},
        facts={} if shapes is None else evidence_facts(panel.units),
    )


def _drawn(found: EvaluationFindings, shapes: Shapes | None, units: tuple[str, ...]) -> tuple[Land, str]:
    """Return where units lie, the user's own shapes first, and the line that has to stand on the map."""
    if found.placed is not None:
        return found.placed.shapes.land, found.placed.shapes.credit
    return (Land({}, {}), "") if shapes is None else (_land(shapes, units), shapes.credit)


def _panel(whole: Whole, facts: PanelFacts, infos: Mapping[str, SeriesInfo]) -> Panel:
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

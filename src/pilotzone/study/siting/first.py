"""What a reader looks at first of a ranking of places: who ranks first, and what would change that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.report import Cell, Column, Section, Sheet, drawable, first_section, number
from pilotzone.study.siting.findings import ManyFindings
from pilotzone.study.siting.many import many_section
from pilotzone.study.siting.section import siting_section
from pilotzone.study.siting.wording import criterion_label

if TYPE_CHECKING:
    from pilotzone.site import Siting
    from pilotzone.study.siting.findings import SitingFindings

__all__ = ["dethrone_sheet", "siting_first"]


def siting_first(found: SitingFindings | ManyFindings, *, charts: bool = True) -> Section:
    """Return the answer, the ranking, the smallest change of weights that turns it over, and charts."""
    title = found.siting.spec.title
    if isinstance(found, ManyFindings):
        many = many_section(found.siting)
        return first_section(
            title,
            many.answer,
            sheets=[many.ranking_sheet],
            charts=[("Ranks", many.figures if charts else [])],
            rest=[many.criteria_sheet, many.figure_sheet],
        )
    siting = found.siting
    told = siting_section(siting, found.shapes, charts=charts)
    more = [dethrone_sheet(siting), told.without_sheet, told.spot_sheet]
    rest = [told.criteria_sheet, told.gap_sheet, told.figure_sheet, told.assumption_sheet]
    return first_section(
        title,
        told.answer,
        sheets=[told.ranking_sheet, *(sheet for sheet in more if sheet is not None)],
        charts=[("How often each place is the first", told.figures)],
        rest=[sheet for sheet in rest if sheet is not None],
        shapes=_shapes(found) if charts else {},
    )


def dethrone_sheet(siting: Siting) -> Sheet | None:
    """Return the smallest change of weights after which another place is first; ``None`` where none does it."""
    found = siting.dethroned
    if found is None:
        return None
    rows = tuple(
        (
            Cell(criterion_label(name)),
            number(f"{100 * before:.1f}\u00a0%", 100 * before),
            number(f"{100 * after:.1f}\u00a0%", 100 * after),
        )
        for name, before, after in zip(siting.spec.names, siting.start.tolist(), found.weights.tolist(), strict=True)
    )
    columns = (
        Column("Criterion"),
        Column("Weight", "%", numeric=True),
        Column(f"Weight at which {siting.places[found.rival]} overtakes", "%", numeric=True),
    )
    caption = f"Smallest weight change that costs {siting.places[found.winner]} first place"
    return Sheet("site-dethroned", caption, columns, rows, "Figures are at the middles of their ranges.")


def _shapes(found: SitingFindings) -> dict[str, Any]:
    return {str(item["id"]): drawable(item.get("geometry") or {}) for item in found.shapes.geojson()["features"]}

"""Figures that a study file knows to be right although they look as if they were not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import StudyError, unknown
from pilotzone.evaluation.few import AcceptedFigures

if TYPE_CHECKING:
    from pilotzone.core import Panel
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["accepted_figures"]


def accepted_figures(study: ZoneStudy, panel: Panel) -> tuple[AcceptedFigures, ...]:
    """Return the figures that a study file says to be right although they look as if they were not measured.

    Raises
    ------
    StudyError
        If a series or a unit is not in the data.
    """
    for item in study.spec.accepted_figures:
        for kind, named, known in (("series", (item.series,), list(panel.series)), ("unit", item.units, panel.units)):
            for name in named:
                if name not in known:
                    what = "a series" if kind == "series" else "a unit"
                    told = f"accepted_figures names {name!r}, which is not {what} of the data"
                    raise unknown(kind, name, known, told=told, error=StudyError)
    return tuple(AcceptedFigures(item.kind, item.series, item.why, item.units) for item in study.spec.accepted_figures)

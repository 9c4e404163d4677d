"""Dates of a study file as periods of its data: a day stands for the longer period that holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from pilotzone.core import Period, StudyError, UsageError, in_frequency

if TYPE_CHECKING:
    from pilotzone.core import Frequency, Panel
    from pilotzone.study.zone.file import ZoneStudy

__all__ = ["dated"]


def dated(study: ZoneStudy, panel: Panel) -> ZoneStudy:
    """Return a study whose dates are periods of its data.

    Raises
    ------
    StudyError
        If they are of another kind than those of the data.
    """
    frequency = panel.frequency
    try:
        in_frequency(study.spec.zone.start, frequency, "zone.start")
        return replace(study, spec=_dated(study.spec, frequency))
    except UsageError as error:
        raise StudyError(error.what, allowed=error.allowed, todo=error.todo) from None


def _dated(value: Any, frequency: Frequency) -> Any:  # noqa: ANN401 - whatever stands in a file
    if isinstance(value, BaseModel):
        items = {name: getattr(value, name) for name in type(value).model_fields}
        changed = {name: _dated(item, frequency) for name, item in items.items()}
        return value.model_copy(update=changed)
    if isinstance(value, tuple):
        return tuple(_dated(item, frequency) for item in value)
    return in_frequency(value, frequency, "a date of the study file") if isinstance(value, Period) else value

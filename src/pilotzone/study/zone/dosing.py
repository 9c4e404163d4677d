"""The table of a zone study that says how large the zone's treatment was."""

from __future__ import annotations

from pydantic import Field

from pilotzone.study.runs.fields import LARGEST, Number, StrictModel, Text

__all__ = ["ZoneDoseSpec"]


class ZoneDoseSpec(StrictModel):
    """The dose of the zone: what was spent or built, in units of the study's own choice.

    With an amount in USD million, ``unit = "USD 1 bn"`` and ``scale = 1000`` tell effects per billion.
    """

    amount: Number = Field(gt=0, le=LARGEST)
    se: Number | None = Field(default=None, gt=0, le=LARGEST)
    what: str = ""
    unit: Text = "unit of dose"
    scale: Number = Field(default=1.0, gt=0, le=LARGEST)
    amount_unit: str = ""
    source: str = ""

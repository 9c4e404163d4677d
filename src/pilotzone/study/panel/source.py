"""Where the panel of a study is: its keys in a study file, checked one by one."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pilotzone.core import StudyError, UsageError
from pilotzone.store import CsvForm
from pilotzone.study.panel.members import MembersSpec
from pilotzone.study.runs.fields import FileOrAddress, Query, Row, StrictModel, Text, Truth, Whole

__all__ = ["PanelSpec"]

_OF_A_FILE = ("file", "unit", "cohort")
"""Keys that a panel in a file needs."""
_ALSO_OF_A_FILE = (
    "time", "layout", "table", "query", "sheet", "sheets", "header", "range", "encoding", "cluster", "cross_sections",
    "na", "delimiter", "thousands", "decimal", "citation",
)  # fmt: skip
_OF_THE_EVIDENCE = ("series", "periods")
"""Keys that a panel of the bundled evidence needs."""


class PanelSpec(StrictModel):
    """Where the panel is: in a file, whose columns are named here, or in the bundled evidence.

    `file` is relative to the study file, or the address of a PostgreSQL database; `sheets` names the sheet of each
    outcome of a workbook. With the bundled evidence `series`
    names what is read, `periods` the first and last year, and `drop` regions to leave out, each with why; `members`
    says what units are where series are of regions that lie in those of the programme. Who is treated when follows from
    `[treatment]`.
    """

    source: Literal["file", "bundled"] = "file"
    file: FileOrAddress | None = None
    table: Text | None = None
    query: Query | None = None
    sheet: Text | None = None
    sheets: dict[str, Text] = Field(default_factory=dict)
    header: Row | None = None
    range: Text | None = None
    encoding: Text = "utf-8"
    layout: Literal["long", "wide"] = "long"
    unit: Text | None = None
    time: Text | None = None
    cohort: Text | None = None
    series: tuple[Text, ...] = ()
    periods: tuple[Whole, Whole] | None = None
    drop: dict[str, Text] = Field(default_factory=dict)
    members: MembersSpec | None = None
    cluster: Text | None = None
    weight: Text | None = None
    covariates: tuple[Text, ...] = ()
    cross_sections: Truth = False
    na: tuple[Text, ...] = ()
    delimiter: Text | None = None
    thousands: Text | None = None
    decimal: Literal[".", ","] = "."
    citation: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.source == "file":
            self._needs(_OF_A_FILE, 'name it, or write source = "bundled" for a panel of the bundled evidence')
            self._refuses((*_OF_THE_EVIDENCE, "drop", "members"), "bundled", "leave it out")
            if (self.time is None) == (self.layout == "long"):
                what = "is missing" if self.time is None else "goes with layout = 'long'"
                raise StudyError(
                    f"panel.time {what}.",
                    allowed="a column with the period of each row; or layout = 'wide' (--wide) and no time, for a table"
                    " with a row for each unit and columns named by outcome and period, such as gdp_2004",
                )
        else:
            self._needs(
                _OF_THE_EVIDENCE, "series = [names], as 'pilotzone evidence' lists them; periods = [2000, 2019]"
            )
            todo = "leave it out: units are regions, and who is treated when follows from [treatment]"
            self._refuses((*_OF_A_FILE, *_ALSO_OF_A_FILE), "file", todo)
        return self

    def _needs(self, keys: tuple[str, ...], todo: str) -> None:
        for key in keys:
            if not getattr(self, key):
                raise StudyError(f"panel.{key} is missing.", todo=todo)

    def _refuses(self, keys: tuple[str, ...], source: str, todo: str) -> None:
        for key in keys:
            # By its value: a run's audit trail names every key, those at their defaults as well.
            if getattr(self, key) != type(self).model_fields[key].get_default(call_default_factory=True):
                raise StudyError(f"panel.{key} goes with panel.source = {source!r}, and only with it.", todo=todo)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.periods is not None and self.periods[0] >= self.periods[1]:
            first, last = self.periods
            raise StudyError(f"panel.periods is [{first}, {last}].", allowed="a first year and a later last one")
        return self

    @model_validator(mode="after")
    def _form(self) -> Self:
        for key, form in (("na", {"na": self.na}), ("delimiter", {"delimiter": self.delimiter})):
            try:
                CsvForm(**form)
            except UsageError as error:
                raise StudyError(f"panel.{key}: {error.what}", allowed=error.allowed, todo=error.todo) from None
        return self

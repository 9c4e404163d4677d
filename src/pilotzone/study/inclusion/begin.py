"""A study of who gains begun from a user's own table of incomes: which column is what, as an inclusion file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pilotzone.evaluation.inclusion import INDICES, Index
from pilotzone.study.inclusion.file import ClaimRole
from pilotzone.study.runs.begun import BegunFile, quoted, quoted_margin
from pilotzone.study.runs.fields import Margin, Number, StrictModel, Text, Truth, Whole

__all__ = ["begun_inclusion"]


class _Claim(StrictModel):
    """The index that a claim is about."""

    index: Index
    role: ClaimRole
    margin: Margin


class _Begun(BegunFile):
    """What a page asks for a study of who gains; a column of regions makes each row a region."""

    question: Text = "Who gains?"
    source: Text
    measure: Text
    income: Text | None = None
    total: Text | None = None
    people: Text | None = None
    equal: Truth = False
    period: Text | None = None
    region: Text | None = None
    group: Text | None = None
    cluster: Text | None = None
    zone: Text | None = None
    comparison: Text | None = None
    start: Whole | None = None
    indices: Annotated[tuple[Index, ...], Field(min_length=1, max_length=len(INDICES))]
    line: Number | None = Field(default=None, gt=0)
    line_source: Text | None = None
    claim: _Claim | None = None
    quantiles: Truth = False
    gap: Truth = False
    by_group: Truth = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        message = self._of_the_table() or self._of_what_is_asked()
        if message:
            raise ValueError(message)
        return self

    def _of_the_table(self) -> str:
        if self.delimiter or self.encoding or self.sheet:
            return "a study of who gains reads text in UTF-8 with commas: leave delimiter, encoding and sheet empty"
        if (self.income is None) == (self.total is None):
            return "one column holds either income, an amount per person, or the sum of a region"
        if self.people is None and (self.region is not None or not self.equal):
            return (
                "no column says how many people a row stands for: choose it at the head of the column, or say that "
                "every row of people stands for as many"
            )
        if self.people == "equal":
            return "a column of people is named equal, which stands for equal weights: rename it in the file"
        if self.people is not None and self.equal:
            return "a column says how many people a row stands for, and every row stands for as many: only one can be"
        return ""

    def _of_what_is_asked(self) -> str:
        poverty = any(INDICES[name].poverty for name in self.indices)
        regions, claimed = self.region is not None, self.claim is not None
        effects = self.quantiles or self.gap or claimed or (self.by_group and regions)
        wrong = {
            "an index is asked for twice": len({*self.indices}) < len(self.indices),
            "an index of poverty needs a poverty line and where the line is from": poverty and self.line is None,
            "a poverty line and where the line is from go together": (self.line is None) != (self.line_source is None),
            "effects need a column of the zone, a column of periods, and the first period with the programme": effects
            and None in {self.zone, self.period, self.start},
            "effects on quantiles need rows of people, not of regions": regions and self.quantiles,
            "the claim is about an index that is not asked for": self.claim is not None
            and self.claim.index not in self.indices,
            "no column is said to hold groups": self.by_group and self.group is None,
        }
        return next((message for message, holds in wrong.items() if holds), "")


def begun_inclusion(given: Mapping[str, Any]) -> str:
    """Return the inclusion file of what was chosen on a page.

    Parameters
    ----------
    given
        Title, and question if there is one; file as the study file is to name it; source of the figures and unit of
        income (``measure``); columns of income or total, people (or ``equal``), period, region, group, cluster, zone
        and comparison; start; indices, poverty line with its source, and the claim about one index; whether
        quantiles, the gap to the nation and groups are asked for.

    Raises
    ------
    StudyError
        If something is missing or cannot be.

    Examples
    --------
    >>> given = {"title": "Mine", "file": "a.csv", "source": "a survey", "measure": "CNY", "income": "income"}
    >>> begun_inclusion({**given, "people": "weight", "indices": ["gini"]}).splitlines()[-2:]
    ['[[inequality.index]]', 'name = "gini"']
    """
    begun = _Begun.of_page(given, "inclusion")
    lines = [*begun.head("inclusion-file.md"), *_table(begun), "", *_indices(begun), *_effects(begun), ""]
    return "\n".join(lines)


def _table(begun: _Begun) -> list[str]:
    regions = begun.region is not None
    columns = {
        "income": begun.income,
        "total": begun.total,
        "unit": begun.measure,
        "population" if regions else "weights": "equal" if begun.equal else begun.people,
        "period": begun.period,
        "region": begun.region,
        "group": None if regions else begun.group,
        "cluster": None if regions else begun.cluster,
        "zone": begun.zone,
        "comparison": begun.comparison,
    }
    return [
        "[inclusion]",
        f"data = {quoted(begun.file)}",
        f"source = {quoted(begun.source)}",
        f'of = "{"regions" if regions else "people"}"',
        *(f"{key} = {quoted(name)}" for key, name in columns.items() if name is not None),
        *([] if begun.start is None else [f"start = {begun.start}"]),
    ]


def _indices(begun: _Begun) -> list[str]:
    lines = ["[inequality]"]
    if begun.line is not None and begun.line_source is not None:
        lines += [f"line = {begun.line!r}", f"line_source = {quoted(begun.line_source)}"]
    if begun.by_group and begun.region is None:
        lines.append("by_group = true")
    for name in begun.indices:
        lines += ["", "[[inequality.index]]", f'name = "{name}"']
        if begun.claim is not None and begun.claim.index == name:
            lines += [f'role = "{begun.claim.role}"', f"margin = {quoted_margin(begun.claim.margin)}"]
    return lines


def _effects(begun: _Begun) -> list[str]:
    lines = []
    if begun.quantiles:
        lines += ["", "[quantiles]"]
    if begun.by_group and begun.region is not None and begun.group is not None:
        lines += ["", "[groups]", f"by = {quoted(begun.group)}"]
    if begun.gap:
        lines += ["", "[convergence]"]
    return lines

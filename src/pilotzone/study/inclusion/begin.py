"""A study of who gains begun from a user's own table of incomes or shares: which column is what, as its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pilotzone.evaluation.inclusion import INDICES, MEANS, Index
from pilotzone.study.inclusion.file import MOST_PARTS, ClaimRole
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
    measure: Text | None = None
    income: Text | None = None
    total: Text | None = None
    share: Text | None = None
    shares: Annotated[tuple[Text, ...], Field(max_length=MOST_PARTS)] = ()
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

    @property
    def of_shares(self) -> bool:
        """Whether the table holds shares of income: a row for each part of the people, or a column for each."""
        return self.share is not None or bool(self.shares)

    def _of_the_table(self) -> str:
        if self.delimiter or self.encoding or self.sheet:
            return "a study of who gains reads text in UTF-8 with commas: leave delimiter, encoding and sheet empty"
        if [self.income is None, self.total is None, self.share is None, not self.shares].count(False) != 1:
            return "one column holds either income, an amount per person, or the sum of a region; or shares of income"
        return self._of_shares() if self.of_shares else self._of_amounts()

    def _of_amounts(self) -> str:
        if self.measure is None:
            return "the unit of income (measure) is missing, such as CNY"
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

    def _of_shares(self) -> str:
        means = [name for name in self.indices if name in MEANS]
        several = bool(self.shares) and self.people is not None
        grouped = self.by_group or self.group is not None or self.cluster is not None
        amounts = self.gap or self.quantiles
        wrong = {
            "shares names one column: name two or more; one column with a row for each part is share": len(self.shares)
            == 1,
            "columns of shares stand for equal parts of the people: leave the column of people out": several,
            "shares of income have neither groups nor clusters: leave these columns out": grouped,
            "shares of income hold no amounts: a gap of means and effects on quantiles do not follow": amounts,
            f"{''.join(means[:1])} does not follow from shares of income: choose indices of inequality": bool(means),
            "a claim about shares of income needs a column of regions": self.claim is not None and self.region is None,
            "parts of the people are equal where no column says otherwise: leave equal out": self.equal,
        }
        return next((message for message, holds in wrong.items() if holds), "")

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
        income (``measure``); columns of income or total, or of shares of income: ``share`` with a row for each part of
        the people, or ``shares`` with a column for each of equal parts, the poorest first; columns of people (or
        ``equal``), period, region, group, cluster, zone and comparison; start; indices, poverty line with its source,
        and the claim about one index; whether quantiles, the gap to the nation and groups are asked for.

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
    shares = begun.of_shares
    regions = begun.region is not None and not shares
    columns = {
        "income": begun.share if shares else begun.income,
        "total": begun.total,
        "unit": None if shares else begun.measure,
        "population" if regions or shares else "weights": "equal" if begun.equal else begun.people,
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
        f'of = "{"shares" if shares else "regions" if regions else "people"}"',
        *([f"shares = [{', '.join(quoted(name) for name in begun.shares)}]"] if begun.shares else []),
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

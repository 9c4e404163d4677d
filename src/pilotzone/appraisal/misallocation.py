"""A sentence made a table: what the figures say for and against "another example of substantial capital misallocation".

The rule is stated before a figure is seen. A measure speaks *for* the sentence where the region is among the worst
quarter of all regions, *against* it where it is in the better half, and for neither in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pilotzone.appraisal.capital import CapitalPanel, icor, marginal_product
from pilotzone.appraisal.checking import Floats, text
from pilotzone.core import DataError, MethodError, Result, Table, check_choice, shown

__all__ = ["Fact", "Misallocation", "Reading", "misallocation_table"]

Reading = Literal["for", "against", "neither"]

_WORST, _BETTER = 0.25, 0.5

_CANNOT = (
    "Averages of a whole province say nothing of one industry: a campus is a small part of its capital.",
    "A high ratio of capital to output also stands for roads and railways whose gains come late or elsewhere.",
    "A low product of capital may be what a poor province has before it grows, or after money was wasted.",
    "Without what would have happened otherwise, no ratio is an effect of the zone.",
)
"""What no such table can say, whatever its figures."""


@dataclass(frozen=True)
class Fact:
    """A figure from elsewhere that speaks on the sentence, such as utilisation of racks.

    Attributes
    ----------
    name, value, unit
        What it is.
    reading
        ``for``, ``against`` or ``neither``, as its reason says.
    reason
        Why it reads so.
    source
        Where it comes from.
    """

    name: str
    value: float
    unit: str
    reading: Reading
    reason: str
    source: str

    def __post_init__(self) -> None:
        check_choice(self.reading, Reading, f"the reading of {shown(self.name)}")
        text(f"the reason of {shown(self.name)}", self.reason)
        text(f"the source of {shown(self.name)}", self.source)


@dataclass(frozen=True, eq=False)
class Misallocation(Result):
    """What figures say for and against the sentence.

    Attributes
    ----------
    region, year
        Which region, in which year.
    rows
        Measure, region's value, median of the other regions, rank from the worst, regions ranked, reading, reason.
    cannot
        What the figures cannot say, a sentence each.
    """

    region: str
    year: int
    rows: tuple[tuple[str, float, float | None, int | None, int | None, Reading, str], ...]
    cannot: tuple[str, ...]

    def count(self, reading: Reading) -> int:
        """Return how many measures read so."""
        return sum(row[5] == reading for row in self.rows)

    def to_table(self) -> Table:
        """Return a row for each measure; what the figures cannot say stands below."""
        names = ["measure", "region", "median_of_others", "rank_from_worst", "regions", "reading", "reason"]
        told = f"For {self.count('for')}, against {self.count('against')}, neither {self.count('neither')}."
        found = Table.from_rows(names, self.rows)
        return Table(
            found.columns,
            title=f"Capital misallocation? {self.region}, {self.year}",
            note=" ".join((told, "These figures cannot say all:", *self.cannot)),
        )


def misallocation_table(
    panel: CapitalPanel,
    region: str,
    *,
    year: int,
    since: int,
    capital_share: float,
    gdp_constant: Floats | None = None,
    formation_constant: Floats | None = None,
    facts: tuple[Fact, ...] = (),
) -> Misallocation:
    """Return what a panel says for and against misallocation in one region.

    Parameters
    ----------
    panel
        Provinces by years.
    region
        Which one.
    year, since
        Year that is looked at, and year from which changes count.
    capital_share
        Share of capital in income, the same everywhere; it sets the level of the marginal product and no rank.
    gdp_constant, formation_constant
        At constant prices, shape (R, T), for the incremental ratio; left out, it is not shown.
    facts
        Figures from elsewhere.

    Raises
    ------
    UsageError
        If there is no such region or year.
    DataError
        If the region has no figure, or there are fewer than four regions to compare.
    """
    at, t = panel.at(region, year)
    start = panel.at(region, since)[1]
    product = marginal_product(panel.gdp[:, t], panel.capital[:, t], capital_share)
    ratio = panel.capital_output
    measures = [
        ("capital formation over GDP", panel.formation_share[:, t], 1),
        # Capital over GDP has the rank of this product turned round: shown beside it, it would count twice.
        ("naive marginal product of capital", product, -1),
        (f"change of capital over GDP since {since}", ratio[:, t] - ratio[:, start], 1),
    ]
    if gdp_constant is not None and formation_constant is not None:
        measures.append(
            (f"incremental capital-output ratio since {since}", _icors(formation_constant, gdp_constant, start, t), 1)
        )
    rows = [_row(name, values, at, sign, region) for name, values, sign in measures]
    rows += [(f"{f.name} ({f.unit})", f.value, None, None, None, f.reading, f"{f.reason} ({f.source})") for f in facts]
    own = tuple(line for line in panel.cautions if line.startswith((f"{region}:", "GDP", "Capital formation")))
    return Misallocation(region, year, tuple(rows), (*own, *_CANNOT))


def _icors(formation: Floats, gdp: Floats, start: int, end: int) -> Floats:
    found = np.full(len(gdp), np.nan)
    for i in range(len(gdp)):
        try:
            found[i] = icor(formation[i, start : end + 1], gdp[i, start : end + 1])
        except (DataError, MethodError):
            continue  # a gap, or no growth: the region is not ranked on this
    return found


def _row(
    name: str, values: Floats, at: int, sign: int, region: str
) -> tuple[str, float, float | None, int | None, int | None, Reading, str]:
    known = np.isfinite(values)
    if not known[at] or known.sum() < 5:  # noqa: PLR2004 - quarters of fewer than four others mean nothing
        raise DataError(
            f"{name} of {shown(region)} or of enough others is missing.", allowed="the region and four others or more"
        )
    bad = sign * values
    others = known.copy()
    others[at] = False
    rank, ranked = 1 + int((bad[others] > bad[at]).sum()), int(known.sum())
    worse = rank / ranked
    reading: Reading = "for" if worse <= _WORST else "against" if worse > _BETTER else "neither"
    why = {"for": "among the worst quarter", "against": "in the better half", "neither": "between the two"}[reading]
    return name, float(values[at]), float(np.median(values[others])), rank, ranked, reading, why

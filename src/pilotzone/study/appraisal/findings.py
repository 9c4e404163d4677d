"""What the report of an appraisal shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.appraisal import (
        Backtest,
        BreakEven,
        Burdens,
        CapitalPanel,
        CashFlows,
        CorrectedReturns,
        CostEffectiveness,
        FirmAllocation,
        InternalRates,
        Landed,
        Misallocation,
        MonteCarlo,
        Payback,
        Payers,
        Perpetual,
        ProjectImpact,
        Staging,
        Stranding,
        Tornado,
        UnitCosts,
        Venture,
    )
    from pilotzone.core import Assumptions, Table

__all__ = [
    "AppraisalFindings",
    "CapitalFound",
    "ChanceFound",
    "FirmsFound",
    "ImpactFound",
    "MoneyFound",
    "OptionsFound",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class MoneyFound:
    """Who pays and who gains.

    Attributes
    ----------
    venture, flows
        The campus and its account.
    rate
        Real, a year.
    values
        Net present value by party, and of the country.
    rates
        Internal rates by party, and of the country.
    simple, discounted
        Payback of the operator; ``None`` where its first flow is not a cost.
    payers, burdens, units
        The one-page account, what others bear beside it, and costs of a unit.
    even
        Utilisation from which a year pays for itself.
    full_mwh, co2_t
        Electricity of the campus in a year in which all of it is let, and its CO2, ``None`` where that is not known.
    """

    venture: Venture
    flows: CashFlows
    rate: float
    values: Mapping[str, float]
    rates: Mapping[str, InternalRates]
    simple: Payback | None
    discounted: Payback | None
    payers: Payers
    burdens: Burdens
    units: UnitCosts
    even: BreakEven
    full_mwh: float
    co2_t: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class ImpactFound:
    """What spending calls for in the province.

    Attributes
    ----------
    impact
        At the middles of what is assumed.
    effects
        Row for each phase and effect; type II with the ends of its range.
    jobs
        Jobs on the site: construction, operation.
    elsewhere
        Figures of Virginia, beside.
    cautions
        What a reader must know.
    """

    impact: ProjectImpact
    effects: Table
    jobs: tuple[float, float]
    elsewhere: Table
    cautions: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class ChanceFound:
    """Net present value over all that drivers could be.

    Attributes
    ----------
    party
        Whose value the indices are of.
    outcomes
        Distributions by party; only that of `party` has indices.
    tornado
        Tornado of that party.
    correlations
        Pairs with rank correlation and source.
    """

    party: str
    outcomes: Mapping[str, MonteCarlo]
    tornado: Tornado
    correlations: Table


@dataclass(frozen=True, eq=False, kw_only=True)
class OptionsFound:
    """What waiting and stages are worth to the operator.

    Attributes
    ----------
    value, investment
        Present values of what operation brings, and of what building takes.
    perpetual
        Option to invest without end, in closed form.
    american, european
        Options of some years on a lattice: invest at any time, or at the end only.
    years
        How many.
    staging
        Building in stages; ``None`` if none are named.
    terms
        What they rest on.
    """

    value: float
    investment: float
    perpetual: Perpetual
    american: float
    european: float
    years: float
    staging: Staging | None
    terms: Table


@dataclass(frozen=True, eq=False, kw_only=True)
class CapitalFound:
    """The region beside all others.

    Attributes
    ----------
    panel
        All regions.
    table
        What the figures say for and against the sentence.
    measures
        Measures of every region.
    warnings
        What the figures cannot bear.
    corrected
        Marginal products with and without corrections; ``None`` where no file of corrections is named.
    corrections_source
        Where these come from.
    """

    panel: CapitalPanel
    table: Misallocation
    measures: Table
    warnings: tuple[str, ...]
    corrected: CorrectedReturns | None = None
    corrections_source: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class FirmsFound:
    """Firms of the user's file.

    Attributes
    ----------
    allocation
        The index of Hsieh and Klenow.
    read
        Firms in the file, those cut off among them.
    industries
        A row for each.
    elasticities
        The index at other elasticities of substitution.
    source, shares_source
        Where the firms, and their shares of capital, come from.
    weighted
        Whether the study gives the weights of industries.
    cannot
        What the index cannot say.
    """

    allocation: FirmAllocation
    read: int
    industries: Table
    elasticities: Table
    source: str
    shares_source: str
    weighted: bool
    cannot: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class AppraisalFindings:
    """Everything that the report of an appraisal shows; ``None`` for what was not asked for.

    Attributes
    ----------
    name, title, question
        Name, title and question of the study.
    region
        Name of the region.
    notes
        The study's own, and of money counted one to one.
    figures
        Every figure of the campus with its range and source; empty without one.
    assumptions
        All that was assumed.
    money, impact, chance, options, stranding, capital, firms
        See the classes.
    backtests
        One for each day.
    landed
        What lands where; ``None`` without a campus.
    effectiveness
        Effects per unit of what the campus costs.
    """

    name: str
    title: str
    question: str
    region: str
    notes: tuple[str, ...]
    figures: Table | None
    assumptions: Assumptions
    money: MoneyFound | None = None
    impact: ImpactFound | None = None
    chance: ChanceFound | None = None
    options: OptionsFound | None = None
    stranding: Stranding | None = None
    capital: CapitalFound | None = None
    firms: FirmsFound | None = None
    backtests: tuple[Backtest, ...] = ()
    landed: Landed | None = None
    effectiveness: CostEffectiveness | None = None

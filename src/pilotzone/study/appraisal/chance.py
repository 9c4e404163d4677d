"""What chance does to a campus: distribution of its value, what decides, options, and capacity that nobody uses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal import (
    VENTURE_FIGURES,
    Driver,
    Drivers,
    Fixed,
    LogNormal,
    Normal,
    Pert,
    Stage,
    Stranding,
    StrandingSpec,
    Triangular,
    Uniform,
    build_in_stages,
    even_draws,
    lattice_option,
    logistic_ramp,
    perpetual_option,
    present_values,
    simulate,
    stranding_of,
    tornado_of,
)
from pilotzone.core import StudyError, Table, UsageError, unknown
from pilotzone.sampling import even_size, scrambled_scores
from pilotzone.study.appraisal.findings import ChanceFound, OptionsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from pilotzone.appraisal import Distribution, Party, Staging, Venture
    from pilotzone.study.appraisal.asked import DriverEntry, OptionsEntry
    from pilotzone.study.appraisal.file import AppraisalFile
    from pilotzone.study.appraisal.findings import MoneyFound
    from pilotzone.study.appraisal.material import AppraisalMaterial
    from pilotzone.study.runs.kind import Progress

    Floats = NDArray[np.float64]

__all__ = ["chance_of", "drivers_of", "options_of", "stranded"]

_RAMP = ("ceiling", "midpoint", "speed")
_FAR = 4.0
"""Normal scores at which a driver must still be a number that is admitted: a chance of 3 in 100,000 on each side."""
_SHARE = 0.8


def drivers_of(file: AppraisalFile, venture: Venture, names: tuple[str, ...] = ()) -> Drivers:
    """Return what varies, and how it varies together.

    Parameters
    ----------
    file
        What is asked for.
    venture
        The campus, with the ranges of what is assumed.
    names
        Figures that vary over their ranges though the file does not name them.

    Raises
    ------
    StudyError
        If a driver is unknown, has no range, or reaches beyond what is admitted; or correlations do not fit.
    """
    entries = [_driver(entry, venture) for entry in file.driver]
    told = {entry.name for entry in file.driver}
    for name in names:
        figure = venture.figures[name]
        if name not in told:
            own = Uniform(figure.low, figure.high)
            entries.append(Driver(name, own, figure.unit, figure.source))
    known = {entry.name for entry in entries}
    pairs: dict[tuple[str, str], float] = {}
    for link in file.correlation:
        for name in link.of:
            if name not in known:
                raise unknown("driver", name, sorted(known), error=StudyError, of="[[correlation]]")
        pairs[link.of] = link.rank
    try:
        return Drivers(tuple(entries), pairs)
    except UsageError as error:
        raise StudyError(f"[[driver]]: {error.what}", allowed=error.allowed, todo=error.todo) from error


def _driver(entry: DriverEntry, venture: Venture) -> Driver:
    free = sorted(set(VENTURE_FIGURES) - {"it_mw"})
    if entry.name not in free:
        raise unknown("figure that can vary", entry.name, free, error=StudyError, of="[[driver]]")
    figure = venture.figures[entry.name]
    low, high = figure.low if entry.low is None else entry.low, figure.high if entry.high is None else entry.high
    if low >= high and entry.low is None:
        raise StudyError(
            f"[[driver]]: {entry.name} is given as {figure.value:g}, so it has no range of its own.",
            allowed="low and high, or a figure that is assumed",
        )
    try:
        own = _distribution(entry, low, high)
    except UsageError as error:
        raise StudyError(f"[[driver]] {entry.name}: {error.what}", allowed=error.allowed) from error
    _, least, most = VENTURE_FIGURES[entry.name]
    ends = own.of_scores(np.array([-_FAR, _FAR]))
    if not (least <= ends[0] and ends[1] <= most):
        raise StudyError(
            f"[[driver]]: {entry.name} reaches from {ends[0]:.4g} to {ends[1]:.4g}.", allowed=f"{least:g} to {most:g}"
        )
    unit = figure.unit
    return Driver(entry.name, own, unit, entry.source or figure.source)


def _distribution(entry: DriverEntry, low: float, high: float) -> Distribution:
    if low == high:  # the file fixes it
        return Fixed(low)
    mode = (low + high) / 2 if entry.mode is None else entry.mode
    made: dict[str, Callable[[], Distribution]] = {
        "uniform": lambda: Uniform(low, high),
        "triangular": lambda: Triangular(low, mode, high),
        "pert": lambda: Pert(low, mode, high),
        "normal": lambda: Normal.between(low, high),
        "lognormal": lambda: LogNormal.between(low, high),
    }
    return made[entry.distribution]()


def chance_of(file: AppraisalFile, venture: Venture, progress: Progress) -> ChanceFound:
    """Return distributions of net present value, and what decides that of one party."""
    drivers, asked = drivers_of(file, venture), file.chance
    unit = str(venture.prices)
    order = [asked.party, *(name for name in ("operator", "province", "rest", "country") if name != asked.party)]

    def model(party: str) -> Callable[[Mapping[str, Floats]], Floats]:
        own: Party | None = None if party == "country" else party  # type: ignore[assignment]
        return lambda drawn: venture.net_values(drawn, own)

    # The same draws for all of them, so that their distributions can be laid side by side.
    outcomes, drawn = {}, even_draws(drivers, asked.draws, asked.seed)
    for k, party in enumerate(order):
        outcomes[party] = simulate(
            model(party),
            drivers,
            name=f"net present value of {'the ' * (party != 'rest')}{party if party != 'rest' else 'the rest'}",
            unit=unit,
            draws=drawn,
            indices=party == asked.party,
            seed=asked.seed,
        )
        progress("draws", (k + 1) / len(order))
    links = [(*link.of, link.rank, link.source) for link in file.correlation]
    return ChanceFound(
        party=asked.party,
        outcomes={party: outcomes[party] for party in ("operator", "province", "rest", "country")},
        tornado=tornado_of(model(asked.party), drivers, unit=unit, share=_SHARE),
        correlations=Table.from_rows(["driver", "with", "rank correlation", "source"], links, title="Vary together"),
    )


def options_of(file: AppraisalFile, material: AppraisalMaterial, money: MoneyFound) -> OptionsFound:
    """Return what waiting and stages are worth to the operator, figures at their middles.

    The value of a campus that is built later is taken to be that of today's in expectation, so what is missed by
    waiting is the real discount rate.
    """
    asked, rate = file.options, money.rate
    assert asked is not None  # noqa: S101 - asked for
    region = file.appraisal.region
    volatility = material.assumed("volatility", asked.volatility, region)
    riskless = material.assumed("riskless_rate", asked.riskless_rate, region)
    investment, value = _at_stake(money)
    terms = {"rate": riskless.value, "payout": rate, "volatility": volatility.value}
    option = {"value": value, "investment": investment, **terms}
    rows = [
        ("volatility", volatility.value, volatility.status, volatility.source),
        ("riskless rate", riskless.value, riskless.status, riskless.source),
        ("what is missed by waiting", rate, "choice", "the real discount rate"),
    ]
    lattice = {"years": asked.wait_years, "steps": asked.steps}
    return OptionsFound(
        value=value,
        investment=investment,
        perpetual=perpetual_option(**option),
        american=lattice_option(**option, **lattice),  # type: ignore[arg-type]
        european=lattice_option(**option, **lattice, exercise="european"),  # type: ignore[arg-type]
        years=asked.wait_years,
        staging=_staged(asked, investment, value, terms),
        terms=Table.from_rows(["what", "a year", "status", "source"], rows, title="What options rest on"),
    )


def _at_stake(money: MoneyFound) -> tuple[float, float]:
    """Return the present values of what the operator pays to build and of what operation brings."""
    flows, build = present_values(money.rate, money.flows.of("operator")), money.venture.build_years
    investment, value = -float(flows[:build].sum()), float(flows[build:].sum())
    if value <= 0 or investment <= 0:
        raise StudyError(
            f"[options]: building takes {investment:.4g} and operation brings {value:.4g}.",
            allowed="both above zero: an option on a loss has no meaning",
            todo="leave [options] out",
        )
    return investment, value


def _staged(asked: OptionsEntry, investment: float, value: float, terms: Mapping[str, float]) -> Staging | None:
    """Return what building in stages is worth; ``None`` where no stages are given."""
    if not asked.stage:
        return None
    stages = [Stage(s.year, s.cost_share * investment, s.value_share) for s in asked.stage]
    if not math.isclose(sum(s.cost_share for s in asked.stage), 1.0, abs_tol=1e-9):
        raise StudyError("[[options.stage]]: cost_share does not sum to 1.", allowed="shares that sum to 1")
    try:
        return build_in_stages(stages, value=value, steps=asked.steps, **terms)
    except UsageError as error:
        raise StudyError(f"[[options.stage]]: {error.what}", allowed=error.allowed, todo=error.todo) from error


def stranded(file: AppraisalFile, material: AppraisalMaterial, money: MoneyFound) -> Stranding:
    """Return probability and cost of capacity that nobody uses, over ramps drawn from their ranges."""
    asked, venture = file.stranding, money.venture
    assert asked is not None  # noqa: S101 - asked for
    vary = tuple(name for name in _RAMP if venture.figures[name].low < venture.figures[name].high)
    drivers = drivers_of(file, venture, vary)
    scrambles, size = even_size(asked.draws)
    count = len(drivers.varying)
    scores = (
        scrambled_scores(scrambles, size, count, file.chance.seed + 7) if count else np.zeros((scrambles * size, 0))
    )
    drawn = drivers.of_scores(scores @ np.linalg.cholesky(drivers.correlation).T if count else scores)
    ceiling, midpoint, speed = (drawn.get(name, np.full(len(scores), venture.value(name))) for name in _RAMP)
    mw, v = venture.value("it_mw"), venture.value
    spec = StrandingSpec(
        years=tuple(range(venture.opens, venture.opens + venture.run_years)),
        capacity_mw=np.full(venture.run_years, mw),
        investment=v("building_per_mw") + v("equipment_per_mw"),
        life=venture.run_years,
        rate=money.rate,
        salvage=material.assumed("salvage_share", asked.salvage_share, file.appraisal.region).value,
        # Where no utilisation pays, every year is below break-even.
        break_even=1.0 if money.even.utilisation is None else money.even.utilisation,
        filled=asked.filled,
        money=str(venture.prices),
    )
    return stranding_of(spec, logistic_ramp(ceiling * mw, midpoint, speed, venture.run_years))

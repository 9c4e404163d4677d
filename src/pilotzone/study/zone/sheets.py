"""The tables of a report, those behind its charts apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import GRADE_WORDS
from pilotzone.evaluation.few import ESTIMATORS, POOLS
from pilotzone.judgement import tilt
from pilotzone.report import (
    Cell,
    Column,
    Sheet,
    and_list,
    bare_title,
    check_sheet,
    effect_cell,
    headline,
    in_unit,
    margin_text,
    number,
    number_text,
    p_cell,
    p_text,
    plain_unit,
    rmspe_cell,
    set_text,
    share_text,
    state_cell,
)
from pilotzone.study.zone.wording import weights_note
from pilotzone.study.zone.zones import (
    anticipation_text,
    donor_count,
    fitted_text,
    starts_text,
    window_text,
    windows_text,
    zones_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome, Panel, Statistic
    from pilotzone.evaluation.few import ConformalSet, EstimatorRow, FewEffects, OutcomeFit, Permutations
    from pilotzone.judgement import ConfidenceSet, Finding, OutcomeTest, Verdict
    from pilotzone.study.zone.findings import DesignFindings

__all__ = [
    "balance_sheet",
    "checks_sheet",
    "designs_sheet",
    "donor_sheet",
    "effects_sheet",
    "estimator_sheet",
    "sets_sheet",
    "tests_sheet",
]

_STATISTICS: dict[Statistic, str] = {
    "mean_gap": "mean gap",
    "rmspe_ratio": "mean gap / pre-RMSPE",
    "net_gap": "net gap",
    "excess_gap": "excess gap",
}

_REARRANGED: dict[Permutations, tuple[str, str]] = {
    "moving_block": ("cyclic shifts of the periods", "time: stationary errors"),
    "iid": ("choices of periods", "time: exchangeable errors"),
}


def checks_sheet(design: DesignFindings, outcome: Outcome, sheet_id: str) -> Sheet:
    """Return the diagnostics of an outcome."""
    checks = design.joint.identification_of(outcome.name).checks
    return check_sheet(checks, f"{bare_title(outcome)}: diagnostics", sheet_id)


def tests_sheet(verdict: Verdict, sets: Sequence[ConfidenceSet], *, zones: int) -> Sheet:
    """Return all tests by both statistics, and the effects that they do not reject where those are given."""
    constant = "constant over the window" if zones == 1 else "the same for every zone and constant over its window"
    columns = (
        Column("Outcome"),
        Column("Statistic"),
        Column("Mean gap", numeric=True),
        Column("Margin"),
        Column("p gain", numeric=True),
        Column("p worsening", numeric=True),
        Column("p harm excluded", numeric=True),
        Column("p harm shown", numeric=True),
        Column("Smallest margin excluded", numeric=True),
        *(Column(f"Breakdown, {what}", "times the earlier drift", numeric=True) for what in _BREAKDOWNS),
        Column("Tilt", "times as likely", numeric=True),
        *((Column(f"Effects not rejected, {sets[0].attained:.1%} confidence"),) if sets else ()),
    )
    tests, ranks = (*verdict.tests, *verdict.other_tests), verdict.ranks
    rows = tuple(_test_row(test, verdict.alpha) for test in tests)
    if sets:
        rows = tuple((*row, Cell(set_text(found))) for row, found in zip(rows, sets, strict=True))
    return Sheet(
        id="tests",
        caption="All one-sided tests, by the statistic fixed beforehand and by the other",
        columns=columns,
        rows=rows,
        note=f"Bold: at most {verdict.alpha:g}. p gain: against no improvement. p worsening: against no worsening; it "
        "decides nothing. p harm excluded: against harm of at least the margin. p harm shown: against harm of at most "
        f"the margin. Smallest attainable p: 1/{ranks.unit_count} = {p_text(ranks.smallest_p)}. A smallest margin "
        "below zero: effects short of a gain of that size are excluded too. Breakdown: the drift of the zone alone "
        "from which on the finding would no longer show, in multiples of its own largest placebo effect at earlier "
        f"dates; {verdict.allowance:g} is allowed for. Tilt, of the finding that the verdict asks of the outcome: how "
        "many times as likely as any other unit the zone, and every unit as extreme as it, would have to be chosen "
        "before p exceeds the level (Firpo and Possebom 2018). It is the p-value in other words, and no second check."
        + (f" Effects not rejected: two-sided, for an effect that is {constant}." if sets else ""),
    )


def _test_row(test: OutcomeTest, alpha: float) -> tuple[Cell, ...]:
    outcome = test.outcome
    return (
        Cell(bare_title(outcome)),
        Cell(_STATISTICS[test.statistic] if test.statistic else ""),
        effect_cell(outcome, test.estimate),
        Cell(margin_text(outcome)),
        p_cell(test.p_improved, alpha),
        number(p_text(test.p_worsened), test.p_worsened),
        p_cell(test.p_harm_excluded, alpha),
        p_cell(test.p_harm_shown, alpha),
        _bound_cell(outcome, test.smallest_excluded_margin),
        *(_multiple_cell(found) for found in (test.gain, test.excluded, test.harm)),
        _tilt_cell(test.main, alpha),
    )


_BREAKDOWNS = ("gain", "harm excluded", "harm shown")


def _tilt_cell(found: Finding, alpha: float) -> Cell:
    """Return what p says in chances of having been the zone; nothing where p is above the level already."""
    if not found.shown:
        return Cell("not shown")
    times = tilt(found.p, alpha)
    return number(number_text(times), times)


def _multiple_cell(found: Finding) -> Cell:
    """Return the multiple of the earlier drift at which a finding breaks down."""
    if not found.shown or found.multiple is None:
        return Cell("not shown" if not found.shown else "not known")
    if math.isinf(found.multiple):
        return Cell("no drift before")
    return number(number_text(found.multiple), found.multiple)


def _bound_cell(outcome: Outcome, margin: float | None) -> Cell:
    """Return the margin as a number, which is below zero where effects short of a gain are excluded as well."""
    return number("none at this level" if margin is None else in_unit(outcome, margin), margin)


def sets_sheet(verdict: Verdict, sets: Sequence[ConfidenceSet], conformal: Sequence[ConformalSet]) -> Sheet:
    """Return the effects not rejected by tests that rest on different assumptions, outcome by outcome."""
    columns = (
        Column("Outcome"),
        Column("Compared", "count", numeric=True),
        Column("With each other"),
        Column("What it rests on"),
        Column("Confidence", numeric=True),
        Column("Effects not rejected"),
    )
    rows: list[tuple[Cell, ...]] = []
    for test in verdict.tests:
        placebo = [item for item in sets if item.outcome == test.outcome][:1]
        rows += [
            _set_row(item, verdict.ranks.unit_count, "units", "assignment: any unit might be the zone")
            for item in placebo
        ]
        for item in conformal:
            if item.outcome == test.outcome:
                compared, rests = _REARRANGED[item.permutations]
                drawn = ", drawn" if item.monte_carlo else ""
                rows.append(_set_row(item, item.count, compared + drawn, rests))
    return Sheet(
        id="sets",
        caption="Constant effects not rejected, by ranks among units and by ranks over time",
        columns=columns,
        rows=tuple(rows),
        note="Ranks among units are the placebo ranks by the statistic fixed beforehand. Ranks over time are conformal "
        "inference (Chernozhukov, W\u00fcthrich and Zhu 2021): under each effect weights are fitted on the periods "
        "before and in the window, and the residuals of the window are compared with those of other periods. Cyclic "
        "shifts allow for errors that depend on one another over time, but there are only as many as periods; choices "
        "of periods are finer and need errors that could come in any order. Where 1 in the number compared exceeds "
        f"{verdict.alpha:g} nothing can be rejected.",
    )


def _set_row(found: ConfidenceSet | ConformalSet, count: int, compared: str, rests: str) -> tuple[Cell, ...]:
    return (
        Cell(bare_title(found.outcome)),
        number(f"{count:,}", count),
        Cell(compared),
        Cell(rests),
        number(f"{found.attained:.1%}", found.attained),
        Cell(set_text(found)),
    )


def donor_sheet(panel: Panel, design: DesignFindings) -> Sheet:
    """Return all units but the zones: donors with weights, largest first, then the others with their reason.

    Weights below zero come last among the donors'.
    """
    of = {part.design.unit: f", for {panel.label(part.design.unit)}" if design.zones else "" for part in design.parts}
    fits = [(fit, of[part.design.unit]) for part, fit in design.fits]
    weights = [fit.donor_weights() for fit, _ in fits]
    columns = (
        Column("Unit"),
        Column("Donor"),
        *(Column(f"Weight: {bare_title(fit.outcome)}{whose}", "share", numeric=True) for fit, whose in fits),
        Column("Why not"),
    )
    order = sorted(
        design.donors,
        key=lambda item: (not item.admitted, *(-found.get(item.unit, 0.0) for found in weights), item.label),
    )
    rows = tuple(
        (
            Cell(item.label or item.unit),
            Cell("yes" if item.admitted else "no"),
            *(
                number(share_text(found.get(item.unit, 0.0)), found.get(item.unit, 0.0)) if item.admitted else Cell("")
                for found in weights
            ),
            Cell(item.reason),
        )
        for item in order
    )
    admitted = donor_count(design)
    return Sheet(
        id="donors",
        caption=f"{admitted} donors with their weights, and {len(rows) - admitted} units that are none",
        columns=columns,
        rows=rows,
        note=weights_note([fit for fit, _ in fits]),
    )


def designs_sheet(panel: Panel, designs: Sequence[DesignFindings]) -> Sheet:
    """Return designs side by side."""
    main = designs[0]
    names = [test.outcome for test in main.verdict.tests]
    rows: list[tuple[Cell, ...]] = [
        (
            Cell("Verdict"),
            *(Cell(headline(item.verdict.label, item.verdict.grade), None, "strong") for item in designs),
        ),
        (Cell("Treated unit"), *(Cell(zones_text(panel, item)) for item in designs)),
        (Cell("Start"), *(Cell(starts_text(item)) for item in designs)),
        (Cell("Fitted on"), *(Cell(fitted_text(item)) for item in designs)),
        (
            Cell("Anticipation"),
            *(Cell(anticipation_text(panel, item)) for item in designs),
        ),
        (Cell("Window"), *(Cell(windows_text(item)) for item in designs)),
        (Cell("Estimator"), *(Cell(ESTIMATORS[item.effects.design.estimator].label) for item in designs)),
        (Cell("Donors"), *(Cell(str(donor_count(item))) for item in designs)),
        (Cell("p of the whole claim"), *(p_cell(item.verdict.p_claim, item.verdict.alpha) for item in designs)),
    ]
    for outcome in names:
        rows += _design_outcome_rows(outcome, designs)
    return Sheet(
        id="designs",
        caption="The main design beside the others",
        columns=(Column("What"), *(Column(item.label) for item in designs)),
        rows=tuple(rows),
        note=_weights_notes(designs),
    )


def _weights_notes(designs: Sequence[DesignFindings]) -> str:
    """Say of which designs the weights are no shares."""
    notes = {item.label: weights_note(item.effects.fits) for item in designs}
    labels = [label for label, text in notes.items() if text]
    return f"{and_list(labels)}: {notes[labels[0]]}" if labels else ""


def _design_outcome_rows(outcome: Outcome, designs: Sequence[DesignFindings]) -> list[tuple[Cell, ...]]:
    tests = [next((t for t in item.verdict.tests if t.outcome.name == outcome.name), None) for item in designs]
    title = bare_title(outcome)
    none = Cell("not in this design")
    return [
        (Cell(f"{title}: mean gap"), *(effect_cell(t.outcome, t.estimate) if t else none for t in tests)),
        (Cell(f"{title}: p gain"), *(number(p_text(t.p_improved), t.p_improved) if t else none for t in tests)),
        (
            Cell(f"{title}: p harm excluded"),
            *(number(p_text(t.p_harm_excluded), t.p_harm_excluded) if t else none for t in tests),
        ),
        (Cell(f"{title}: finding"), *(Cell(GRADE_WORDS[t.main.grade]) if t else none for t in tests)),
        (Cell(f"{title}: diagnostics"), *(state_cell(t.identification) if t else none for t in tests)),
    ]


def effects_sheet(sheet_id: str, caption: str, panel: Panel, several: Sequence[FewEffects]) -> Sheet:
    """Return effects without a verdict, one row per outcome: secondary outcomes, longer windows."""
    units = {effects.design.unit for effects in several}
    columns = (
        Column("Outcome"),
        *((Column("Zone"),) if len(units) > 1 else ()),
        Column("Window"),
        Column("Mean gap", numeric=True),
        Column("Pre-period RMSPE", numeric=True),
        Column("Largest weight"),
        Column("Donors", numeric=True),
        Column("Diagnostics"),
    )
    rows = []
    for effects in several:
        donors = sum(item.admitted for item in effects.donors)
        for fit in effects.fits:
            # The largest in size: a negative one carries the path as well.
            donor, weight = max(fit.donor_weights().items(), key=lambda item: abs(item[1]), default=("", 0.0))
            identification = effects.joint.identification_of(fit.outcome.name)
            rows.append(
                (
                    Cell(bare_title(fit.outcome)),
                    *((Cell(panel.label(effects.design.unit)),) if len(units) > 1 else ()),
                    Cell(window_text(effects.design)),
                    effect_cell(fit.outcome, float(fit.mean_gap[fit.treated])),
                    rmspe_cell(fit.outcome, float(fit.pre_rmspe[fit.treated])),
                    Cell(f"{panel.label(donor)} {share_text(weight)}" if donor else "none"),
                    number(str(donors), donors),
                    state_cell(identification.state) if identification.checks else Cell("not checked"),
                )
            )
    return Sheet(id=sheet_id, caption=caption, columns=columns, rows=tuple(rows))


def estimator_sheet(rows: Sequence[EstimatorRow], outcomes: Sequence[Outcome]) -> Sheet:
    """Return estimators side by side."""
    known = {outcome.name: outcome for outcome in outcomes}
    columns = (
        Column("Outcome"),
        Column("Estimator"),
        Column("Mean gap", numeric=True),
        Column("Placebo s.d.", numeric=True),
        Column("p gain", numeric=True),
        Column("Pre-period RMSPE", numeric=True),
        Column("Placebo pools"),
    )
    cells = []
    for row in rows:
        outcome = known.get(row.outcome)
        cells.append(
            (
                Cell(bare_title(outcome) if outcome else row.outcome),
                Cell(ESTIMATORS[row.estimator].label),
                effect_cell(outcome, row.effect) if outcome else number(number_text(row.effect), row.effect),
                rmspe_cell(outcome, row.placebo_sd) if outcome else number(number_text(row.placebo_sd), row.placebo_sd),
                number(p_text(row.p_good), row.p_good),
                rmspe_cell(outcome, row.pre_rmspe) if outcome else number(number_text(row.pre_rmspe), row.pre_rmspe),
                Cell(POOLS[row.pools]),
            )
        )
    return Sheet(id="estimators", caption="Other estimators beside the main one", columns=columns, rows=tuple(cells))


def balance_sheet(panel: Panel, fit: OutcomeFit, sheet_id: str) -> Sheet:
    """Return the predictors that weights were fitted on: the zone's, its synthetic control's and the donors' means."""
    label = panel.label(fit.units[fit.treated])
    columns = (
        Column("Predictor"),
        Column(label, numeric=True),
        Column(f"Synthetic {label}", numeric=True),
        Column("Donors' mean", numeric=True),
        Column("Importance", numeric=True),
    )
    rows = []
    for name, *means, importance in fit.balance().rows():
        info = panel.series[str(name)]
        unit = plain_unit(info.unit)
        cells = [number(number_text(float(str(value)), digits=4), float(str(value))) for value in means]
        share = float(str(importance))
        rows.append(
            (Cell(f"{info.label or name}{f', {unit}' if unit else ''}"), *cells, number(share_text(share), share))
        )
    caption = f"{bare_title(fit.outcome)}: predictors of {label} and of its synthetic control"
    return Sheet(id=sheet_id, caption=caption, columns=columns, rows=tuple(rows))

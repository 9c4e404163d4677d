"""The tables of a report, but for those of its tests and those behind its charts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.core import GRADE_WORDS
from pilotzone.evaluation.few import ESTIMATORS, POOLS
from pilotzone.report import (
    Cell,
    Column,
    Sheet,
    and_list,
    bare_title,
    check_sheet,
    effect_cell,
    headline,
    number,
    number_text,
    p_cell,
    p_text,
    plain_unit,
    rmspe_cell,
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

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few import EstimatorRow, FewEffects, OutcomeFit
    from pilotzone.study.zone.findings import DesignFindings

__all__ = [
    "balance_sheet",
    "checks_sheet",
    "designs_sheet",
    "donor_sheet",
    "donor_sheets",
    "effects_sheet",
    "estimator_sheet",
]


def checks_sheet(design: DesignFindings, outcome: Outcome, sheet_id: str) -> Sheet:
    """Return the diagnostics of an outcome."""
    checks = design.joint.identification_of(outcome.name).checks
    return check_sheet(checks, f"{bare_title(outcome)}: diagnostics", sheet_id)


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
        caption=f"{admitted} donors with their weights; {len(rows) - admitted} units left out",
        columns=columns,
        rows=rows,
        note=weights_note([fit for fit, _ in fits]),
    )


def donor_sheets(panel: Panel, design: DesignFindings) -> tuple[Sheet, Sheet | None]:
    """Return `donor_sheet` in two: donors that carry weight, and all other units; ``None`` where there are none."""
    whole = donor_sheet(panel, design)
    carry = tuple(row for row in whole.rows if any(cell.value for cell in row))
    rest = tuple(row for row in whole.rows if row not in carry)
    if not carry or not rest:
        return whole, None
    idle = donor_count(design) - len(carry)
    columns = whole.columns
    donors = replace(whole, caption=f"{len(carry)} donors with their weights", rows=carry)
    caption = f"{idle} donors with zero weight, and {len(rest) - idle} units that are not donors"
    return donors, Sheet("donors-without", caption, columns, rest)


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
    """Say of which designs the weights are not shares."""
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


def estimator_sheet(rows: Sequence[EstimatorRow], outcomes: Sequence[Outcome], *, ranked: bool = False) -> Sheet:
    """Return estimators side by side; `ranked` says whether placebo ranks stand beside what decides."""
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
    note = "p gain: by placebo ranks of the mean gap, which are not part of the verdict." if ranked else ""
    return Sheet("estimators", "Other estimators beside the main one", columns, tuple(cells), note)


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

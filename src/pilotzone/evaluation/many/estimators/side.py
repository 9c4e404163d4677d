"""Estimators side by side: the same effects in rows, an estimator in each column, standard errors below in brackets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import NEVER, Table, UsageError, listing, paired_texts
from pilotzone.evaluation.many.estimators.aggregates import AggregateKind, Shares, aggregate_effects
from pilotzone.evaluation.many.estimators.coefficients import EventCoefficients
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
from pilotzone.evaluation.many.estimators.two_way import TwoWayWarning
from pilotzone.evaluation.many.variation.guard import NO_SPREAD, refusals
from pilotzone.evaluation.many.variation.known import reliability

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["side_by_side"]

_REFERENCE, _FEW = "reference", "too few"
"""What stands in place of a standard error: a reference has none, and the guard for few units refuses others."""


def side_by_side(
    estimators: Mapping[str, GroupTimeEffects],
    *kinds: AggregateKind,
    two_way: TwoWayWarning | None = None,
    two_way_events: EventCoefficients | None = None,
    shares: Shares = "estimated",
) -> Table:
    """Lay averages by several estimators side by side.

    Parameters
    ----------
    estimators
        Name, as it stands above the column, to effects on the same outcomes.
    kinds
        Which averages stand in the rows; `simple` and `dynamic` if none is given.
    two_way, two_way_events
        What two-way fixed effects would have said, as a last column whose head and note say that it is a warning: the
        coefficient of being treated stands beside the average of kind `simple`, coefficients of times since treatment
        beside those of kind `dynamic`.
    shares
        Whether cohorts' shares are estimated or given.

    Returns
    -------
    Table
        Effects and, below each, its standard error in brackets, as texts, or words where the guard for few units
        refuses one; then units, cohorts, controls, and what was left out. It has an outcome column where there are
        several outcomes.

    Raises
    ------
    UsageError
        If no estimator is given, or they are not of the same outcomes.
    """
    kinds = kinds or ("simple", "dynamic")
    columns = [_estimated(name, effects, kinds, shares) for name, effects in estimators.items()]
    if not columns:
        raise UsageError("no estimator is given.", allowed="one or more, by name")
    outcomes = columns[0].outcomes
    for column in columns:
        if column.outcomes != outcomes:
            raise UsageError(
                f"'{column.name}' is of outcomes {listing(column.outcomes)}, '{columns[0].name}' of"
                f" {listing(outcomes)}.",
                allowed="estimators on the same outcomes",
            )
    if two_way is not None or two_way_events is not None:
        few = {key for column in columns for key, pair in column.pairs.items() if pair[1] == _FEW}
        columns.append(_warned(two_way, two_way_events, outcomes, few))
    rows = [row for outcome in outcomes for row in _rows(outcome, columns, len(outcomes) > 1)]
    rows += _facts(columns, len(outcomes) > 1)
    names = [*(["outcome"] if len(outcomes) > 1 else []), "effect", *(column.name for column in columns)]
    table = Table.from_rows(names, rows)
    title = "Effects by estimator" if len(outcomes) > 1 else f"Effects on {outcomes[0]} by estimator"
    return Table(table.columns, title=title, note=_note(columns, shares))


_Key = tuple[str, str, int | None]
"""Outcome, kind of average, and what it is of."""


@dataclass(frozen=True)
class _Column:
    """One estimator: its averages by what they are of, as texts, and what stands below them."""

    name: str
    outcomes: tuple[str, ...]
    pairs: Mapping[_Key, tuple[str, str]]
    facts: Mapping[str, str]
    notes: tuple[str, ...]


def _estimated(
    name: str,
    effects: GroupTimeEffects,
    kinds: tuple[AggregateKind, ...],
    shares: Shares,
) -> _Column:
    found = aggregate_effects(effects, *kinds, shares=shares)
    references = {
        (row.outcome, row.kind, row.at)
        for row, weights in zip(found.rows, found.weights, strict=True)
        if all(effects.cells[c].reference for c in weights.nonzero()[0])
    }
    pairs: dict[_Key, tuple[str, str]] = {}
    notes: list[str] = []
    known = reliability(effects.variation, found.weighting, found.covariance.diagonal())
    values = zip(found.rows, found.estimate.tolist(), found.se.tolist(), refusals(known), strict=True)
    for row, value, error, why in values:
        key = (row.outcome, row.kind, row.at)
        unit = effects.unit_of(row.outcome)
        if key in references:
            pairs[key] = ("0", _REFERENCE)
        elif not why or why == NO_SPREAD:
            pairs[key] = paired_texts(value * unit, 0.0 if why else error * unit)
        else:
            pairs[key] = (paired_texts(value * unit, error * unit)[0], _FEW)
            notes.append(f"{name}, {row.outcome}, {_label(row.kind, row.at)}: no standard error, {why}.")
    return _Column(
        name, tuple(dict.fromkeys(cell.outcome for cell in effects.cells)), pairs, _said(effects), tuple(notes)
    )


def _said(effects: GroupTimeEffects) -> dict[str, str]:
    """Return what stands below an estimator's averages, in the order of their rows."""
    treated = {cell.cohort for cell in effects.cells if cell.event >= 0}
    never = sum(int(n) for g, n in zip(effects.cohorts.tolist(), effects.counts.tolist(), strict=True) if g == NEVER)
    return {
        "units": f"{int(effects.counts.sum()):,}",
        "of these never treated": f"{never:,}",
        "cohorts with effects": str(len(treated)),
        "controls": effects.comparison.controls.replace("_", " "),
        "base before treatment": effects.comparison.base,
        "effects by cohort and period": f"{sum(not cell.reference for cell in effects.cells):,}",
        "cohorts or periods left out": f"{len(effects.left_out):,}",
    }


def _warned(
    two_way: TwoWayWarning | None, events: EventCoefficients | None, outcomes: tuple[str, ...], few: set[_Key]
) -> _Column:
    """Return what two-way fixed effects would have said, as a column; no error where another column has too few."""
    pairs: dict[_Key, tuple[str, str]] = {}
    notes = [
        "Two-way fixed effects are shown as a warning, of what they would have said; they estimate no effect here."
    ]
    facts: dict[str, str] = {}
    if two_way is not None:
        for outcome, value, error in zip(
            two_way.outcomes, two_way.coefficient.tolist(), two_way.se.tolist(), strict=True
        ):
            pairs[outcome, "simple", None] = paired_texts(value, error)
        notes += [
            said for outcome, said in zip(two_way.outcomes, two_way.statements(), strict=True) if outcome in outcomes
        ]
        facts["controls"] = "all, treated ones too"
    if events is not None:
        rows = zip(events.outcomes, events.events, events.estimate.tolist(), events.se.tolist(), strict=True)
        for outcome, event, value, error in rows:
            pairs[outcome, "dynamic", event] = paired_texts(value, error)
    pairs = {key: (pair[0], _FEW) if key in few else pair for key, pair in pairs.items()}
    return _Column("two-way fixed effects (warning)", outcomes, pairs, facts, tuple(notes))


def _rows(outcome: str, columns: list[_Column], several: bool) -> list[list[str]]:  # noqa: FBT001 - private
    """Return two rows for each average on an outcome: effects, and standard errors."""
    order = {"simple": 0, "group": 1, "calendar": 2, "dynamic": 3}
    keys = {key[1:] for column in columns for key in column.pairs if key[0] == outcome}
    found = []
    for kind, at in sorted(keys, key=lambda key: (order[key[0]], key[1] is not None, key[1] or 0)):
        pairs = [column.pairs.get((outcome, kind, at), ("", "")) for column in columns]
        found.append([*([outcome] if several else []), _label(kind, at), *(pair[0] for pair in pairs)])
        found.append([*([""] if several else []), "", *(pair[1] for pair in pairs)])
    return found


def _facts(columns: list[_Column], several: bool) -> list[list[str]]:  # noqa: FBT001 - private
    names = dict.fromkeys(name for column in columns for name in column.facts)
    return [[*([""] if several else []), name, *(column.facts.get(name, "") for column in columns)] for name in names]


def _label(kind: str, at: int | None) -> str:
    if kind == "simple":
        return "all effects"
    if kind == "dynamic":
        return "mean over event times" if at is None else f"event time {at}".replace("-", "\N{MINUS SIGN}")
    if kind == "group":
        return "mean over cohorts" if at is None else f"cohort {at}"
    return "mean over periods" if at is None else f"period {at}"


def _note(columns: list[_Column], shares: Shares) -> str:
    said = "estimated" if shares == "estimated" else "taken as given"
    return " ".join(
        (
            f"Standard errors in brackets, clustered by unit; cohorts' shares are {said}.",
            *(note for column in columns for note in column.notes),
        )
    )

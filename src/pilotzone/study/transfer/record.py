"""A transfer as plain data and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.study.transfer.wording import transfer_limits, transfer_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pilotzone.study.transfer.findings import OutcomeTransfer, TransferFindings
    from pilotzone.transfer import JointSynthesis

__all__ = ["TABLES", "candidates_table", "joint_table", "transfer_record", "transfer_tables"]

TABLES = (
    "effects.csv", "pooled.csv", "candidates.csv", "ranks.csv", "coefficients.csv", "forecasts.csv", "scores.csv",
    "breakdown.csv", "posterior.csv", "places.csv", "joint.csv",
)  # fmt: skip


def transfer_record(found: TransferFindings) -> dict[str, Any]:
    """Return a transfer as plain data: what ``transfer.json`` holds and ``--json`` prints."""
    return {
        "name": found.name,
        "title": found.title,
        "words": list(transfer_words(found)),
        "treatment": found.treatment,
        "horizon": found.horizon,
        "zones": [place.name for place in found.zones],
        "outcomes": [_outcome(item) for item in found.outcomes],
        "jointly": None if found.jointly is None else joint_table(found.jointly).records(),
        "cannot_say": [limit.text for limit in transfer_limits(found)],
    }


def _outcome(item: OutcomeTransfer) -> dict[str, Any]:
    pooled, show = item.pooled, item.outcome.display
    return {
        "outcome": item.outcome.name,
        "effect_unit": item.outcome.display_unit,
        "zones": len(pooled.zones),
        "method": item.synthesis.method,
        "effect": show(pooled.estimate),
        "interval": [show(end) for end in pooled.interval],
        "prediction": None if pooled.prediction is None else [show(end) for end in pooled.prediction],
        "prediction_method": item.synthesis.prediction,
        "estimate": pooled.estimate,
        "se": pooled.se,
        "tau2": pooled.tau2,
        "tau2_interval": [_finite(end) for end in pooled.tau2_interval],
        "i2": pooled.i2,
        "q": pooled.q,
        "q_p": pooled.q_p,
        "warning": pooled.warning,
        "candidates": [
            {
                "place": row.place,
                "region": row.region,
                "effect": None if row.effect is None else show(row.effect),
                "low": None if row.low is None else show(row.low),
                "high": None if row.high is None else show(row.high),
                "transported": row.effect is not None,
                "forbids": row.forbids,
                "refusal": row.refusal,
                "first": row.first,
            }
            for row in item.candidates
        ],
        "coefficients": [] if item.predictions is None else item.predictions.coefficients().records(),
        "scores": [] if item.forecasts is None else item.forecasts.summary().records(),
        "forecasts": item.forecasts_note if item.forecasts is None else item.forecasts.answer,
        "breakdown": [] if item.breakdown is None else item.breakdown.to_table().records(),
        "posterior": [] if item.posterior is None else item.posterior.to_table().records(),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def transfer_tables(found: TransferFindings) -> dict[str, Table]:
    """Return the tables of a run by the names of their files."""

    def stacked(title: str, part: Callable[[OutcomeTransfer], Table | None]) -> Table:
        return _stacked(title, [(item.outcome.name, part(item)) for item in found.outcomes])

    made = (
        stacked("Effects of zones", lambda item: item.synthesis.effects.to_table()),
        stacked("Mean effects of zones", lambda item: item.synthesis.to_table()),
        stacked("Candidates", candidates_table),
        stacked("Candidates by expected effect", lambda item: None if item.ranks is None else item.ranks.to_table()),
        stacked(
            "Effects by moderators", lambda item: None if item.predictions is None else item.predictions.coefficients()
        ),
        stacked(
            "Each zone forecast from the others",
            lambda item: None if item.forecasts is None else item.forecasts.to_table(),
        ),
        stacked("Scores of forecasts", lambda item: None if item.forecasts is None else item.forecasts.summary()),
        stacked(
            "What would overturn predictions",
            lambda item: None if item.breakdown is None else item.breakdown.to_table(),
        ),
        stacked("Under the stated priors", lambda item: None if item.posterior is None else item.posterior.to_table()),
        _places(found),
        Table.from_rows(("note",), [("not computed",)]) if found.jointly is None else joint_table(found.jointly),
    )
    return dict(zip(TABLES, made, strict=True))


def joint_table(found: JointSynthesis) -> Table:
    """Return the joint means with their correlations, saying what they rest on."""
    table = found.to_table()
    correlations = {
        f"correlation_{item.name}": found.correlation[:, k].tolist() for k, item in enumerate(found.outcomes)
    }
    columns = {**table.columns, **correlations}
    apart = found.structure == "diagonal"
    note = (
        "Mean effects on all outcomes jointly, by multivariate random effects: errors of one zone on several outcomes, "
        "and of zones that share donors or controls, are in them. True effects on different outcomes "
        f"{'are taken to vary independently' if apart else 'may be correlated'} between zones. "
        f"The factor of Hartung and Knapp is {found.factor:.3g}, with {found.degrees} degrees of freedom."
    )
    return Table(columns, title=table.title, units=table.units, note=note)


def candidates_table(item: OutcomeTransfer) -> Table:
    """Return one row per candidate: prediction and interval in readable units, or why there is none."""
    show = item.outcome.display
    names = ("place", "region", "effect", "low", "high", "effect_unit", "first", "forbids", "refusal")
    rows = [
        (
            row.place,
            row.region,
            *(None if value is None else show(value) for value in (row.effect, row.low, row.high)),
            item.outcome.display_unit,
            row.first,
            row.forbids,
            row.refusal,
        )
        for row in item.candidates
    ]
    return Table.from_rows(names, rows, title="Candidates")


def _places(found: TransferFindings) -> Table:
    """Return zones and candidates with their moderators."""
    moderators = () if found.zone_values is None else found.zone_values.moderators
    rows = []
    for part, places, values in (
        ("zone", found.zones, found.zone_values),
        ("candidate", found.candidates, found.candidate_values),
    ):
        for k, place in enumerate(places):
            own = () if values is None else tuple(values.values[k].tolist())
            rows.append((part, place.name, place.region, *own))
    names = ("part", "place", "region", *(item.name for item in moderators))
    if moderators and found.candidate_values is None:
        rows = [(*row, *(None,) * (len(names) - len(row))) for row in rows]
    return Table.from_rows(names, rows, title="Zones and candidates")


def _stacked(title: str, parts: Sequence[tuple[str, Table | None]]) -> Table:
    """Return the tables of all outcomes below one another, with the outcome before each row."""
    shown: list[tuple[str, Mapping[str, Any]]] = [
        (name, row) for name, table in parts if table is not None for row in table.records()
    ]
    keys = list(dict.fromkeys(key for _, row in shown for key in row if key != "outcome"))
    if not shown:
        return Table.from_rows(("outcome", "note"), [(name, "not computed") for name, _ in parts], title=title)
    return Table.from_rows(
        ("outcome", *keys), [(name, *(row.get(key) for key in keys)) for name, row in shown], title=title
    )

"""Tables of the report of a transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Table
from pilotzone.report import Cell, Column, Sheet, bare_title, effect_text, number, plain_sheet, whole_percent
from pilotzone.study.transfer.record import joint_table
from pilotzone.study.transfer.wording import SHORT_OF_TOLD, interval_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.transfer.findings import OutcomeTransfer, TransferFindings

__all__ = ["transfer_sheets"]

_BREAKDOWN = {
    "place": "Place",
    "estimate": "Predicted effect, own scale",
    "end": "End of its interval towards no effect",
    "shift": "Shift that takes the effect away",
    "end_shift": "Shift that takes the interval to no effect",
}


def transfer_sheets(found: TransferFindings) -> list[Sheet]:
    """Return the tables of the page: candidates first where there are some, then zones, then what is behind them."""
    sheets = [sheet for k, item in enumerate(found.outcomes) for sheet in _outcome_sheets(item, f"outcome-{k + 1}")]
    joint = [] if found.jointly is None else [plain_sheet("joint", _worded(joint_table(found.jointly)))]
    return [*sheets, *joint, *_moderators(found)]


def _outcome_sheets(item: OutcomeTransfer, key: str) -> Iterator[Sheet]:
    title = bare_title(item.outcome)
    if item.candidates:
        yield _candidates(item, key, title)
    yield _zones(item, key, title)
    tables: list[tuple[str, Table | None]] = [
        ("pooled", item.synthesis.to_table()),
        ("coefficients", None if item.predictions is None else item.predictions.coefficients()),
        ("ranks", None if item.ranks is None else item.ranks.to_table()),
        ("scores", None if item.forecasts is None else item.forecasts.summary()),
        ("forecasts", None if item.forecasts is None else item.forecasts.to_table()),
        ("breakdown", None if item.breakdown is None else item.breakdown.to_table()),
        ("posterior", None if item.posterior is None else item.posterior.to_table()),
    ]
    for name, table in tables:
        if table is not None:
            yield plain_sheet(f"{key}-{name}", _worded(table))


def _worded(table: Table) -> Table:
    """Return a table whose headings are words."""
    columns = {_BREAKDOWN.get(name, name.replace("_", " ")): cells for name, cells in table.columns.items()}
    units = {_BREAKDOWN.get(name, name.replace("_", " ")): unit for name, unit in table.units.items()}
    return Table(columns, title=table.title, units=units, note=table.note)


def _candidates(item: OutcomeTransfer, key: str, title: str) -> Sheet:
    columns = (
        Column("Candidate"), Column("Predicted effect"), Column("Prediction interval"),
        Column("Ranks first", "%", numeric=True), Column("Why not"),
    )  # fmt: skip
    rows = []
    for row in item.candidates:
        if row.effect is None or row.low is None or row.high is None:
            rows.append((Cell(row.place), Cell(SHORT_OF_TOLD), Cell(""), Cell(""), Cell(row.refusal)))
            continue
        first = Cell("") if row.first is None else number(whole_percent(row.first), 100 * row.first)
        ends = interval_words(item.outcome, row.low, row.high)
        rows.append((Cell(row.place), Cell(effect_text(item.outcome, row.effect)), Cell(ends), first, Cell("")))
    note = (
        "A prediction interval is of the candidate's true effect. A candidate outside what was seen has none."
        if item.predictions is not None
        else "Nothing tells candidates apart: each counts as a further zone of the same kind."
    )
    return Sheet(f"{key}-candidates", f"{title}: what candidates could expect", columns, tuple(rows), note)


def _zones(item: OutcomeTransfer, key: str, title: str) -> Sheet:
    columns = (
        Column("Zone"), Column("Effect"), Column("Standard error", numeric=True),
        Column("Counts in the mean", "%", numeric=True), Column("Source"),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(one.zone),
            Cell(effect_text(item.outcome, one.estimate)),
            number(f"{one.se:.4g}", one.se),
            number(whole_percent(weight), 100 * weight),
            Cell(one.source),
        )
        for one, weight in zip(item.synthesis.effects.effects, item.pooled.weights, strict=True)
    )
    unit = "log points" if item.outcome.scale == "log" else item.outcome.display_unit or "the outcome's unit"
    note = f"Standard errors are in {unit}."
    if item.synthesis.effects.covariance is not None:
        note += " Zones err together where they share donors: that is in the mean, and not in this table."
    return Sheet(f"{key}-zones", f"{title}: effects of zones", columns, rows, note)


def _moderators(found: TransferFindings) -> Iterator[Sheet]:
    if found.zone_values is None:
        return
    items = found.zone_values.moderators
    rows = [(item.name, item.unit, item.declared, item.reason) for item in items]
    declared = Table.from_rows(("moderator", "unit", "declared", "why"), rows, title="Moderators, declared beforehand")
    yield plain_sheet("moderators", declared)
    for key, title, values in (
        ("zone-values", "Zones by moderators", found.zone_values),
        ("candidate-values", "Candidates by moderators", found.candidate_values),
    ):
        if values is not None:
            table = values.to_table()
            yield plain_sheet(key, Table(table.columns, title=title, units=table.units, note=table.note))

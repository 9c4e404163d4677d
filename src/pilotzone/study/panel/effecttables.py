"""Effects on many units as tables of a terminal: averages of all outcomes, and effects by time since treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Grid, bare_title, number_text, p_text, percent_text, plain, plain_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome
    from pilotzone.evaluation.many import EffectRow

__all__ = ["averages_grid", "scale_note", "small_note", "times_grid"]

_REMARK = ""
"""Head of the column of remarks."""
_TO_PERCENT = 100
_FEW = "too few: "
"""What a refusal of standard errors begins with where units are few."""


def averages_grid(rows: Sequence[EffectRow], level: str) -> Grid:
    """Return one row per outcome: effect, standard error, t, p, interval, and units.

    Parameters
    ----------
    rows
        The overall averages, one per outcome.
    level
        Level of the intervals, in words.
    """
    columns = {
        "outcome": [f"{bare_title(row.outcome)}{', %' if row.outcome.scale == 'log' else ''}" for row in rows],
        **_estimates(rows),
        "t": ["" if not row.se else f"{row.estimate / row.se:.2f}" for row in rows],
        "p": [_p(row) for row in rows],
        f"{level} interval": [_pair(row, row.interval or row.interval_by_lot) for row in rows],
        "treated": [f"{row.treated_units:,}" for row in rows],
        _REMARK: [_remark(row) for row in rows],
    }
    return _grid(columns, text="outcome")


def times_grid(rows: Sequence[EffectRow], level: str) -> Grid:
    """Return one row per time since treatment; where nothing has a standard error, without empty columns."""
    columns = {
        "time": [str(row.at) for row in rows],
        **_estimates(rows),
        "p": [_p(row) for row in rows],
        f"{level} interval": [_pair(row, row.interval) for row in rows],
        f"{level} band": [_pair(row, row.band) for row in rows],
        "units": [f"{row.treated_units:,}" for row in rows],
        _REMARK: ["reference" if row.reference else _remark(row) for row in rows],
    }
    return _grid(columns, text="")


def scale_note(rows: Sequence[EffectRow]) -> str:
    """Return the units of effects, and of standard errors where outcomes are logarithms.

    Parameters
    ----------
    rows
        The overall averages, one per outcome.
    """
    told = [f"{bare_title(row.outcome)} in {unit}." for row in rows if (unit := _unit(row.outcome))]
    if any(row.outcome.scale == "log" and row.se is not None for row in rows):
        told.append(
            "Of logarithms: effects and intervals in percent, std. err. in log points times 100, t and p of log points."
        )
    return " ".join(told)


def small_note(rows: Sequence[EffectRow]) -> str:
    """Return why rows have no standard error, and what their p and intervals are by; empty where all have one.

    Parameters
    ----------
    rows
        Effects of one table.
    """
    why = dict.fromkeys(row.refused.removeprefix(_FEW) for row in rows if row.p_by_lot is not None and row.refused)
    if not why:
        return ""
    what = "p and intervals are" if any(row.interval_by_lot is not None for row in rows) else "p is"
    return f"Units are too few for standard errors ({'; or '.join(why)}): {what} by randomisation inference."


def _remark(row: EffectRow) -> str:
    """Return the remark of a row; that of rows with p by randomisation inference stands beneath the table."""
    return row.remark if row.p_by_lot is None else ""


def _estimates(rows: Sequence[EffectRow]) -> dict[str, list[str]]:
    return {"effect": [_figure(row, row.estimate) for row in rows], "std. err.": [_error(row) for row in rows]}


def _p(row: EffectRow) -> str:
    p = row.p if row.p is not None else row.p_by_lot
    return "" if p is None or row.reference else p_text(p)


def _error(row: EffectRow) -> str:
    if row.se is None:
        return ""
    return number_text(row.se * _TO_PERCENT if row.outcome.scale == "log" else row.se)


def _pair(row: EffectRow, pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f"[{_figure(row, pair[0])}, {_figure(row, pair[1])}]"


def _figure(row: EffectRow, value: float) -> str:
    shown = row.outcome.display(value)
    if row.outcome.scale == "log":
        return percent_text(shown, signed=True).replace("\u00a0%", "")
    return number_text(shown, signed=True)


def _unit(outcome: Outcome) -> str:
    return "" if outcome.scale == "log" else plain_unit(outcome.unit)


def _grid(columns: dict[str, list[str]], *, text: str) -> Grid:
    kept = {head: [plain(cell) for cell in cells] for head, cells in columns.items() if any(cells)}
    heads = [head for head in kept if head not in {_REMARK, text}]
    return Grid(list(kept), list(zip(*kept.values(), strict=True)), right=heads, whole=heads, remark=_REMARK)

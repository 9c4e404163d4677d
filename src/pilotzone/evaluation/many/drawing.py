"""Event studies: effects by time since treatment, with pointwise intervals and a band over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pilotzone.report import (
    INK,
    MARGIN,
    PLACEBO,
    TREATED,
    BreakRule,
    Cell,
    Chart,
    Column,
    Figure,
    LineEnd,
    Sheet,
    and_list,
    bare_title,
    break_layers,
    break_note,
    break_room,
    break_rules,
    break_summary,
    effect_cell,
    effect_text,
    end_cells,
    end_labels,
    gap_axis_title,
    layered,
    margin_text,
    number,
    padded,
    plain_unit,
    point_looks,
    reference_rules,
    rule_words,
    side_axis,
    tips,
    wrapped,
)

if TYPE_CHECKING:
    from pilotzone.core import Break, Frequency, Outcome
    from pilotzone.evaluation.many.inference.rows import EffectRow
    from pilotzone.store import PanelFacts

__all__ = ["event_breaks", "event_figures"]

_HEIGHT = 320
_START = -0.5
"""Where treatment begins on the axis."""
_ASIDE = 0.1
_BEYOND = 0.7
"""How far the axis goes on beyond the first and the last time."""
_WORDS = 16
"""Pixels above the plot in which the start of treatment is named."""
_MOST_COHORTS = 3
NO_RULES: Mapping[str, Sequence[BreakRule]] = MappingProxyType({})
NO_STARTS: Mapping[str, int] = MappingProxyType({})
_LOOKS = {
    "before treatment": ("circle", 70, "#ffffff", PLACEBO),
    "reference, zero by definition": ("diamond", 90, "#ffffff", INK),
    "from treatment on": ("circle", 110, TREATED, TREATED),
}
"""Shape, size, filling and border by kind of effect."""


def event_figures(
    rows: Sequence[EffectRow],
    level: float,
    source: str,
    frequency: Frequency = "number",
    rules: Mapping[str, Sequence[BreakRule]] = NO_RULES,
) -> list[Figure]:
    """Return one figure per outcome.

    Parameters
    ----------
    rows
        Effects by time since treatment, those of one outcome one after the other.
    level
        Level of intervals and bands.
    source
        Where the figures come from.
    frequency
        What times since treatment count.
    rules
        Outcome to the rules for breaks in its column (see `event_breaks`).
    """
    word = "periods" if frequency == "number" else f"{frequency}s"
    outcomes = {row.outcome.name: row.outcome for row in rows}
    return [
        _figure(
            [row for row in rows if row.outcome.name == name],
            outcome,
            level,
            source,
            f"events-{k}",
            word,
            rules.get(name, ()),
        )
        for k, (name, outcome) in enumerate(outcomes.items(), start=1)
    ]


def event_breaks(
    facts: PanelFacts, breaks: Mapping[str, Sequence[Break]], starts: Mapping[str, int] = NO_STARTS
) -> dict[str, tuple[BreakRule, ...]]:
    """Return the rules for breaks by time since treatment, outcome by outcome; of several cohorts each has its own.

    `starts` are units' cohorts: a cohort has the breaks that concern a unit of it, or all if no units are known. Where
    more cohorts were treated than a chart can hold rules for, breaks have none: they lie at other times for each.
    """
    treated = [cohort for cohort in facts.cohorts.tolist() if facts.periods[0] < cohort <= facts.periods[-1]]
    periods = [facts.label(period) for period in facts.periods]
    found: dict[str, tuple[BreakRule, ...]] = {}
    for name, own in breaks.items():
        rules = []
        for cohort in treated if len(treated) <= _MOST_COHORTS else ():
            units = [unit for unit, start in starts.items() if start == cohort]
            for rule in break_rules([item for item in own if _concerns(item, units, cohort)], periods):
                at = rule.at - cohort
                whose = f" (treated from {facts.label(cohort)})" if len(treated) > 1 and rule.text else ""
                # Treatment has a rule of its own.
                rules.append(replace(rule, at=at - _ASIDE if at == _START else at, text=rule.text + whose))
        found[name] = tuple(sorted(rules, key=lambda item: item.at))
    return found


def _concerns(item: Break, units: Sequence[str], cohort: int) -> bool:
    """Return whether a break concerns one of a cohort's units, and is not its treatment."""
    return not units or item.concerns(units, [(unit, cohort) for unit in units])


def _figure(
    rows: list[EffectRow],
    outcome: Outcome,
    level: float,
    source: str,
    name: str,
    word: str,
    rules: Sequence[BreakRule],
) -> Figure:
    events = [row.at for row in rows if row.at is not None]
    shown = [rule for rule in rules if events and min(events) < rule.at < max(events)]
    return Figure(
        id=name,
        title=_title(rows, outcome, level),
        summary=" ".join(filter(None, (_described(rows, outcome, level, word), break_summary(shown)))),
        source=source,
        citation=source,
        chart=_chart(rows, outcome, word, shown),
        sheet=_sheet(rows, outcome, level, f"{name}-data", word),
        note=" ".join(filter(None, (_bars(rows, level), break_note(shown)))),
    )


def _bars(rows: Sequence[EffectRow], level: float) -> str:
    """Return how bars are read; nothing where no effect has any."""
    if all(row.interval is None for row in rows):
        return ""
    return (
        f"Thick bars are pointwise {level:.0%} intervals. Thin ones span the simultaneous band, which holds all "
        f"effects in the chart at once in {level:.0%} of samples."
    )


def _after(rows: Sequence[EffectRow]) -> list[EffectRow]:
    return [row for row in rows if row.at is not None and row.at >= 0]


def _title(rows: list[EffectRow], outcome: Outcome, level: float) -> str:
    after, head = _after(rows), bare_title(outcome)
    if not after:
        return f"{head}: no effect after treatment could be estimated"
    ends = [effect_text(outcome, pick(row.estimate for row in after)) for pick in (min, max)]
    told = f"{head}: effects from treatment on run from {ends[0]} to {ends[1]}"
    bands = [row.band for row in after if row.band is not None]
    if not bands:
        return f"{told} — too few units for standard errors"
    clear = sum(low > 0 or high < 0 for low, high in bands)
    if clear == 0:
        return f"{told}; the {level:.0%} band holds zero throughout"
    count = "all" if clear == len(bands) else f"{clear} of"
    return f"{told}; the {level:.0%} band leaves zero out in {count} {len(bands)}"


def _described(rows: list[EffectRow], outcome: Outcome, level: float, word: str) -> str:
    parts = []
    for row in rows:
        text = f"at {row.at} {effect_text(outcome, row.estimate)}"
        if row.band is not None:
            low, high = (effect_text(outcome, end) for end in row.band)
            text += f" (band {low} to {high})"
        parts.append(text)
    margin = "" if outcome.margin is None else f" The margin is {margin_text(outcome)}."
    return (
        f"Event study of {bare_title(outcome)}, effects by {word} since treatment with {level:.0%} bands: "
        f"{'; '.join(parts)}.{margin}"
    )


def _kind(row: EffectRow) -> str:
    if row.reference:
        return "reference, zero by definition"
    return "from treatment on" if row.at is not None and row.at >= 0 else "before treatment"


def _chart(rows: list[EffectRow], outcome: Outcome, word: str, breaks: Sequence[BreakRule]) -> Chart:
    import altair as alt

    points: list[dict[str, Any]] = [
        {"event": row.at, "kind": _kind(row), "gap": outcome.display(row.estimate), "units": row.treated_units}
        for row in rows
    ]
    spans = {
        "interval": [_span(row, row.interval) for row in rows if row.interval is not None],
        "band": [_span(row, row.band) for row in rows if row.band is not None],
    }
    lines: dict[str, list[dict[str, Any]]] = {"zero": [{"gap": 0}]}
    if outcome.margin is not None:
        lines["margin"] = [{"gap": outcome.display(outcome.harm_boundary)}]
    shown = [row["gap"] for part in (points, *spans.values(), *lines.values()) for row in part]
    shown += [row["to"] for part in spans.values() for row in part]
    events = [row["event"] for row in points]
    start = [{"event": _START, "words": "treatment"}] if min(events) < 0 <= max(events) else []
    x = alt.X(
        "event:Q",
        axis=alt.Axis(title=f"{word} since treatment", format="d", tickMinStep=1, tickCount=10, grid=False),
        scale=alt.Scale(domain=[min(events) - _BEYOND, max(events) + _BEYOND], nice=False, zero=False),
    )
    y = alt.Y("gap:Q", axis=side_axis(), scale=alt.Scale(domain=padded(shown), nice=False))
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: effect")
    head = wrapped(title)
    kinds = [kind for kind in _LOOKS if any(row["kind"] == kind for row in points)]
    bars = [
        alt.Chart(alt.NamedData(name)).mark_rule(color=INK, strokeWidth=width).encode(x=x, y=y, y2=alt.Y2("to:Q"))
        for name, width in (("band", 1.1), ("interval", 4))
    ]
    marks = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(opacity=1, strokeWidth=1.5)
        .encode(
            x=x,
            y=y,
            **point_looks(head, kinds, _LOOKS, _WORDS + break_room(breaks)),
            tooltip=tips(event=f"{word} since treatment", gap=title, units="treated units"),
        )
    )
    begins = alt.Chart(alt.NamedData("start")).mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2).encode(x=x)
    rules = reference_rules(with_margin="margin" in lines, y=y)
    broken, data = break_layers(breaks, x, "event", above=_WORDS)
    ends = [
        LineEnd(
            f"margin {effect_text(outcome, outcome.harm_boundary)}",
            {"event": max(events) + _BEYOND},
            row["gap"],
            MARGIN,
        )
        for row in lines.get("margin", ())
    ]
    low, high = padded(shown)
    named, words = end_labels(ends, x, y, (low, high), _HEIGHT)
    data |= {"points": points, **spans, **lines, "start": start, **words}
    return Chart(layered(*rules, begins, *rule_words("start", x), *broken, *bars, marks, *named), data, _HEIGHT)


def _span(row: EffectRow, ends: tuple[float, float]) -> dict[str, Any]:
    return {"event": row.at, "gap": row.outcome.display(ends[0]), "to": row.outcome.display(ends[1])}


def _sheet(rows: list[EffectRow], outcome: Outcome, level: float, sheet_id: str, word: str) -> Sheet:
    unit = "%" if outcome.scale == "log" else plain_unit(outcome.unit)
    columns = (
        Column(f"{word.capitalize()} since treatment"),
        Column("Effect", unit, numeric=True),
        Column(f"{level:.0%} interval, from", unit, numeric=True),
        Column("to", unit, numeric=True),
        Column(f"{level:.0%} band, from", unit, numeric=True),
        Column("to ", unit, numeric=True),
        Column("Treated units", numeric=True),
        Column("Remark"),
    )
    body = tuple(
        (
            Cell(str(row.at), row.at),
            effect_cell(outcome, row.estimate),
            *end_cells(outcome, row.interval),
            *end_cells(outcome, row.band),
            number(f"{row.treated_units:,}", row.treated_units),
            Cell(row.remark),
        )
        for row in rows
    )
    note = and_list(sorted({row.refused for row in rows if row.refused}))
    return Sheet(sheet_id, f"{bare_title(outcome)}: effects by {word} since treatment", columns, body, note)

"""Charts of one zone: its actual and its synthetic path, and its gap beside those of the placebos.

Nothing here relies on colour alone: the treated unit is told by width, synthetic paths and margins by dashes, placebos
by thin lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import p_words
from pilotzone.report import (
    INK,
    MARGIN,
    PLACEBO,
    SYNTHETIC,
    TREATED,
    BreakRule,
    Chart,
    LineEnd,
    bare_title,
    break_layers,
    break_note,
    break_room,
    break_rules,
    drawn,
    edges,
    effect_text,
    end_labels,
    gap_axis_title,
    headed,
    layered,
    level_axis,
    period_axis,
    plain_lines,
    reference_rules,
    rule_words,
    side_axis,
    tips,
    unit_scale,
    when,
    when_tip,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from pilotzone.core import Outcome
    from pilotzone.evaluation.few.outcome_fit import OutcomeFit
    from pilotzone.evaluation.few.result import FewEffects
    from pilotzone.evaluation.few.several.result import SeveralEffects

__all__ = ["FewPlot", "Labels", "fit_breaks", "gap_chart", "path_chart", "path_levels", "plot_effects", "plot_zones"]

Labels = Callable[[str], str]
"""From a unit to the words for it."""

FewPlot = Literal["path", "gaps"]
"""The actual and the synthetic path; or the gap, beside those of all placebos."""

_SHADED = (("anticipation", "#dfe3e8", -15), ("window", "#f6eedd", -2))
_HEIGHT = 300
_START, _ASIDE = -0.5, 0.1
"""Where zones start on an axis of periods since then, and how far beside it another rule stands."""
_WORDS = 29
"""Pixels above the plot in which the phases are named."""
_MOST_NAMED = 6
"""Zones that are named each at the end of its line."""


def plot_effects(
    effects: FewEffects, fit: OutcomeFit, kind: FewPlot, labels: Mapping[str, str]
) -> alt.LayerChart | alt.FacetChart:
    """Return the chart of an outcome with a title that says the effect."""

    def label(unit: str) -> str:
        return labels.get(unit, unit)

    chart = path_chart(effects, fit, label) if kind == "path" else gap_chart(effects, fit, label)
    k = effects.joint.index(fit.outcome.name)
    first, last = effects.design.window
    title = (
        f"{bare_title(fit.outcome)}: {label(effects.design.unit)}'s gap averages "
        f"{effect_text(fit.outcome, float(fit.mean_gap[fit.treated]))}, {first} to {last}"
    )
    rank = f"Rank {p_words(effects.joint.rank_p(k))}, two-sided, among {len(fit.units)} units."
    state = f"Diagnostics: {effects.joint.identification_of(fit.outcome.name).state}."
    note = break_note(fit_breaks(effects, fit))
    return drawn(chart, title, (rank, state, *([note] if note else [])))


def fit_breaks(effects: FewEffects, fit: OutcomeFit) -> tuple[BreakRule, ...]:
    """Return the rules that the charts of an outcome have for breaks in its series."""
    starts = _starts(effects, fit)
    return break_rules(fit.breaks, fit.periods, beside=starts[0]["period"] if starts else None)


def path_levels(fit: OutcomeFit) -> tuple[list[float], list[float]]:
    """Return the treated unit's actual and synthetic path as levels: a logarithm is undone."""
    is_log = fit.outcome.scale == "log"
    actual, synthetic = (
        [math.exp(value) if is_log else float(value) for value in path[fit.treated]]
        for path in (fit.actual, fit.synthetic)
    )
    return actual, synthetic


def path_chart(effects: FewEffects, fit: OutcomeFit, label: Labels) -> Chart:
    """Return the actual and the synthetic path of the treated unit, in levels.

    A logged outcome is drawn in its own unit on a logarithmic axis: readers see yuan or tonnes, and equal distances
    are equal percentages, as in the estimation.
    """
    import altair as alt

    treated = label(effects.design.unit)
    names = [treated, "synthetic"]
    levels = path_levels(fit)
    factor, title = unit_scale(fit.outcome, [*levels[0], *levels[1]], fit.base)
    rows: list[dict[str, Any]] = [
        {**when(period), "path": name, "value": value / factor}
        for name, path in zip(names, levels, strict=True)
        for period, value in zip(fit.periods, path, strict=True)
        if math.isfinite(value)
    ]
    is_log = fit.outcome.scale == "log"
    values = [row["value"] for row in rows]
    scale, axis = level_axis(values, is_log=is_log)
    logged = f"{title.removesuffix(')')}; logarithmic axis)" if fit.base else f"{title} (logarithmic axis)"
    head = wrapped(logged if is_log else title)
    rules = fit_breaks(effects, fit)
    x = period_axis(fit.periods)
    y = alt.Y("value:Q", scale=scale, axis=headed(axis, head, _WORDS + break_room(rules)))
    marks, marked = break_layers(rules, x, above=_WORDS)
    looks = [(TREATED, [1, 0], 3.0), (SYNTHETIC, [6, 4], 2.5)]
    style = plain_lines("path", names, looks)
    lines = alt.Chart(alt.NamedData("lines")).mark_line().encode(x=x, y=y, **style)
    hover = (
        alt.Chart(alt.NamedData("lines"))
        .mark_point(size=80, opacity=0, filled=True)
        .encode(x=x, y=y, tooltip=tips(path="path", **when_tip(fit.periods), value=title))
    )
    last = {row["path"]: row for row in rows}
    ends = [
        LineEnd(name, {"period": last[name]["period"]}, last[name]["value"], look[0], bold=name == treated)
        for name, look in zip(names, looks, strict=True)
        if name in last
    ]
    named, told = end_labels(ends, x, y, (min(values), max(values)), _HEIGHT, is_log=is_log) if values else ([], {})
    data = {"lines": rows, **_phase_data(effects, fit), **marked, **told}
    return Chart(layered(*_phases(x, marks), lines, *named, hover), data, _HEIGHT)


def gap_chart(effects: FewEffects, fit: OutcomeFit, label: Labels) -> Chart:
    """Return the gaps of the treated unit and of all placebos, in percent or in the outcome's unit."""
    import altair as alt

    outcome = fit.outcome
    treated = label(effects.design.unit)
    names = [treated, f"{len(fit.units) - 1} placebos"]
    data = {"placebos": _gap_rows(fit, label, names[1]), "treated": _gap_rows(fit, label, names[0], treated=True)}
    looks = [(TREATED, [1, 0], 3.5), (PLACEBO, [1, 0], 0.9)]
    if outcome.margin is not None:
        names.append(f"margin {effect_text(outcome, outcome.harm_boundary)}")
        looks.append((MARGIN, [2, 3], 2.0))
        data["margin"] = [{"gap": outcome.display(outcome.harm_boundary), "kind": names[2]}]
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: gap to the synthetic path")
    x = period_axis(fit.periods)
    rules = fit_breaks(effects, fit)
    axis = headed(side_axis(), wrapped(title), _WORDS + break_room(rules))
    y = alt.Y("gap:Q", axis=axis, scale=alt.Scale(nice=True, zero=True))
    marks, marked = break_layers(rules, x, above=_WORDS)
    style = plain_lines("kind", names, looks)
    layers = [*_phases(x, marks), *reference_rules(with_margin=False, y=y)]
    layers += [
        alt.Chart(alt.NamedData(name)).mark_line().encode(x=x, y=y, detail=alt.Detail("unit:N"), **style)
        for name in ("placebos", "treated")
    ]
    if "margin" in data:
        layers.append(alt.Chart(alt.NamedData("margin")).mark_rule().encode(y=y, **style))
    for name in ("placebos", "treated"):
        hover = alt.Chart(alt.NamedData(name)).mark_point(size=50, opacity=0, filled=True)
        layers.append(hover.encode(x=x, y=y, tooltip=tips(unit="unit", **when_tip(fit.periods), gap=title)))
    named, told = end_labels(_gap_ends(data, fit, looks), x, y, _gap_span(data), _HEIGHT + 30)
    data |= {"zero": [{"gap": 0}], **_phase_data(effects, fit), **marked, **told}
    return Chart(layered(*layers, *named), data, _HEIGHT + 30)


def _gap_span(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[float, float]:
    """Return the least and the greatest gap that is drawn, zero included."""
    gaps = [0.0, *(float(row["gap"]) for rows in data.values() for row in rows)]
    return min(gaps), max(gaps)


def _gap_ends(
    data: Mapping[str, Sequence[Mapping[str, Any]]], fit: OutcomeFit, looks: Sequence[tuple[str, list[int], float]]
) -> list[LineEnd]:
    """Return where the treated unit, the placebos and the margin are named: of placebos the one farthest from it."""
    ends = []
    own = data["treated"][-1] if data["treated"] else None
    if own is not None:
        ends.append(LineEnd(own["kind"], {"period": own["period"]}, own["gap"], looks[0][0], bold=True))
    if data["placebos"]:
        end = max(row["period"] for row in data["placebos"])
        last = [row for row in data["placebos"] if row["period"] == end]
        start = 0.0 if own is None else own["gap"]
        row = max(last, key=lambda item: abs(item["gap"] - start))
        ends.append(LineEnd(row["kind"], {"period": row["period"]}, row["gap"], looks[1][0]))
    ends += [
        LineEnd(row["kind"], {"period": edges(fit.periods, fit.periods[-1])[1]}, row["gap"], MARGIN)
        for row in data.get("margin", ())
    ]
    return ends


def _gap_rows(fit: OutcomeFit, label: Labels, kind: str, *, treated: bool = False) -> list[dict[str, Any]]:
    gaps = fit.gaps
    return [
        {**when(period), "unit": label(unit), "kind": kind, "gap": fit.outcome.display(float(value))}
        for i, unit in enumerate(fit.units)
        if (i == fit.treated) == treated
        for period, value in zip(fit.periods, gaps[i], strict=True)
        if math.isfinite(value)
    ]


def _phases(x: alt.X, marks: Sequence[alt.Chart] = ()) -> list[alt.Chart]:
    """Shade anticipation and window, name them over the rules of breaks, and draw a line where the zone starts."""
    import altair as alt

    layers = []
    for phase, colour, _ in _SHADED:
        layers.append(alt.Chart(alt.NamedData(phase)).mark_rect(color=colour).encode(x=x, x2=alt.X2("to:Q")))
    layers += marks
    for phase, _, top in _SHADED:
        place = {"x": alt.X("to:Q"), "y": alt.YValue(top), "text": alt.Text("phase:N")}
        if marks:  # once in white and broad beneath: the word stays legible where a rule crosses it
            layers.append(
                alt.Chart(alt.NamedData(phase))
                .mark_text(align="right", baseline="bottom", fontSize=11, stroke="#ffffff", strokeWidth=4)
                .encode(**place)
            )
        word = alt.Chart(alt.NamedData(phase)).mark_text(align="right", baseline="bottom", fontSize=11, color="#454b52")
        layers.append(word.encode(**place))
    rule = alt.Chart(alt.NamedData("start")).mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2)
    return [*layers, rule.encode(x=x), *rule_words("start", x)]


def _phase_data(effects: FewEffects, fit: OutcomeFit) -> dict[str, list[dict[str, Any]]]:
    data: dict[str, list[dict[str, Any]]] = {}
    for phase, _, _ in _SHADED:
        inside = [period for period, item in zip(fit.periods, fit.phases, strict=True) if item == phase]
        ends = [(edges(fit.periods, inside[0])[0], edges(fit.periods, inside[-1])[1])] if inside else []
        data[phase] = [{"phase": phase, "period": left, "to": right} for left, right in ends]
    data["start"] = _starts(effects, fit)
    return data


def _starts(effects: FewEffects, fit: OutcomeFit) -> list[dict[str, Any]]:
    """Return where the zone starts on the axis, as a row; none where it does after the last period."""
    started = [period for period in fit.periods if period >= effects.design.start]
    return [{"period": edges(fit.periods, period)[0], "words": f"starts {period}"} for period in started[:1]]


def plot_zones(effects: SeveralEffects, outcome: Outcome, labels: Mapping[str, str]) -> alt.LayerChart | alt.FacetChart:
    """Return the gaps of several zones by periods since each one's start, and the mean of those that have one."""
    import altair as alt

    count = len(effects.parts)
    names = [f"mean of {count} zones", f"{count} zones"]
    zones = [row | {"kind": names[1]} for row in _since_start(effects, outcome, labels)]
    events = sorted({row["event"] for row in zones if row["whole"]})
    means = [
        {"event": event, "unit": names[0], "kind": names[0], "gap": _mean_gap(zones, event, outcome)}
        for event in events
    ]
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: gap to the synthetic path")
    ends = [row["event"] for row in zones]
    x = alt.X(
        "event:Q",
        axis=alt.Axis(title="periods since the start", format="d", tickMinStep=1, tickCount=10, grid=False),
        scale=alt.Scale(domain=[min(ends) - 0.7, max(ends) + 0.7], nice=False, zero=False),
    )
    rules = _rules_since_start(effects, outcome, labels)
    axis = headed(side_axis(), wrapped(title), _WORDS + break_room(rules))
    y = alt.Y("gap:Q", axis=axis, scale=alt.Scale(nice=True, zero=True))
    marks, marked = break_layers(rules, x, "event", above=_WORDS)
    looks = [(TREATED, [1, 0], 3.5), (PLACEBO, [1, 0], 1.2)]
    style = plain_lines("kind", names, looks)
    layers = [*marks, *reference_rules(with_margin=False, y=y)]
    begins = alt.Chart(alt.NamedData("start")).mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2)
    layers += [begins.encode(x=x), *rule_words("start", x)]
    for name in ("zones", "mean"):
        data = alt.Chart(alt.NamedData(name))
        layers.append(data.mark_line().encode(x=x, y=y, detail=alt.Detail("unit:N"), **style))
        shown = tips(unit="zone", event="periods since the start", gap=title)
        layers.append(data.mark_point(size=50, opacity=0, filled=True).encode(x=x, y=y, tooltip=shown))
    data_sets: dict[str, list[dict[str, Any]]] = {
        "zones": [{key: value for key, value in row.items() if key not in {"own", "whole"}} for row in zones],
        "mean": means,
        "zero": [{"gap": 0}],
        "start": [{"event": _START, "words": "zones start"}],
        **marked,
    }
    gaps = [0.0, *(row["gap"] for row in zones)]
    named, words = end_labels(_zone_ends(zones, means), x, y, (min(gaps), max(gaps)), _HEIGHT)
    data_sets |= words
    layers += named
    k = effects.joint.index(outcome.name)
    told = (
        f"{bare_title(outcome)}: gaps of {count} zones average {effect_text(outcome, float(effects.joint.estimate[k]))}"
    )
    rank = f"Rank {p_words(effects.joint.rank_p(k))}, two-sided, among {len(effects.joint.draws.units):,} assignments."
    state = f"Diagnostics: {effects.joint.identification_of(outcome.name).state}."
    note = break_note(rules)
    return drawn(Chart(layered(*layers), data_sets, _HEIGHT), told, (rank, state, *([note] if note else [])))


def _zone_ends(zones: Sequence[Mapping[str, Any]], means: Sequence[Mapping[str, Any]]) -> list[LineEnd]:
    """Return where lines of zones are named: each of a few, else the one farthest out; and the mean."""
    last = {row["unit"]: row for row in zones}
    ends = [LineEnd(row["kind"], {"event": row["event"]}, row["gap"], TREATED, bold=True) for row in means[-1:]]
    if len(last) <= _MOST_NAMED:
        return [*ends, *(LineEnd(name, {"event": row["event"]}, row["gap"], PLACEBO) for name, row in last.items())]
    row = max(last.values(), key=lambda item: abs(item["gap"]))
    return [*ends, LineEnd(row["kind"], {"event": row["event"]}, row["gap"], PLACEBO)]


def _rules_since_start(effects: SeveralEffects, outcome: Outcome, labels: Mapping[str, str]) -> tuple[BreakRule, ...]:
    """Return the rules for breaks by periods since each zone's start; where starts differ, each with its zone."""
    found: dict[float, list[tuple[str, BreakRule]]] = {}
    for design, part in zip(effects.designs, effects.parts, strict=True):
        fit = part.fit(outcome.name)
        first = next((k for k, period in enumerate(fit.periods) if period >= design.start), len(fit.periods))
        for rule in break_rules(fit.breaks, fit.periods):
            at = [str(period) for period in fit.periods].index(rule.after) - first - 0.5
            found.setdefault(at, []).append((labels.get(design.unit, design.unit), rule))
    rules = []
    for at, here in sorted(found.items()):
        texts = dict.fromkeys(
            rule.text if len(here) == len(effects.parts) else f"{rule.text} ({zone})"
            for zone, rule in here
            if rule.text
        )
        beside = at - _ASIDE if at == _START else at  # the start has a rule there
        breaks = tuple(dict.fromkeys(item for _, rule in here for item in rule.breaks))
        rules.append(replace(here[0][1], at=beside, breaks=breaks, text="; ".join(texts)))
    return tuple(rules)


def _since_start(effects: SeveralEffects, outcome: Outcome, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a row for each zone and period: the gap, in both scales, and whether all zones have that event time."""
    rows = []
    for design, part in zip(effects.designs, effects.parts, strict=True):
        fit = part.fit(outcome.name)
        # Periods are counted as the panel has them: the first one of the zone is zero.
        first = next((k for k, period in enumerate(fit.periods) if period >= design.start), len(fit.periods))
        for k, gap in enumerate(fit.gaps[fit.treated].tolist()):
            if math.isfinite(gap):
                label = labels.get(design.unit, design.unit)
                rows.append({"event": k - first, "unit": label, "own": gap, "gap": outcome.display(gap)})
    times = [row["event"] for row in rows]
    return [row | {"whole": times.count(row["event"]) == len(effects.parts)} for row in rows]


def _mean_gap(rows: list[dict[str, Any]], event: int, outcome: Outcome) -> float:
    own = [row["own"] for row in rows if row["event"] == event]
    return outcome.display(sum(own) / len(own))

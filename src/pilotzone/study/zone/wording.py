"""Titles and summaries of figures: what each one says, in a sentence made from its figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.report import (
    and_list,
    bare_title,
    effect_text,
    headline,
    in_unit,
    margin_text,
    number_text,
    p_text,
    plain_unit,
    share_text,
)
from pilotzone.study.zone.zones import window_text, zones_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pilotzone.core import Outcome, Panel, Statistic
    from pilotzone.evaluation.few import FewEffects, OutcomeFit
    from pilotzone.judgement import OutcomeTest
    from pilotzone.study.zone.findings import DesignFindings

__all__ = [
    "below_zero",
    "fit_loss_text",
    "gap_summary",
    "gap_title",
    "joint_summary",
    "joint_title",
    "map_summary",
    "map_title",
    "path_summary",
    "path_title",
    "short_source_line",
    "source_line",
    "tests_text",
    "weights_note",
]

_BY: dict[Statistic, str] = {
    "mean_gap": "",
    "rmspe_ratio": ", relative to the fit before",
    "net_gap": ", net of placebo effects before",
    "excess_gap": ", net of placebo effects before in its direction",
}
_NAMED_DONORS = 3
_WORTH_NAMING = 0.05


def source_line(panel: Panel, *outcomes: Outcome) -> str:
    """Return where the figures behind outcomes come from, each source once."""
    found = [panel.series[outcome.name] for outcome in outcomes if outcome.name in panel.series]
    titles = [source.title for info in found for source in info.sources]
    known = "; ".join(dict.fromkeys(title.rstrip(".") for title in titles if title))
    return f"Source: {known}; own estimates." if known else "Source: not stated; own estimates."


def short_source_line(panel: Panel, outcome: Outcome) -> str:
    """Return the same where the full list is a link away: of each series as published the first source, by name."""
    info = panel.series.get(outcome.name)
    if info is None or not info.sources:
        return source_line(panel, outcome)
    published = [item for item in panel.series.values() if not item.formula and item.sources]
    first = [item.sources[0] for item in published if set(item.sources) <= set(info.sources)]
    kept = [source for source in info.sources if source in first] or [info.sources[0]]
    names = dict.fromkeys(source.title.split(";")[0].strip().rstrip(".") for source in kept if source.title)
    more = len(set(info.sources)) - len(set(kept))
    rest = f" and {more} more" if more else ""
    return f"Source: {'; '.join(names)}{rest}; own estimates." if names else source_line(panel, outcome)


def tests_text(test: OutcomeTest) -> str:
    """Return the p-values of one outcome in the words of its own harm: a fall or a rise beyond the margin.

    Examples
    --------
    >>> from pilotzone.core import Outcome
    >>> from pilotzone.judgement import OutcomeTest
    >>> from pilotzone.report import plain
    >>> gdp = Outcome("gdp", "development", "up", 5.0, "log")
    >>> plain(tests_text(OutcomeTest.untested(gdp, "net_gap", 0.1, "passed")))
    'gain not available; fall of more than 5 % ruled out not available, shown not available'
    """
    beyond = margin_text(test.outcome).removeprefix("a ").replace(" of ", " of more than ", 1)
    return (
        f"gain {p_text(test.p_improved)}; {beyond} ruled out {p_text(test.p_harm_excluded)}, shown "
        f"{p_text(test.p_harm_shown)}"
    )


def _side(outcome: Outcome, effect: float) -> str:
    shown = outcome.display(effect)
    if shown == 0:
        return "on"
    size = in_unit(outcome, abs(shown))
    return f"{size} {'above' if shown > 0 else 'below'}"


def path_title(panel: Panel, effects: FewEffects, fit: OutcomeFit) -> str:
    """Return what the paths say: where the unit ran against its synthetic path."""
    label = panel.label(effects.design.unit)
    effect = float(fit.mean_gap[fit.treated])
    return (
        f"{bare_title(fit.outcome)}: {label} ran {_side(fit.outcome, effect)} its synthetic path on average, "
        f"{window_text(effects.design)}"
    )


def path_summary(panel: Panel, effects: FewEffects, fit: OutcomeFit) -> str:
    """Return the paths in words, for whoever does not see the chart."""
    label = panel.label(effects.design.unit)
    actual, synthetic = fit.actual[fit.treated], fit.synthetic[fit.treated]
    shown = [k for k in range(len(fit.periods)) if math.isfinite(actual[k]) and math.isfinite(synthetic[k])]
    if not shown:
        return f"Line chart of {bare_title(fit.outcome)}; there are no figures to show."
    first, last = shown[0], shown[-1]
    unit = plain_unit(fit.outcome.unit)
    unit = f"{unit} ({fit.base} = 1)" if fit.base else unit

    def level(value: float) -> str:
        return number_text(math.exp(value) if fit.outcome.scale == "log" else value)

    return (
        f"Line chart of {bare_title(fit.outcome)}{f' in {unit}' if unit else ''}, {fit.periods[first]} to "
        f"{fit.periods[last]}. {label} went from {level(actual[first])} to {level(actual[last])}, its synthetic path "
        f"from {level(synthetic[first])} to {level(synthetic[last])}. Root mean squared gap before the start: "
        f"{_size(fit.outcome, float(fit.pre_rmspe[fit.treated]))}."
    )


def fit_loss_text(losses: Iterable[tuple[Outcome, tuple[float, float] | None]]) -> str:
    """Return how much worse shared weights fit each outcome than its own would; nothing where none are shared.

    Examples
    --------
    >>> from pilotzone.core import Outcome
    >>> gain, harm = (Outcome(name, None, "up", None, "level", label=name.upper()) for name in ("gain", "harm"))
    >>> fit_loss_text([(gain, (1.402, 1.2)), (harm, None)])
    "Before the zone, shared weights fit GAIN 1.40 times as badly as its own would (placebos' median 1.20)."
    """
    parts = [
        f"{bare_title(outcome)} {_times(loss[0])} as its own would (placebos' median {_ratio(loss[1])})"
        for outcome, loss in losses
        if loss is not None
    ]
    return f"Before the zone, shared weights fit {', '.join(parts)}." if parts else ""


def _ratio(loss: float) -> str:
    return f"{loss:.2f}" if math.isfinite(loss) else "without bound"


def _times(loss: float) -> str:
    return f"{loss:.2f} times as badly" if math.isfinite(loss) else "not exactly,"


def _size(outcome: Outcome, value: float) -> str:
    if outcome.scale == "log":
        return f"{number_text(value)} log points"
    unit = plain_unit(outcome.unit)
    return number_text(value) + (f" {unit}" if unit else "")


def gap_title(panel: Panel, effects: FewEffects, fit: OutcomeFit, test: OutcomeTest | None) -> str:
    """Return what the gaps say: how many placebos did as well."""
    label = panel.label(effects.design.unit)
    others = len(fit.units) - 1
    title = bare_title(fit.outcome)
    if test is None or test.rank_improved is None:
        effect = effect_text(fit.outcome, float(fit.mean_gap[fit.treated]))
        return f"{title}: {label}'s gap averages {effect} over {window_text(effects.design)}, beside {others} placebos"
    as_good = test.rank_improved - 1
    which = "none" if as_good == 0 else str(as_good)
    how = "a higher one" if fit.outcome.good == "up" else "a lower one"
    by = _BY[test.statistic] if test.statistic else ""
    return (
        f"{title}: {label}'s gap averages {effect_text(fit.outcome, test.estimate)}; {which} of {others} placebos "
        f"{'has' if as_good <= 1 else 'have'} {how} or the same{by}"
    )


def gap_summary(panel: Panel, effects: FewEffects, fit: OutcomeFit) -> str:
    """Return the gaps in words."""
    label = panel.label(effects.design.unit)
    window = [fit.outcome.display(float(value)) for value in fit.mean_gap]
    others = [value for k, value in enumerate(window) if k != fit.treated and math.isfinite(value)]
    spread = ""
    if others:
        low, high = (in_unit(fit.outcome, value, signed=True) for value in (min(others), max(others)))
        spread = f" The {len(others)} placebos' mean gaps run from {low} to {high}."
    return (
        f"Line chart of gaps between actual and synthetic paths in {bare_title(fit.outcome)}. {label}'s mean gap over "
        f"{window_text(effects.design)} is {effect_text(fit.outcome, float(fit.mean_gap[fit.treated]))}.{spread}"
    )


def joint_title(panel: Panel, design: DesignFindings, pair: tuple[OutcomeTest, OutcomeTest]) -> str:
    """Return where the two gaps stand, and the verdict: the title claims no effect of its own."""
    verdict, label = design.verdict, _point(panel, design)
    point = and_list([f"{bare_title(test.outcome)} {effect_text(test.outcome, test.estimate)}" for test in pair])
    told = headline(verdict.label, verdict.grade)
    return f"Both gaps together: {label} at {point}. Verdict: {told[:1].lower()}{told[1:]}"


def _point(panel: Panel, design: DesignFindings) -> str:
    """Return whose effects the plot of both outcomes shows."""
    return f"the mean of {zones_text(panel, design)}" if design.zones else zones_text(panel, design)


def joint_summary(panel: Panel, design: DesignFindings, pair: tuple[OutcomeTest, OutcomeTest]) -> str:
    """Return the joint plot in words."""
    label = _point(panel, design)
    across, up = pair
    return (
        f"Scatter plot: mean gap in {bare_title(across.outcome)} across, in {bare_title(up.outcome)} upwards. "
        f"{label[0].upper()}{label[1:]} "
        f"stands at {effect_text(across.outcome, across.estimate)} and {effect_text(up.outcome, up.estimate)}, among "
        f"{len(design.joint.draws.units) - 1} placebos. Margins: {margin_text(across.outcome)} across, "
        f"{margin_text(up.outcome)} upwards."
    )


def below_zero(fit: OutcomeFit) -> tuple[int, float]:
    """Return how many of the treated unit's weights are negative, and their sum."""
    below = [weight for weight in fit.donor_weights().values() if weight < 0]
    return len(below), sum(below)


def weights_note(fits: Sequence[OutcomeFit]) -> str:
    """Return what has to be said of weights that are not shares, for any of the fits; else nothing."""
    if not any(below_zero(fit)[0] for fit in fits):
        return ""
    return (
        "Weights sum to one, and some are negative: such a donor's path is taken off, so that the synthetic path is "
        "not a mean of donors and may leave their range."
    )


def _largest(panel: Panel, fit: OutcomeFit) -> list[str]:
    """Return the donors worth naming, by the size of their weight, one below zero with its sign."""
    weights = sorted(fit.donor_weights().items(), key=lambda item: -abs(item[1]))[:_NAMED_DONORS]
    return [f"{share_text(weight)} {panel.label(unit)}" for unit, weight in weights if abs(weight) >= _WORTH_NAMING]


def map_title(panel: Panel, effects: FewEffects, fit: OutcomeFit) -> str:
    """Return what the map says: of which donors the synthetic unit is made."""
    label = panel.label(effects.design.unit)
    largest = _largest(panel, fit)
    rest = sum(weight != 0 for weight in fit.donor_weights().values()) - len(largest)
    count, total = below_zero(fit)
    tail = f"; {count} weight{'s' if count > 1 else ''} below zero, {share_text(total)} together" if count else ""
    if not largest:
        return f"{bare_title(fit.outcome)}: synthetic {label} is spread over {rest} donors{tail}"
    if rest:
        largest.append(f"{rest} other{'s' if rest > 1 else ''}")
    return f"{bare_title(fit.outcome)}: synthetic {label} is {and_list(largest)}{tail}"


def map_summary(panel: Panel, effects: FewEffects, fit: OutcomeFit) -> str:
    """Return the map in words."""
    admitted = sum(decision.admitted for decision in effects.donors)
    excluded = len(effects.donors) - admitted
    count, _ = below_zero(fit)
    below = f" ({count} of them with a negative weight, marked by a minus sign)" if count else ""
    return (
        f"Map of the treated unit {panel.label(effects.design.unit)}, {admitted} donors shaded by weight{below}, and "
        f"{excluded} units that are not donors. The table of donors lists every weight and every reason."
    )

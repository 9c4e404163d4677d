"""What a study of who gains says, how strongly, why not more, and what would change it: for terminal and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.evaluation.inclusion import QuantileEffects
from pilotzone.report import Answer, Limit, and_list
from pilotzone.study.inclusion.levels import ALL
from pilotzone.study.inclusion.wording import gap_word, index_word, number_word, range_word, shown_effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.core import JointEffects
    from pilotzone.evaluation.inclusion import GroupEffects
    from pilotzone.study.inclusion.findings import InclusionFindings, Level

__all__ = ["inclusion_answer", "inclusion_limits", "level_ends"]

_NAMED = 3
"""Groups that a sentence names."""
_OF = {
    "people": "among people",
    "regions": "between regions",
    "shares": "by shares of income",
}


def inclusion_answer(found: InclusionFindings) -> Answer:
    """Return the answer of a study of who gains, made from its findings only."""
    said = [*_levels(found), *_effects(found), *_quantiles(found), *_groups(found), *_gap(found)]
    return Answer(
        label=_label(found),
        said=tuple(said),
        strength=_strength(found),
        why=tuple(_why(found)),
        changes=tuple(_changes(found)),
    )


def _label(found: InclusionFindings) -> str:
    """Return the answer in a few words: that of the part with a role, or of the first part that was asked for."""
    if found.verdicts:
        return "; ".join(f"{part}: {verdict.label}" for part, verdict in found.verdicts.items())
    if found.groups is not None:
        shown = found.groups.findings()
        won, lost = shown.count("gain"), shown.count("loss")
        return f"{won} of {len(shown)} groups gain, {lost} lose" if won or lost else "no group is shown to gain or lose"
    if found.convergence is not None:
        if found.convergence.why:
            return "no test of whether the zone closes its gap"
        low, high = _ends(found.convergence.joint, 0, found.convergence.level)
        before = found.convergence.before
        closes = (low > 0 and before < 0) or (high < 0 and before > 0)
        return "the zone closes its gap to the nation" if closes else "not shown that the zone closes its gap"
    if found.quantiles is not None:
        return "effects by quantile"
    return "inequality described, no effect asked for"


def level_ends(found: InclusionFindings) -> Iterator[tuple[Level, Level]]:
    """Yield the first and the last level of each index of everybody; the same one where there is one period."""
    own = [row for row in found.levels if row.group == ALL]
    for name in dict.fromkeys(row.index for row in own):
        rows = [row for row in own if row.index == name]
        yield rows[0], rows[-1]


def _levels(found: InclusionFindings) -> Iterator[str]:
    of = _OF[found.spec.inclusion.of]
    for first, last in level_ends(found):
        label = index_word(first.index)
        head = f"{label[0].upper()}{label[1:]} {of}"
        if first is last or first.period is None:
            yield f"{head} is {_value(first)}."
        elif first.estimate is None or last.estimate is None:
            yield f"{head} lies in {_value(first)} in {first.period} and in {_value(last)} in {last.period}."
        else:
            moved = "rises" if last.estimate > first.estimate else "falls"
            yield f"{head} {moved} from {_value(first)} in {first.period} to {_value(last)} in {last.period}."


def _value(row: Level) -> str:
    if row.estimate is not None:
        return number_word(row.estimate)
    low = "nothing known" if row.low is None else number_word(row.low)
    return f"{low} or more" if row.high is None else f"{low} to {number_word(row.high)}"


def _ends(joint: JointEffects, k: int, level: float) -> tuple[float, float]:
    from pilotzone.core import t_quantile

    covariance = joint.covariance
    assert covariance is not None  # noqa: S101 - effects of this study have one
    degrees = float("inf") if covariance.degrees is None else covariance.degrees
    reach = float(t_quantile((1 + level) / 2, degrees)) * float(covariance.matrix[k, k]) ** 0.5
    return float(joint.estimate[k]) - reach, float(joint.estimate[k]) + reach


def _effect(joint: JointEffects, k: int, level: float) -> str:
    outcome = joint.outcomes[k]
    text = shown_effect(outcome, float(joint.estimate[k]))
    if joint.refusal(outcome.name):
        return f"{text} (no standard error)"
    return f"{text} ({100 * level:g}\u00a0% interval {range_word(outcome, _ends(joint, k, level))})"


def _effects(found: InclusionFindings) -> Iterator[str]:
    if found.effects is None:
        return
    for k, outcome in enumerate(found.effects.joint.outcomes):
        yield (
            f"Effect of the zone on {index_word(outcome.name)}: "
            f"{_effect(found.effects.joint, k, found.spec.inclusion.level)}."
        )


def _quantiles(found: InclusionFindings) -> Iterator[str]:
    part = found.quantiles
    if part is None:
        return
    unit = found.spec.inclusion.unit
    if isinstance(part, QuantileEffects):
        pairs = zip(part.quantiles, part.low_effect[:-1].tolist(), part.high_effect[:-1].tolist(), strict=True)
        rows = [
            (share, low, high)
            for (share, low, high), known in zip(pairs, part.identified.tolist(), strict=False)
            if known
        ]
    else:
        shares = [name.removeprefix("quantile ") for name in (item.name for item in part.joint.outcomes)][:-1]
        rows = [(float(s), e, e) for s, e in zip(shares, part.joint.estimate[:-1].tolist(), strict=True)]
    if not rows:
        yield "No quantile asked for is identified: incomes of the zone lie outside those of the comparison."
        return
    told = [
        f"{number_word(low) if low == high else f'{number_word(low)} to {number_word(high)}'} at {100 * share:g}\u00a0%"
        for share, low, high in (rows if len(rows) <= _NAMED else (rows[0], rows[len(rows) // 2], rows[-1]))
    ]
    yield (f"Effect on quantiles of income, {unit}: {and_list(told)}. Effects on quantiles are not effects on people.")


def _groups(found: InclusionFindings) -> Iterator[str]:
    if found.groups is not None:
        for word, sense in (("gain", "Gains are shown"), ("loss", "Losses are shown")):
            if names := _with(found.groups, word):
                yield f"{sense} for {and_list(names)}."
        silent = [name for name in found.groups.findings() if name == "not shown"]
        if silent:
            yield f"{len(silent)} of {len(found.groups.findings())} groups show neither gain nor loss."
    if found.along is not None:
        curve = found.along
        first, last = (shown_effect(curve.outcome, float(curve.estimate[k])) for k in (0, -1))
        yield (
            f"Along {found.spec.groups.along if found.spec.groups else ''} the effect goes from {first} at "
            f"{number_word(float(curve.points[0]))} to {last} at {number_word(float(curve.points[-1]))}."
        )


def _with(groups: GroupEffects, wanted: str) -> list[str]:
    """Return groups of which a finding is shown, with their people."""
    count = len(groups.groups)
    found = [
        f"{groups.groups[k % count]} ({number_word(float(groups.population[k % count]))} people)"
        for k, shown in enumerate(groups.findings())
        if shown == wanted
    ]
    return found if len(found) <= _NAMED else [*found[:_NAMED], f"{len(found) - _NAMED} more"]


def _gap(found: InclusionFindings) -> Iterator[str]:
    part = found.convergence
    if part is None:
        return
    (first, before), *_, (last, since) = found.path.items()
    yield (
        f"The zone's mean is {gap_word(before)} of the nation's in {first} and {gap_word(since)} in {last}. Against "
        f"the comparison the effect on that ratio is {_effect(part.joint, 0, found.spec.inclusion.level)}."
    )


def _strength(found: InclusionFindings) -> str:
    if found.verdicts:
        return " ".join(verdict.sentence for verdict in found.verdicts.values())
    whys = list(dict.fromkeys(_refusals(found)))
    if whys:
        return f"no test: {'; '.join(whys)}."
    if found.spec.inclusion.of == "regions" and found.effects is None and found.groups is None:
        return "a description: all regions are there, none was drawn, so that nothing is tested."
    return ""


def _refusals(found: InclusionFindings) -> Iterator[str]:
    for part in (found.effects, found.convergence):
        if part is not None and part.why:
            yield part.why
    if isinstance(found.quantiles, QuantileEffects) and found.quantiles.why:
        yield found.quantiles.why
    if found.groups is not None:
        yield from (why for why in found.groups.refused if why)


def _why(found: InclusionFindings) -> Iterator[str]:
    of = found.spec.inclusion.of
    if of == "regions" and found.levels:
        yield "Everybody counts with the mean of the own region: inequality inside regions is not in these figures."
    if of == "shares":
        yield "Nobody's own income is known: figures are bounds, and not intervals of estimates."
    effects = (found.effects, found.groups, found.convergence)
    if any(part is not None for part in effects):
        yield "The comparison stands for what the zone would have done without its programme; nothing here tests that."
    if found.groups is not None:
        yield "An effect of a group is the mean over its treated regions, and not one on every person in them."


def _changes(found: InclusionFindings) -> Iterator[str]:
    of = found.spec.inclusion.of
    if of != "people":
        yield "Incomes of people in every period, with weights, would show inequality inside regions."
    if any(_refusals(found)):
        yield "Five or more treated regions or clusters, and as many to compare with, would give standard errors."


def inclusion_limits(found: InclusionFindings) -> tuple[Limit, ...]:
    """Return what the data cannot say."""
    told = [Limit(text, "study", brief=text.rstrip(".")) for text in found.spec.notes]
    if found.spec.inclusion.of == "regions":
        told.append(
            Limit("Who inside a region gains or loses.", "evidence", brief="who inside a region gains or loses")
        )
    return tuple(told)

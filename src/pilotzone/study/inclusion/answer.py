"""What a study of who gains says, how strongly, why not more, and what would change it: for terminal and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import p_words
from pilotzone.evaluation.inclusion import INDICES, MEANS, QuantileEffects
from pilotzone.report import Answer, Limit, and_list
from pilotzone.study.inclusion.gap import gap_label, gap_path, gap_sentences
from pilotzone.study.inclusion.levels import ALL
from pilotzone.study.inclusion.wording import (
    among_word,
    capital,
    course_word,
    effect_word,
    index_word,
    level_word,
    number_word,
    shown_effect,
    signed,
)
from pilotzone.study.runs.answer import checks_text, overturning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.evaluation.inclusion import GroupEffects
    from pilotzone.study.inclusion.file import IndexEntry
    from pilotzone.study.inclusion.findings import InclusionFindings, Level

__all__ = ["inclusion_answer", "inclusion_limits", "level_ends"]

_NAMED = 3
"""Groups that a sentence names."""
_PARTS = {"inequality": "inequality", "groups": "income by group", "convergence": "gap to the nation"}
"""Parts of the file with a verdict, as a label names them."""
_OF = {
    "people": "among people",
    "regions": "between regions",
    "shares": "by shares of income",
}


def inclusion_answer(found: InclusionFindings) -> Answer:
    """Return the answer of a study of who gains, made from its findings only."""
    # What was lost comes before all figures: the label may be that of another outcome.
    said = [verdict.lost for verdict in found.verdicts.values() if verdict.lost]
    said += [*_levels(found), *_effects(found), *_parts(found), *_quantiles(found), *_groups(found)]
    said += gap_sentences(found)
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
        return "; ".join(f"{_claimed(found, part)}: {verdict.headline}" for part, verdict in found.verdicts.items())
    if found.groups is not None:
        shown = found.groups.findings()
        won, lost = shown.count("gain"), shown.count("loss")
        if not won and not lost:
            return "no group is shown to gain or lose"
        return f"gains shown in {won or 'none'} of {len(shown)} groups, losses in {lost or 'none'}"
    if found.convergence is not None:
        return gap_label(found)
    if found.quantiles is not None:
        return "effects by quantile"
    without = "no effect can be told" if _unanswered(found) else "no effect asked for"
    return f"inequality described, {without}" if found.effects is None else "effects on indices, no claim made"


def _unanswered(found: InclusionFindings) -> str:
    """Return why there are no effects on indices although start and zone are said, or nothing."""
    given = found.spec.inclusion
    if found.spec.inequality is None or found.effects is not None or given.start is None or not given.sided:
        return ""
    if given.period is None:
        return "Without a column of periods nothing tells before from since."
    if given.of == "shares":
        return "Shares of one population tell of no effect: that needs a column of regions."
    return "One side is a single region: nothing lies between its regions, so that no effect on inequality is told."


def _claimed(found: InclusionFindings, part: str) -> str:
    """Return what a verdict is about: the indices of the claim where these are few, else the part of the file."""
    asked = found.spec.inequality
    if part != "inequality" or asked is None:
        return _PARTS[part]
    of = found.spec.inclusion.of
    names = [_gained(item, of) for item in asked.index if item.role is not None]
    return and_list(names) if len(names) <= _NAMED else _PARTS[part]


def _gained(item: IndexEntry, of: str) -> str:
    """Return an index of the claim, with the direction of its gain where growth would be read as a rise."""
    falls = item.role == "development" and INDICES[item.name].good == "down"
    return f"{among_word(item.name, of)}{' (a fall is the gain)' if falls else ''}"


def level_ends(found: InclusionFindings) -> Iterator[tuple[Level, Level]]:
    """Yield the first and the last level of each index of everybody; the same one where there is one period."""
    own = [row for row in found.levels if row.group == ALL]
    for name in dict.fromkeys(row.index for row in own):
        rows = [row for row in own if row.index == name]
        yield rows[0], rows[-1]


def _told(found: InclusionFindings) -> list[str]:
    """Return the indices that sentences tell of: all of a few, else those of the claim, or the first two."""
    names = list(dict.fromkeys(first.index for first, _ in level_ends(found)))
    if len(names) <= _NAMED:
        return names
    part = found.spec.inequality
    claimed: list[str] = [] if part is None else [item.name for item in part.index if item.role is not None]
    return claimed or names[:2]


def _levels(found: InclusionFindings) -> Iterator[str]:
    of, told = _OF[found.spec.inclusion.of], _told(found)
    for first, last in level_ends(found):
        if first.index not in told:
            continue
        head = capital(index_word(first.index))
        if first.index not in MEANS:
            head += f" {of}"
        if first is last or first.period is None:
            yield f"{head} is {level_word(first)}."
        elif first.estimate is None or last.estimate is None:
            yield f"{head} is {level_word(first)} in {first.period} and {level_word(last)} in {last.period}."
        else:
            yield f"{head} {course_word(first, last)}."


def _effects(found: InclusionFindings) -> Iterator[str]:
    if found.effects is None:
        return
    told = _told(found)
    for k, outcome in enumerate(found.effects.joint.outcomes):
        if outcome.name not in told:
            continue
        yield (
            f"Effect of the zone on {among_word(outcome.name, found.spec.inclusion.of)}: "
            f"{effect_word(found.effects.joint, k, found.spec.inclusion.level)}."
        )


def _parts(found: InclusionFindings) -> Iterator[str]:
    """Yield how much of Theil's index lies between groups, in the first and the last period."""
    parts = list(found.decomposed.items())
    if not parts:
        return
    ends = [parts[0]] if len(parts) == 1 else [parts[0], parts[-1]]
    shares = [
        f"{100 * float(part.estimate[2] / part.estimate[0]):.1f}\u00a0%{f' in {period}' if len(parts) > 1 else ''}"
        for period, part in ends
        if part.estimate[0] > 0
    ]
    if shares:
        verb = "lies" if len(shares) == 1 else "lie"
        yield f"Of {index_word(parts[0][1].index)}, {and_list(shares)} {verb} between groups and the rest within them."


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
        f"{signed(low) if low == high else f'{signed(low)} to {signed(high)}'} at {100 * share:g}\u00a0%"
        for share, low, high in (rows if len(rows) <= _NAMED else (rows[0], rows[len(rows) // 2], rows[-1]))
    ]
    yield (f"Effect on quantiles of income, {unit}: {and_list(told)}. Effects on quantiles are not effects on people.")


def _groups(found: InclusionFindings) -> Iterator[str]:
    if found.groups is not None:
        for word, sense in (("gain", "Gains are shown"), ("loss", "Losses are shown")):
            if names := _with(found.groups, word):
                yield f"{sense} for {and_list(names)}."
        shown = found.groups.findings()
        if silent := shown.count("not shown"):
            yield f"Neither gain nor loss is shown in {silent} of {len(shown)} groups."
        if few := shown.count("too few"):
            yield f"{few} of {len(shown)} groups {'has' if few == 1 else 'have'} too few regions for a test."
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


def _strength(found: InclusionFindings) -> str:
    if found.verdicts:
        return " ".join(verdict.sentence.removeprefix(verdict.lost).lstrip() for verdict in found.verdicts.values())
    whys = list(dict.fromkeys(_refusals(found)))
    if whys:
        return f"no test, {'; '.join(whys)}."
    if found.spec.inclusion.of == "regions" and found.effects is None and found.groups is None:
        return "a description: all regions are there, none was drawn, so that nothing is tested."
    return ""


def _refusals(found: InclusionFindings) -> Iterator[str]:
    for part in (found.effects, found.convergence):
        if part is not None and part.why:
            yield _in_words(found, part.why)
    if isinstance(found.quantiles, QuantileEffects) and found.quantiles.why:
        yield _in_words(found, found.quantiles.why)
    if found.groups is not None:
        yield from (_in_words(found, why) for why in found.groups.refused if why)


def _in_words(found: InclusionFindings, why: str) -> str:
    """Return why there is no standard error: what was drawn one by one are regions where rows are."""
    drawn = "region" if found.spec.inclusion.of == "regions" else ""
    return why.replace("cluster", drawn).replace("unit", drawn) if drawn else why


def _why(found: InclusionFindings) -> Iterator[str]:
    of = found.spec.inclusion.of
    if of == "regions" and found.levels:
        yield "Everybody counts with the mean of the own region: inequality inside regions is not in these figures."
    if of == "shares":
        yield "Nobody's own income is known: figures are bounds, and not intervals of estimates."
        yield from _left_open(found)
    if of == "regions" and found.effects is not None:
        yield "An effect on inequality is one between the regions of the zone, and not between them and the rest."
    yield from filter(None, [_unanswered(found)])
    yield from _unpassed(found)
    yield from _before(found)
    if found.groups is not None:
        yield "An effect of a group is the mean over its treated regions, and not one on every person in them."


def _left_open(found: InclusionFindings) -> Iterator[str]:
    """Yield between which values the effects on the indices of all incomes lie."""
    part = found.effects
    if part is None or part.bounds is None:
        return
    told = []
    for outcome, ends in zip(part.joint.outcomes, part.bounds.tolist(), strict=True):
        if outcome.name in _told(found):
            known = "from {} to {}".format(*(shown_effect(outcome, end) for end in ends))
            told.append(f"{index_word(outcome.name)} {known if np.isfinite(ends).all() else 'anywhere'}")
    yield (
        "Effects are on inequality between the parts, as if all within a part had the same income, and each region "
        f"counts the same. Shares leave open where effects on the indices of all incomes lie: {'; '.join(told)}."
    )


def _unpassed(found: InclusionFindings) -> Iterator[str]:
    """Yield which checks of trends before the start outcomes of a verdict do not pass, part by part."""
    for part, joint in found.joints.items():
        if part in found.verdicts:
            claimed = [outcome for outcome in joint.outcomes if outcome.role is not None]
            yield from filter(None, [checks_text(claimed, joint.identification)])


def _before(found: InclusionFindings) -> Iterator[str]:
    """Yield how zone and comparison moved before the start, or that nothing here tells."""
    start = int(found.spec.inclusion.start or 0)
    early = [] if found.effects is None else [k for k, date in enumerate(found.effects.periods) if date < start]
    if found.effects is not None and len(early) > 1:
        outcome = found.effects.joint.outcomes[0]
        most = max((float(found.effects.gaps[k, 0]) for k in early), key=abs)
        yield (
            f"The comparison stands for what the zone would have done. Before the start their difference in "
            f"{outcome.title} moved by up to {shown_effect(outcome, most)}; the effect is "
            f"{shown_effect(outcome, float(found.effects.joint.estimate[0]))}."
        )
        yield from _tested(found, "")
        return
    told = found.convergence is not None and gap_path(found.path, start).before is not None
    tested = list(_tested(found, "The comparison stands for what the zone would have done without its programme. "))
    if tested:
        yield from tested
    elif found.groups is not None or found.along is not None or isinstance(found.quantiles, QuantileEffects):
        yield (
            "The comparison stands for what the zone would have done without its programme; nothing here tests that."
        )
    elif found.convergence is not None and not told:
        yield "The comparison stands for what the zone would have done; one period before the start cannot test that."


def _tested(found: InclusionFindings, assumed: str) -> Iterator[str]:
    """Yield what tests of trends before the start say of groups and of the curve, behind what they are about."""
    if found.groups is not None:
        for _, _, p in found.groups.before.values():
            moved = (
                "groups already moved away from their controls, so that effects may be old trends"
                if p < 1 - found.groups.level
                else "no group is shown to move away from its controls"
            )
            yield f"{assumed}Before the start {moved} (joint test, {p_words(p)})."
    if found.along is not None and found.along.excluded_before is not None:
        out = found.along.excluded_before
        moved = f"excludes zero at {out} of {len(found.along.points)} points" if out else "holds zero everywhere"
        yield f"Before the start the band of the same curve {moved}."


def _changes(found: InclusionFindings) -> Iterator[str]:
    of = found.spec.inclusion.of
    if of == "regions":
        yield "Incomes of people in every period, with weights, would show inequality inside regions."
    if of == "shares":
        yield "Incomes of people, with weights, would give values with intervals in place of bounds."
    for part in ("inequality", "convergence"):
        if part in found.verdicts:
            yield from overturning(found.verdicts[part], margins=True)
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

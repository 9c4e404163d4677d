"""What a verdict leaves open, why, and what would change it: the same words on the terminal and in the report."""

from __future__ import annotations

from math import perm
from typing import TYPE_CHECKING

from pilotzone.report import Answer, and_list, bare_title, headline, p_text
from pilotzone.study.runs.answer import checks_text, overturning, remedies_text
from pilotzone.study.runs.claimed import strength_text
from pilotzone.study.zone.basis import SHORT_STATISTICS
from pilotzone.study.zone.dose_told import dose_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pilotzone.evaluation.few import DonorDecision
    from pilotzone.judgement import OutcomeTest
    from pilotzone.report import Limit
    from pilotzone.study.zone.findings import DesignFindings, Findings

__all__ = ["change_texts", "left_out_text", "why_texts", "zone_answer"]

_NAMED = 3
"""So many units with one reason are named; of more the number is given."""
_MOST_REASONS = 4


def zone_answer(findings: Findings) -> Answer:
    """Return the answer of a study's main design, as every kind of study gives one."""
    main = findings.main
    return Answer(
        label=headline(main.verdict.label, main.verdict.grade),
        said=(main.verdict.sentence, *(() if findings.dose is None else (dose_words(findings.dose),))),
        strength=strength_text(main.verdict),
        why=tuple(why_texts(main)),
        changes=tuple(change_texts(main, findings.limits)),
    )


def why_texts(design: DesignFindings) -> list[str]:
    """Return why not more can be said: the checks that outcomes fail, and where the second statistic disagrees."""
    verdict = design.verdict
    checks = checks_text(design.joint.outcomes, design.joint.identification)
    told = [checks] if checks else []
    twins = {twin.outcome.name: twin for twin in verdict.other_tests}
    for test in verdict.tests:
        twin = twins.get(test.outcome.name)
        if twin is not None and (words := _disagreement(test, twin, verdict.alpha)):
            told.append(words)
    return told


def _disagreement(test: OutcomeTest, twin: OutcomeTest, alpha: float) -> str:
    """Return what the second statistic says of an outcome where it would answer differently; else nothing."""
    if twin.statistic is None:
        return ""
    title = bare_title(test.outcome)
    pairs = (
        (test.p_improved, twin.p_improved, f"a gain in {title} shows", f"no gain in {title} shows"),
        (test.p_harm_excluded, twin.p_harm_excluded, f"harm to {title} is ruled out", f"harm to {title} stays open"),
        (test.p_harm_shown, twin.p_harm_shown, f"harm to {title} shows", f"no harm to {title} shows"),
    )
    told = [
        f"{yes if q <= alpha else no} (p = {p_text(q)}, not {p_text(p)})"
        for p, q, yes, no in pairs
        if (p <= alpha) != (q <= alpha)
    ]
    return f"By the {SHORT_STATISTICS[twin.statistic]} {and_list(told)}." if told else ""


def change_texts(design: DesignFindings, limits: Iterable[Limit]) -> list[str]:
    """Return what would change the answer: drifts, effects or donors, and figures that are not there.

    Margins from which harm is ruled out are left out: they stand with their outcomes.

    Parameters
    ----------
    design
        What was found under the main design.
    limits
        What the data cannot answer, with what would take it away.
    """
    verdict = design.verdict
    told = overturning(verdict)
    lacking = [item for item in design.donors if not item.admitted and "missing" in item.reason]
    least = _smallest_p_with(design, len(lacking))
    if verdict.label == "cannot be decided" and lacking and least is not None:
        enough = "be enough" if least <= verdict.alpha else "not be enough alone"
        told.append(f"Complete figures of {_named(lacking)} would {enough}.")
    if remedies := remedies_text(limits):
        told.append(remedies)
    return told


def _smallest_p_with(design: DesignFindings, more: int) -> float | None:
    """Return the smallest p that could come out with so many more donors; ``None`` where donors do not limit it.

    With m zones and n units there are n (n - 1) ... (n - m + 1) assignments of dates to units, over those that differ
    only by an exchange of equal dates: a number that more units leave as it is.
    """
    least = design.verdict.smallest_p
    if least is None or design.ranked is not None:
        return None
    if design.zones is None:
        return least / (1 + more * least)
    if design.joint.draws.drawn:
        return least
    zones = len(design.zones.designs)
    units = zones + sum(item.admitted for item in design.donors)
    return least * perm(units, zones) / perm(units + more, zones)


def left_out_text(donors: Sequence[DonorDecision]) -> str:
    """Return which units are left out of the comparison and why: those with missing figures first, by name.

    Examples
    --------
    >>> from pilotzone.evaluation.few import DonorDecision
    >>> zones = [DonorDecision(f"Z{k}", f"Z{k}", False, f"zone of the same policy (Z{k})") for k in range(5)]
    >>> left_out_text([*zones, DonorDecision("K", "Kolvik", False, "GDP missing in 2009")])
    'Left out: Kolvik (GDP missing in 2009); 5 units (zone of the same policy).'
    """
    groups: dict[str, list[DonorDecision]] = {}
    for item in sorted(donors, key=lambda item: "missing" not in item.reason):
        if not item.admitted:
            groups.setdefault(item.reason.split(" (")[0], []).append(item)
    told = []
    for full, items in list(groups.items())[:_MOST_REASONS]:
        reason = full.removesuffix(" in all periods needed")
        told.append(f"{_named(items)} ({reason})")
    rest = sum(len(items) for items in list(groups.values())[_MOST_REASONS:])
    if rest:
        told.append(f"{rest} more (report)")
    return f"Left out: {'; '.join(told)}." if told else ""


def _named(items: Sequence[DonorDecision]) -> str:
    return and_list([item.label for item in items]) if len(items) <= _NAMED else f"{len(items)} units"

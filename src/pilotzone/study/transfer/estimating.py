"""Effects of zones that are estimated from the bundled evidence: a synthetic control for each by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.core import StudyError, unknown
from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.gather import derive, evidence_panel, load_evidence
from pilotzone.study.transfer.handing import Handed, effects_of_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome, Panel
    from pilotzone.study.transfer.file import EstimateEntry, TransferFile

__all__ = ["check_estimate", "estimated_effects"]


def check_estimate(entry: EstimateEntry, outcomes: Sequence[Outcome]) -> Panel:
    """Return the panel that effects are estimated on.

    Raises
    ------
    StudyError
        If years contradict one another, or a zone is left out as well.
    UsageError
        If a series or region is unknown.
    """
    first, last = entry.periods
    for code, start in entry.zones.items():
        if not first < start <= last:
            raise StudyError(
                f"estimate.zones: {code} begins in {start}, and periods are {first} to {last}.",
                allowed="a year after the first period, up to the last",
            )
        if code in entry.drop:
            raise StudyError(f"estimate.drop names {code}, which is a zone here.", allowed="regions without a zone")
    panel = derive(evidence_panel(entry.series, periods=range(first, last + 1)), entry.derive)
    for code in (*entry.zones, *entry.drop):
        if code not in panel.units:
            load_evidence().region(code)
            raise unknown("region", code, panel.units, error=StudyError)
    for outcome in outcomes:
        if outcome.name not in panel.values:
            raise unknown(
                "series",
                outcome.name,
                list(panel.values),
                error=StudyError,
                told=f"outcome {outcome.name!r} is unknown",
            )
    return panel


def estimated_effects(file: TransferFile, outcomes: Sequence[Outcome]) -> Handed:
    """Return effects by outcome and zones; every zone's donors are the regions without a zone that are not left out.

    Raises
    ------
    StudyError
        As `check_estimate`.
    MethodError
        If the data cannot carry a design.
    """
    entry = file.estimate
    assert entry is not None  # noqa: S101 - asked for
    panel = check_estimate(entry, outcomes)
    parts = []
    for code, start in entry.zones.items():
        out = {**entry.drop, **dict.fromkeys((one for one in entry.zones if one != code), "has a zone of its own")}
        design = FewDesign(
            code,
            start,
            (start, entry.periods[1]),
            anticipation=entry.anticipation,
            pre_from=entry.periods[0],
            estimator=entry.estimator,
        )
        found = estimate_few(panel, outcomes, design, excluded=out)
        parts.append(replace(found, label=panel.label(code)))
    evidence = load_evidence()
    origin = f"{evidence.title.lower()}, version {evidence.version} ({', '.join(entry.series)})"
    return effects_of_parts(file, outcomes, parts, origin)

"""Before treatment: did units with a dose, and units with different doses, move alike.

In placebo periods there is no effect at any dose if trends are parallel. Two tests ask for that: mean and mean slope of
all placebo periods, and the curve of their average at low, middle and high doses. None of them says that trends would
have been parallel under other doses than a unit's own: before treatment nobody has a dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, Check, Identification, p_words, significant
from pilotzone.evaluation.dose.hotelling import JointTest, curve_test, joint_test
from pilotzone.evaluation.dose.spread import degrees_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import CheckState, Outcome
    from pilotzone.evaluation.dose.fit import DoseFit
    from pilotzone.evaluation.dose.rows import Quantity, Sums
    from pilotzone.evaluation.dose.spread import Spread, Weighing

    Floats = NDArray[np.float64]

__all__ = ["DosePreTrends", "dose_pre_trends", "identified"]

_USUAL = 0.05
_SHOWN = 6
"""Doses that are named one by one."""


@dataclass(frozen=True)
class DosePreTrends(Brief):
    """Tests of one outcome.

    Attributes
    ----------
    outcome
        Its name.
    events
        Placebo periods, by time since treatment.
    by_event
        That mean effect and mean slope are zero in all of them.
    by_dose
        That the average of their curves is zero at `doses`.
    doses
        The 10th, 50th and 90th percentile of the treated units' doses, or the mean dose of every bin.
    """

    outcome: str
    events: tuple[int, ...]
    by_event: JointTest
    by_dose: JointTest
    doses: tuple[float, ...]


def dose_pre_trends(fit: DoseFit, spread: Spread, outcomes: tuple[Outcome, ...]) -> tuple[DosePreTrends, ...]:
    """Return the tests of each outcome; none where there is only one period before treatment."""
    at = next((a for a, item in enumerate(fit.averages) if item.kind == "before"), None)
    if at is None:
        return ()
    placebo = {c for chosen in fit.averages[at].cells.values() for c in chosen}
    early = [
        a
        for a, item in enumerate(fit.averages)
        if item.kind == "event" and placebo.issuperset(c for chosen in item.cells.values() for c in chosen)
    ]
    treated = np.concatenate([fit.units.doses[fit.groups[g].units] for g in fit.regressions])
    doses = fit.basis.tested(treated)
    layout, found = fit.layout, []
    events = tuple(item for item in (fit.averages[a].event for a in early) if item is not None)
    for k, outcome in enumerate(outcomes):
        means = [column for a in early for column in (layout.mean(k, a), layout.mean(k, a) + 1)]
        kinds: list[Weighing] = ["mean", "slope"] * len(early)
        # The least known of them stands for all: safe, and without a model of how events vary together.
        least = degrees_of(fit, spread, np.eye(layout.size)[means], kinds).min()
        by_event = joint_test(fit.estimate[means], spread.covariance[np.ix_(means, means)], float(least))
        by_dose = curve_test(fit, spread, (k, at), fit.basis.values(doses))
        found.append(DosePreTrends(outcome.name, events, by_event, by_dose, tuple(doses.tolist())))
    return tuple(found)


def identified(
    sums: Sums,
    spread: Spread,
    outcome: tuple[int, Outcome],
    quantity: Quantity,
    per: float,
    tests: DosePreTrends | None,
) -> Identification:
    """Return what placebo periods say about an effect with its margin, both per so many units of dose."""
    k, whose = outcome
    label = "Units with different doses moved alike before"
    if tests is None:
        why = "There is only one period before treatment to compare with; an earlier one would do."
        return Identification(whose.name, (Check("pre_trends_by_dose", label, "cannot be assessed", None, None, why),))
    at = [r for r, name in enumerate(sums.names) if name[:2] == (k, quantity) and name[3] in tests.events]
    values = np.abs(sums.estimate[at]) * per
    se = np.sqrt(np.einsum("rq,qs,rs->r", sums.rows[at], spread.covariance, sums.rows[at])) * per
    largest, bound = float(values.max()), float((values + 1.6448536269514722 * se).max())
    shown, beyond = (_size(whose, value) for value in (largest, bound))
    told = f"The largest placebo effect is {shown}; beyond {beyond} all can be excluded."
    state, ratio = _against_margin(whose, largest, bound)
    if state == "cannot be assessed":
        limit = None if whose.margin is None else _size(whose, abs(whose.harm_boundary))
        told += (
            " The outcome has no margin that this could be compared with."
            if limit is None
            else f" The margin, {limit}, lies between: the data cannot tell; more units would."
        )
    margin = Check("pre_trends", label, state, ratio, None if ratio is None else 1.0, told)
    return Identification(whose.name, (margin, *(_told(*pair) for pair in _named(tests))))


def _size(outcome: Outcome, value: float) -> str:
    """Return a distance as the programme's own check tells it: in the direction of harm, percent on a log scale."""
    unit = "" if outcome.display_unit == "1" else f" {outcome.display_unit}"
    return f"{significant(outcome.margin_of(-outcome.sign * value))}{unit}"


def _against_margin(outcome: Outcome, largest: float, bound: float) -> tuple[CheckState, float | None]:
    if outcome.margin is None:
        return "cannot be assessed", None
    margin = abs(outcome.harm_boundary)
    state: CheckState = "passed" if bound <= margin else "failed" if largest > margin else "cannot be assessed"
    return state, bound / margin


def _named(tests: DosePreTrends) -> tuple[tuple[str, str, JointTest], ...]:
    doses = "; ".join(significant(dose) for dose in tests.doses[:_SHOWN])
    doses += f" and {len(tests.doses) - _SHOWN} more" if len(tests.doses) > _SHOWN else ""
    return (
        ("no_pre_trend", "No mean effect and no mean slope before at all", tests.by_event),
        ("no_pre_trend_by_dose", f"No effect before at doses of {doses}", tests.by_dose),
    )


def _told(name: str, label: str, test: JointTest) -> Check:
    if test.p is None:
        why = f"{test.rank} estimates with {test.degrees:.1f} degrees of freedom cannot be tested jointly."
        return Check(name, label, "cannot be assessed", None, None, why)
    told = f"Against none at all: {p_words(test.p)} (Wald statistic {test.wald:.3g}, rank {test.rank})."
    return Check(name, label, "failed" if test.p < _USUAL else "passed", test.p, None, told)

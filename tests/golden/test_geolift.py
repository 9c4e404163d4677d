"""GeoLift's experiment in Chicago and Portland (see data/geolift.md): effect, lift, total and a conformal p.

Published: the walkthrough of Meta's R package GeoLift (vignettes/GeoLift_Walkthrough) prints an average effect of
155.556 conversions a day and market, a lift of 5.4 percent, 4,667 in all, and a p-value of .01, by synthetic control
with fixed effects on the mean of both markets. That p is conformal, two-sided, over choices of periods drawn at random.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tests.golden.interior_point import nearest_weights
from tests.unit.few.plain import level, panel_of

import pilotzone as pz
from pilotzone.core import MethodError, Outcome
from pilotzone.evaluation.few import conformal_effects, conformal_one_sided_p, conformal_p
from pilotzone.judgement import DEFAULT_ALLOWANCE, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.few import FewEffects

    Floats = NDArray[np.float64]

TREATED = ("chicago", "portland")
BEFORE, DAYS = 90, 15


@cache
def sales() -> tuple[tuple[str, ...], Floats]:
    """Return the cities without campaign and, last, the mean of the two that had it; their conversions by day."""
    frame = pd.read_csv(Path(__file__).parent / "data" / "geolift.csv")
    wide = frame.pivot_table(index="metro", columns="day", values="sales")
    others = wide.drop(index=list(TREATED))
    return (*others.index, "zone"), np.vstack([others.to_numpy(), wide.loc[list(TREATED)].to_numpy().mean(axis=0)])


@cache
def effects(outcome: Outcome | None = None) -> FewEffects:
    names, paths = sales()
    panel = panel_of({"y": paths}, units=list(names), first=1)
    return pz.synthetic_control(
        panel, treated="zone", start=BEFORE + 1, outcomes=[outcome or level()], estimator="sc_intercept"
    )


def test_published_effect_lift_and_total() -> None:
    last = effects().by_period().records()[-1]
    assert len(effects().by_period()) == DAYS
    assert round(float(effects().joint.estimate[0]), 3) == 155.556
    assert round(float(str(last["total_percent"])), 2) == 5.42
    assert round(len(TREATED) * float(str(last["total"])), 2) == 4666.67


def test_effect_by_an_interior_point_solver() -> None:
    _, paths = sales()
    others, own = paths[:-1], paths[-1]
    weights = nearest_weights(others[:, :BEFORE], own[:BEFORE], intercept=True)
    gaps = own - weights @ others
    expected = float(gaps[BEFORE:].mean() - gaps[:BEFORE].mean())
    assert float(effects().joint.estimate[0]) == pytest.approx(expected, rel=1e-7)


def residuals() -> Floats:
    """Return the zone's residuals under no effect, fitted on all days."""
    _, paths = sales()
    weights = nearest_weights(paths[:-1], paths[-1], intercept=True)
    gaps: Floats = paths[-1] - weights @ paths[:-1]
    gaps -= gaps.mean()
    return gaps


def share_of_shifts(sizes: Floats) -> float:
    means = [float(np.roll(sizes, shift)[-DAYS:].mean()) for shift in range(len(sizes))]
    return sum(mean >= means[0] - 1e-6 for mean in means) / len(means)


def test_a_declared_conformal_p_decides() -> None:
    """By the defaults, cyclic shifts and mean absolute residuals, and over choices of days as the published one is."""
    p = conformal_p(effects(), "y")
    assert p == share_of_shifts(abs(residuals())) == 5 / 105
    squared = conformal_p(effects(), "y", norm="root_mean_square")
    assert squared == share_of_shifts(residuals() ** 2) == 2 / 105
    choices = conformal_p(effects(), "y", permutations="iid")
    assert choices == pytest.approx(0.01, abs=0.01)
    assert max(p, squared, choices) <= 0.05


def test_one_side_does_not_decide_here() -> None:
    """Other days add up to as much in one direction: eight of 105 shifts, not five at most."""
    p = conformal_one_sided_p(effects(), "y", side="good")
    assert p == share_of_shifts(residuals()) == 8 / 105
    assert conformal_one_sided_p(effects(), "y", side="bad") == share_of_shifts(-residuals())


def test_a_verdict_by_conformal_p_values() -> None:
    """At a level of a tenth the gain shows, and outlasts a drift up to where the null's own p passes the level."""
    lift = Outcome("y", role="development", good="up", margin=1.0, scale="level", label="Sales")
    found = effects(lift)
    five = judge(conformal_effects(found))
    assert (five.label, five.p_claim) == ("growth not shown", 8 / 105)
    ten = judge(conformal_effects(found, alpha=0.1), alpha=0.1)
    assert (ten.label, ten.p_claim, ten.allowance) == ("growth", 8 / 105, DEFAULT_ALLOWANCE)
    (test,) = ten.tests
    assert test.gain.drift is not None
    assert test.earlier is not None
    assert test.gain.drift > 0
    assert test.gain.multiple == pytest.approx(test.gain.drift / test.earlier, rel=1e-12)
    for share, shown in ((1 - 1e-6, True), (1 + 1e-6, False)):
        null = share * test.gain.drift
        assert (conformal_one_sided_p(found, "y", side="good", null=null) <= 0.1) == shown
    assert test.method.startswith("conformal: the signed mean residual of the window over all 105 cyclic shifts")
    with pytest.raises(MethodError, match="105 periods"):
        conformal_effects(found, alpha=0.009)


def test_too_few_periods_cannot_decide() -> None:
    with pytest.raises(MethodError, match="105 periods"):
        conformal_one_sided_p(effects(), "y", side="good", alpha=0.009)

"""Errors on control states in California's tobacco programme (see data/prop99.md), fitted one by one by SciPy.

What is compared is the definition of Ferguson and Ross (2020): each of the 38 other states is predicted by the states
that are not California, and the effect on California is its estimate plus or minus the error.
"""

from __future__ import annotations

import pytest
from tests.golden.prop99 import load_prop99
from tests.unit.few.plain import level, panel_of, plain_fit

import pilotzone as pz


def test_errors_on_other_states_and_the_effects_that_they_allow() -> None:
    data = load_prop99()
    states, first = data.states, data.years[0]
    years, after = range(int(data.before.sum())), slice(int(data.before.sum()), None)
    effects = pz.synthetic_control(
        panel_of({"packs": data.packs}, units=states, first=first),
        treated="California",
        start=1989,
        outcomes=[level("packs")],
        pools="exclude_treated",
    )
    others = [k for k in range(len(states)) if k != data.california]
    estimate = float(plain_fit(data.packs, data.california, others, years, intercept=False).gaps[after].mean())
    errors = {
        states[k]: abs(
            float(plain_fit(data.packs, k, [j for j in others if j != k], years, intercept=False).gaps[after].mean())
        )
        for k in others
    }
    found = pz.misspecification_set(effects.joint, "packs")
    assert found.estimate == pytest.approx(estimate, abs=1e-6)
    order = sorted(errors, key=lambda state: -errors[state])
    for place, item in enumerate(found.controls):
        assert item.error == pytest.approx(errors[item.unit], abs=1e-6)
        assert errors[item.unit] == pytest.approx(errors[order[place]], abs=2e-6)
        (interval,) = item.intervals
        assert (interval.low, interval.high) == pytest.approx(
            (found.estimate - item.error, found.estimate + item.error), rel=1e-12
        )
    enough = [state for state in order if errors[state] >= abs(estimate)]
    assert {item.unit for item in found.allowing(0.0)} == set(enough)

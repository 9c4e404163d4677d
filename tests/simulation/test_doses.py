"""Size and coverage of effects by dose, in a reduced run: what the guard lets pass holds its level."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.doses import CASES, HEAD, NAMES, Case, row_of

pytestmark = pytest.mark.simulation

COUNT = 200


def test_cases_stand_on_both_sides_of_the_guard() -> None:
    assert {case.given for case in CASES} == {True, False}
    assert len(HEAD.split("|")) == len(str(row_of(CASES[3], 2)).split("|"))


@pytest.mark.parametrize("case", [Case((12,), 40), Case((12, 12), 40, noise="rising with the dose")])
def test_what_is_given_holds_its_level(case: Case) -> None:
    assert case.given
    shares = dict(zip(NAMES, row_of(case, COUNT).shares, strict=True))
    # 7 per cent, and three Monte Carlo errors.
    assert max(shares.values()) <= 0.07 + 3 * np.sqrt(0.07 * 0.93 / COUNT)
    # Not by saying nothing: means over the treated are missed about as often as they should be.
    assert shares["ATT(o)"] >= 0.05 - 3 * np.sqrt(0.05 * 0.95 / COUNT)

"""A level that is none is refused in the parameter's own name, before anything is estimated or judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects, make_many

from pilotzone.core import UsageError, attained_level
from pilotzone.judgement import confidence_set, judge, sample_plan

if TYPE_CHECKING:
    from collections.abc import Callable

PLACEBOS = make_effects([GDP, CO2], make_draws(np.random.default_rng(0).normal(size=(20, 2))))
COVARIANCE = make_many([GDP, CO2], [0.1, 0.0], np.eye(2) * 0.01)
CALLS: dict[str, Callable[[Any], object]] = {
    "judge, placebos": lambda alpha: judge(PLACEBOS, alpha=alpha),
    "judge, covariance": lambda alpha: judge(COVARIANCE, alpha=alpha),
    "set, placebos": lambda alpha: confidence_set(PLACEBOS, "gdp", alpha=alpha),
    "set, covariance": lambda alpha: confidence_set(COVARIANCE, "gdp", alpha=alpha),
    "sample": lambda alpha: sample_plan([GDP, CO2], np.eye(2) * 0.01, before=3, after=3, alpha=alpha),
    "attained": lambda alpha: attained_level(alpha, 20),
}


@pytest.mark.parametrize("alpha", [5, 0, -0.05, 1, float("nan"), float("inf"), "5%", None, True])
@pytest.mark.parametrize("call", CALLS)
def test_no_level_at_all(call: str, alpha: Any) -> None:  # noqa: ANN401 - whatever a caller may give
    with pytest.raises(UsageError) as found:
        CALLS[call](alpha)
    assert found.value.what == f"alpha is {alpha!r}."
    most = "0.5" if call.startswith(("judge", "sample")) else "1"
    assert found.value.allowed == f"a level above 0 and below {most}, such as 0.05"


@pytest.mark.parametrize("call", CALLS)
def test_levels_of_other_kinds_of_number(call: str) -> None:
    assert CALLS[call](np.float64(0.1)) is not None


def test_from_one_half_on_opposite_claims_could_both_hold() -> None:
    with pytest.raises(UsageError, match=r"alpha is 0\.5"):
        judge(PLACEBOS, alpha=0.5)
    assert confidence_set(PLACEBOS, "gdp", alpha=0.5).alpha == 0.5

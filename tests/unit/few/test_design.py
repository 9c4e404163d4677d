"""The design: phases by definition, and every contradiction an error that says what is allowed."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pytest

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.few import FewDesign, Predictor

YEARS = range(2010, 2021)


def design(**choices: Any) -> FewDesign:
    plain: dict[str, Any] = {"unit": "A", "start": 2016, "window": (2016, 2019)}
    return FewDesign(**(plain | choices))


def members(spec: FewDesign, periods: Sequence[int], phase: str) -> list[int]:
    return [period for period, item in zip(periods, spec.phases(periods), strict=True) if item == phase]


@pytest.mark.parametrize("anticipation", [0, 1, 2, 5])
@pytest.mark.parametrize("pre_from", [None, 2009, 2010])
def test_phases_by_their_definition(anticipation: int, pre_from: int | None) -> None:
    spec = design(anticipation=anticipation, pre_from=pre_from)
    assert members(spec, YEARS, "pre") == [year for year in YEARS if year < 2016 - anticipation]
    assert members(spec, YEARS, "anticipation") == [year for year in YEARS if 2016 - anticipation <= year < 2016]
    assert members(spec, YEARS, "window") == [2016, 2017, 2018, 2019]
    assert members(spec, YEARS, "outside") == [2020]


def test_periods_before_pre_from_are_outside() -> None:
    spec = design(pre_from=2012)
    assert members(spec, YEARS, "pre") == [2012, 2013, 2014, 2015]
    assert members(spec, YEARS, "outside") == [2010, 2011, 2020]


def test_periods_between_start_and_window_are_outside() -> None:
    spec = design(window=(2018, 2019))
    assert members(spec, YEARS, "outside") == [2016, 2017, 2020]


def test_anticipation_counts_observed_periods() -> None:
    census = (1990, 1995, 2000, 2005, 2010, 2015, 2020)
    spec = design(window=(2016, 2020), anticipation=1)
    assert members(spec, census, "pre") == [1990, 1995, 2000, 2005, 2010]
    assert members(spec, census, "anticipation") == [2015]
    assert members(spec, census, "window") == [2020]


@pytest.mark.parametrize("anticipation", [6, 7, 9, 100])
def test_anticipation_that_eats_all_earlier_periods(anticipation: int) -> None:
    # Six periods before the start: seven of anticipation must not wrap around to leave some of them.
    with pytest.raises(MethodError, match="no period is left before the start in 2016") as caught:
        design(anticipation=anticipation).phases(YEARS)
    assert caught.value.allowed
    assert caught.value.todo


def test_start_before_all_data() -> None:
    with pytest.raises(MethodError, match="no period is left"):
        design(start=2005, window=(2005, 2010)).phases(YEARS)


def test_window_that_the_data_do_not_reach() -> None:
    # An average over fewer years than were declared would be another effect under the same name.
    with pytest.raises(MethodError, match="the data end in 2020, before the window does: 2016 to 2022") as caught:
        design(window=(2016, 2022)).phases(YEARS)
    assert caught.value.todo


def test_window_without_a_period() -> None:
    with pytest.raises(MethodError, match="no period in the window 2016 to 2019"):
        design().phases((1990, 1995, 2000, 2005, 2010, 2015, 2020))


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"window": (2015, 2019)}, "window 2015 to 2019"),
        ({"window": (2018, 2017)}, "window 2018 to 2017"),
        ({"anticipation": -1}, "anticipation is -1"),
        ({"pre_from": 2016}, "pre_from is 2016"),
        ({"estimator": "scm"}, "estimator is 'scm'"),
        ({"estimator": "sc_intercpt"}, "Did you mean 'sc_intercept'"),
        ({"pools": "all"}, "pools is 'all'"),
        ({"estimator": "sdid"}, "cannot be combined with symmetric pools"),
        ({"start": "2016"}, "start is '2016'"),
        ({"start": 2016.0}, "start is 2016.0"),
        ({"window": 2016}, "window is 2016"),
        ({"window": (2016,)}, "window is"),
        ({"window": (2016, 2017, 2018)}, "window is"),
        ({"window": ("2016", "2019")}, "window is '2016'"),
        ({"anticipation": 0.5}, "anticipation is 0.5"),
        ({"pre_from": "2010"}, "pre_from is '2010'"),
    ],
)
def test_contradictions_are_usage_errors(choices: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        design(**choices)
    assert words in str(caught.value)
    assert caught.value.allowed
    assert caught.value.exit_code == 2
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own bytes


def test_one_predictor_may_stand_alone() -> None:
    assert design(estimator="sc_predictors", predictors=Predictor("x")).predictors == (Predictor("x"),)


def test_integers_of_numpy_are_periods() -> None:
    import numpy as np

    spec = design(start=np.int64(2016), window=(np.int64(2016), np.int32(2019)))
    assert members(spec, YEARS, "window") == [2016, 2017, 2018, 2019]

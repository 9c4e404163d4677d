"""Placebo effects at dates before the start, for every unit, against designs dated earlier by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of, plain_fit

from pilotzone.core import EarlierEffects
from pilotzone.evaluation.few import FewDesign, estimate_few

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PlaceboDraws, PoolRule

    Floats = NDArray[np.float64]

FIRST, UNITS = 2001, "ABCDEFGH"


def known(draws: PlaceboDraws) -> EarlierEffects:
    assert draws.earlier is not None
    return draws.earlier()


def test_a_range_by_hand() -> None:
    """Effects of -3 to 1, of 2 to 4, of -4 to -2, and of a unit without dates."""
    found = EarlierEffects(np.array([[-3.0], [2.0], [-4.0], [np.nan]]), np.array([[1.0], [4.0], [-2.0], [np.nan]]))
    np.testing.assert_array_equal(found.largest[:, 0], [3, 4, 4, np.nan])
    np.testing.assert_array_equal(found.towards(1)[:, 0], [1, 4, 0, np.nan])
    np.testing.assert_array_equal(found.towards(-1)[:, 0], [3, 0, 4, np.nan])
    with pytest.raises(ValueError, match="differ"):
        EarlierEffects(found.low, found.high[:1])


@pytest.mark.parametrize(
    ("estimator", "pools"), [("sc", "symmetric"), ("sc_intercept", "symmetric"), ("sc_intercept", "exclude_treated")]
)
def test_every_unit_of_one_zone_is_fitted_at_each_date(estimator: Estimator, pools: PoolRule) -> None:
    """Eight fitted periods and a window of three: one, two and three periods are held out."""
    paths = noisy_paths(3, units=7, periods=12)
    design = FewDesign("C", 2009, (2009, 2011), estimator=estimator, pools=pools)
    found = known(estimate_few(panel_of({"y": paths}), [level()], design).joint.draws)
    effects = np.empty((7, 3))
    for unit in range(7):
        donors = [k for k in range(7) if k != unit and (k != 2 or pools == "symmetric")]
        for held in (1, 2, 3):
            fit = plain_fit(paths, unit, donors, range(8 - held), intercept=estimator == "sc_intercept")
            effects[unit, held - 1] = fit.gaps[8 - held : 8].mean()
    np.testing.assert_allclose(found.low[:, 0], effects.min(axis=1), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(found.high[:, 0], effects.max(axis=1), rtol=1e-8, atol=1e-9)


def test_too_short_a_past_has_no_earlier_dates() -> None:
    design = FewDesign("C", 2005, (2005, 2007))
    found = known(estimate_few(panel_of({"y": noisy_paths(4, periods=7)}), [level()], design).joint.draws)
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()

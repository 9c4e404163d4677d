"""Effects in which nothing varies have no standard error, and stop nothing; and sizes of outcomes do not matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import pilotzone as pz
from pilotzone.core import MethodError
from pilotzone.evaluation.many import ManyEffects, sup_t
from pilotzone.evaluation.many.variation.guard import NO_SPREAD

INF = np.inf


def takeup(*, level: float = 0.0) -> pd.DataFrame:
    """Return take-up of a programme: nobody has it before, and controls never do."""
    rng = np.random.default_rng(1)
    n, T = 120, 8
    frame = pd.DataFrame({"id": np.repeat(np.arange(n), T), "t": np.tile(np.arange(2001, 2009), n)})
    frame["g"] = np.repeat(rng.choice([0, 2004, 2006], n, p=[0.4, 0.3, 0.3]), T)
    on = (frame.g > 0) & (frame.t >= frame.g)
    return frame.assign(y=np.where(on, rng.normal(1, 1, n * T), 0.0) + level)


def evaluated(frame: pd.DataFrame, outcomes: Any = "y", **options: Any) -> ManyEffects:  # noqa: ANN401
    return pz.evaluate(frame, unit="id", time="t", cohort="g", outcomes=outcomes, **options)


# A tenth has no exact number: changes of what is alike differ by rounding then.
@pytest.mark.parametrize("level", [0.0, 0.1, 1e6 + 0.1])
@pytest.mark.parametrize("options", [{}, {"cluster": "town"}, {"cross_sections": True}, {"estimator": "imputation"}])
def test_cells_without_variance_are_kept_out_and_said(level: float, options: dict[str, Any]) -> None:
    frame = takeup(level=level).assign(town=lambda d: d.id)
    found = evaluated(frame, **options)
    (row,) = found.overall
    if "estimator" not in options:
        # The published figures of the same layout, by csdid 0.4.3: .95189 (.05797) with units drawn one by one.
        assert row.estimate == pytest.approx(0.95189, abs=5e-6)
    assert row.se is not None
    if not options:
        assert row.se == pytest.approx(0.05797, abs=5e-6)
    flat = [item for item in found.rows if item.refused == NO_SPREAD]
    assert all(item.cohort is None or (item.period or 0) < item.cohort for item in flat)
    assert all((item.se, item.p, item.band, item.interval) == (None, None, None, None) for item in flat)
    assert len(flat) >= (0 if "estimator" in options else 7)
    for item in found.rows:
        if item not in flat and not item.reference:
            assert item.band is not None
            assert np.isfinite(item.band).all()
    if flat:
        assert any("have no standard error: all units on either side change alike" in note for note in found.notes)


def test_bands_are_those_of_the_cells_that_vary() -> None:
    found = evaluated(takeup())
    told = [q for q, row in enumerate(found.rows[: len(found.effects.cells)]) if row.se is not None]
    rows = [found.rows[q] for q in told]
    pairs = [(row.interval, row.band) for row in rows]
    assert all(i is not None and b is not None and b[0] <= i[0] <= i[1] <= b[1] for i, b in pairs)
    assert any(i != b for i, b in pairs)
    assert sup_t(found.effects.covariance[np.ix_(told, told)]) > 2.5


def test_an_outcome_without_variance_is_tested_by_lot_and_stops_no_other() -> None:
    frame = takeup().assign(z=lambda d: 1.0 * ((d.g > 0) & (d.t >= d.g)))
    roles = ["y,role=development,good=up,margin=1,scale=level", "z,role=environment,good=down,margin=0.1,scale=level"]
    found = evaluated(frame, roles)
    first, second = found.overall
    assert first.se is not None
    assert (second.se, second.refused, second.estimate) == (None, NO_SPREAD, 1.0)
    assert found.joint.covariance is not None
    assert dict(found.joint.covariance.refused) == {"z": NO_SPREAD}
    tests = {test.outcome.name: test for test in pz.judge(found).tests}
    # A verdict tests it by lot: a thousand assignments, none of them as extreme.
    assert tests["z"].refused == ""
    assert "randomisation inference" in tests["z"].method
    assert tests["z"].p_harm_shown == pytest.approx(1 / 1000)
    assert tests["z"].harm.grade == "with allowance"  # it never moved before, as estimated
    assert tests["y"].p_improved < 1e-6
    (check, *_) = found.joint.identification[1].checks
    assert check.state == "cannot be assessed"
    assert NO_SPREAD in check.statement


def test_a_sharp_change_without_variance_is_tested_by_lot() -> None:
    frame = takeup()
    frame = frame[frame.id < 40].assign(y=lambda d: 1.0 * ((d.g > 0) & (d.t >= d.g)))
    (row,) = evaluated(frame).overall
    assert (row.estimate, row.se, row.refused) == (1.0, None, NO_SPREAD)
    assert row.p_by_lot is not None
    assert row.p_by_lot <= 0.01


def test_perfectly_collinear_effects_are_judged() -> None:
    frame = takeup().assign(z=lambda d: 3 * d.y + 2)
    roles = ["y,role=development,good=up,margin=1,scale=level", "z,role=environment,good=up,margin=0.1,scale=level"]
    for together in ("holm", "sup-t"):
        verdict = pz.judge(evaluated(frame, roles), familywise=together)
        assert verdict.label != "cannot be decided"
        assert verdict.tests[0].p_improved == pytest.approx(verdict.tests[1].p_improved, rel=1e-9)


# -------------------------------------------------------------------------------------------------------- size


def drawn() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n, T = 90, 6
    frame = pd.DataFrame({"id": np.repeat(np.arange(n), T), "t": np.tile(np.arange(2001, 2001 + T), n)})
    frame["g"] = np.repeat(rng.choice([0, 2003, 2005], n), T)
    on = (frame.g > 0) & (frame.t >= frame.g)
    y = rng.normal(size=n * T) + rng.normal(size=n).repeat(T) + 0.4 * on
    return frame.assign(y=y, z=rng.normal(size=n * T) + 0.3 * y, town=frame.id // 3)


@pytest.mark.parametrize("options", [{}, {"cluster": "town"}, {"cross_sections": True}, {"estimator": "imputation"}])
@pytest.mark.parametrize("size", [2.0**-532, 1e-160, 1e150, 1e-300, 1e300, -1.0])
def test_size_and_sign_of_an_outcome_do_not_matter(options: dict[str, Any], size: float) -> None:
    frame = drawn()
    margin = 0.5 * abs(size)
    roles = f"y,role=development,good={'up' if size > 0 else 'down'},margin={margin!r},scale=level"
    harm = "z,role=environment,good=down,margin=0.5,scale=level"
    plain = evaluated(frame, ["y,role=development,good=up,margin=0.5,scale=level", harm], **options)
    found = evaluated(frame.assign(y=frame.y * size), [roles, harm], **options)
    for one, other in zip(plain.rows, found.rows, strict=True):
        unit = abs(size) if one.outcome.name == "y" else 1.0
        turn = size if one.outcome.name == "y" else 1.0
        assert other.estimate / unit == pytest.approx(one.estimate * np.sign(turn), rel=1e-9, abs=1e-12)
        assert (one.se is None, one.refused) == (other.se is None, other.refused)
        if one.se is not None and other.se is not None and one.band is not None and other.band is not None:
            assert other.se / unit == pytest.approx(one.se, rel=1e-9)
            assert other.p == pytest.approx(one.p, rel=1e-7)
            ends = sorted(end / turn for end in other.band)
            assert_allclose(
                ends, one.band, rtol=2e-3, atol=2e-3 * one.se
            )  # draws are of the same seed, not of one sign
    before, after = pz.judge(plain), pz.judge(found)
    assert before.label == after.label
    for test, same in zip(before.tests, after.tests, strict=True):
        assert same.p_improved == pytest.approx(test.p_improved, rel=1e-8)
        assert same.p_harm_excluded == pytest.approx(test.p_harm_excluded, rel=1e-8)
        assert same.p_adjusted == pytest.approx(test.p_adjusted, rel=1e-8)


def test_estimators_are_not_laid_side_by_side_beyond_all_use() -> None:
    frame = drawn()
    with pytest.raises(MethodError, match="outcome 'y' is of size"):
        evaluated(frame.assign(y=frame.y * 1e-200), beside=True)

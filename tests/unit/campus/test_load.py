"""Load of a campus from its racks."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.campus.load import DailyShape, RackRamp, Waiting, campus_load
from pilotzone.core import DataError, UsageError

RAMP = RackRamp({2026: 1000, 2027: 3000}, kw_per_rack=10.0, utilisation={2026: 0.5, 2027: 0.6})


def test_load_is_racks_times_utilisation_times_pue() -> None:
    pue = np.full(8760, 1.2)
    pue[5000] = 1.5
    found = campus_load(RAMP, 2027, pue=pue, wue=1.8)
    assert found.it_mw == pytest.approx(np.full(8760, 18.0), rel=1e-14)
    assert found.peak_mw == pytest.approx(27.0, rel=1e-14)
    assert found.energy_mwh == pytest.approx(18.0 * (8759 * 1.2 + 1.5), rel=1e-13)
    # 1.8 l/kWh of 18 MWh in an hour are 32,400 l.
    assert found.water_m3 is not None
    assert found.water_m3[0] == pytest.approx(32.4, rel=1e-14)
    assert found.mean_pue == pytest.approx(pue.mean(), rel=1e-13)
    assert found.duration_curve()[0] == found.peak_mw
    assert found.duration_curve().sum() == pytest.approx(found.energy_mwh)


def test_a_shape_keeps_the_mean_and_follows_the_calendar() -> None:
    weekday = tuple(float(1 + (8 <= hour < 20)) for hour in range(24))
    shape = DailyShape(weekday, (1.0,) * 24)
    found = campus_load(RAMP, 2026, pue=1.0, shape=shape, hours=168)
    # 1 January 2026 is a Thursday: two weekdays, then a weekend.
    mean = (5 * 36 + 2 * 24) / 168
    assert found.it_mw[:24] == pytest.approx(5 * np.array(weekday) / mean)
    assert found.it_mw[48:96] == pytest.approx(np.full(48, 5 / mean))
    assert found.it_mw.mean() == pytest.approx(5.0, rel=1e-14)
    from_monday = campus_load(RAMP, 2026, pue=1.0, shape=shape, hours=168, first_weekday=0)
    assert np.roll(found.it_mw, 72) == pytest.approx(from_monday.it_mw)


def test_peaks_that_do_not_meet_are_told_apart() -> None:
    pue = np.ones(24)
    pue[3] = 1.4
    shape = DailyShape(tuple(1.0 if hour == 12 else 0.5 for hour in range(24)))
    found = campus_load(RAMP, 2026, pue=pue, shape=shape)
    assert found.peak_mw < found.design_peak_mw
    assert found.design_peak_mw == pytest.approx(1.4 * found.it_mw.max())


def test_hours_are_those_of_the_year_or_of_the_series() -> None:
    leap = RackRamp({2028: 10}, kw_per_rack=1.0)
    assert len(campus_load(leap, 2028, pue=1.3).it_mw) == 8784
    assert len(campus_load(leap, 2028, pue=np.full(8760, 1.3)).it_mw) == 8760
    assert "PUE is one figure for all hours: heat does not raise the load." in campus_load(leap, 2028, pue=1.3).notes


def test_a_ramp_may_fall_and_may_never_fill_and_says_so() -> None:
    ramp = RackRamp({2026: 500, 2027: 400, 2028: 450}, 8.0, 0.5, built={2026: 1000, 2027: 1000, 2028: 1000})
    assert ramp.notes == (
        "Racks in use fall in 2027.",
        "The ramp never fills: at most 50 % of the racks built are in use (2026).",
    )
    assert ramp.filled[2027] == 0.4
    assert "Racks in use fall" in campus_load(ramp, 2027, pue=1.2).summary().note
    assert RackRamp({2026: 0, 2027: 10}, 8.0).notes == ()


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: DailyShape((1.0,) * 23), UsageError, "the shape of a weekday has 23 values"),
        (lambda: DailyShape((1.0,) * 24, (1.0,) * 25), UsageError, "the shape of a weekend has 25 values"),
        (lambda: DailyShape((-1.0,) + (1.0,) * 23), UsageError, "the shape of a weekday at hour 0 is -1.0"),
        (lambda: DailyShape((0.0,) * 24), UsageError, "zero in every hour"),
        (lambda: RackRamp({}, 8.0), UsageError, "racks in use have the years"),
        (lambda: RackRamp({2026: 1, 2028: 2}, 8.0), UsageError, "have the years 2026, 2028"),
        (lambda: RackRamp({2026: -1}, 8.0), UsageError, "racks in use in 2026 is -1"),
        (lambda: RackRamp({2026: 2}, 8.0, built={2026: 1}), UsageError, "2 racks are in use in 2026 and 1 are built"),
        (lambda: RackRamp({2026: 1}, 0.0), UsageError, "rated power of a rack, kW is 0.0"),
        (lambda: RackRamp({2026: 1}, 8.0, 1.2), UsageError, "utilisation in 2026 is 1.2"),
        (lambda: RackRamp({2026: 1}, 8.0, {2025: 0.5}), UsageError, "utilisation in 2026: not given"),
        (lambda: campus_load(RAMP, 2030, pue=1.2), UsageError, "2030: not given"),
        (lambda: campus_load(RAMP, 2026, pue=0.9), DataError, "PUE is 0.9"),
        (lambda: campus_load(RAMP, 2026, pue=[1.1] * 23 + [np.nan]), DataError, "PUE has 1 gaps, the first at pos"),
        (lambda: campus_load(RAMP, 2026, pue=np.ones(25)), UsageError, "the load has 25 hours"),
        (lambda: campus_load(RAMP, 2026, pue=np.ones(24), wue=np.ones(23)), DataError, "WUE, l/kWh has 23 values"),
        (lambda: campus_load(RAMP, 2026, pue=1.1, wue=-1.0), DataError, "WUE, l/kWh is -1"),
        (
            lambda: campus_load(RAMP, 2027, pue=1.1, shape=DailyShape((9.0,) + (1.0,) * 23)),
            UsageError,
            "% of rated power at its highest hour",
        ),
        (lambda: Waiting(1.5, 2), UsageError, "share of load that can wait is 1.5"),
        (lambda: Waiting(0.5, -2), UsageError, "hours that load can wait is -2"),
    ],
)  # fmt: skip
def test_what_is_no_load(call: object, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        call()  # type: ignore[operator]

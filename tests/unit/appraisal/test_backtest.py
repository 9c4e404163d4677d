"""Scores and backtests: published values, integrals, intervals by search, and what must never be known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from pilotzone.appraisal import (
    Forecast,
    Frozen,
    IssuedFigure,
    ScoreRange,
    Vintages,
    absolute_error,
    coverage,
    crps_ensemble,
    crps_ensemble_range,
    crps_normal,
    crps_normal_range,
    issued_by,
    ratio_range,
    run_backtest,
    stated,
)
from pilotzone.core import DataError, MethodError, UsageError


def test_score_of_a_normal_forecast() -> None:
    """Gneiting and Raftery 2007, and the integral that the score is."""
    assert crps_normal(0, 1, 0) == pytest.approx(0.2336949773, abs=5e-11)
    assert crps_normal(0, 1, 1) == pytest.approx(0.6024413576, abs=5e-11)
    law = stats.norm(3, 2.5)
    below = integrate.quad(lambda x: law.cdf(x) ** 2, -40, 4.2, epsabs=1e-12)[0]
    above = integrate.quad(lambda x: law.sf(x) ** 2, 4.2, 50, epsabs=1e-12)[0]
    assert crps_normal(3, 2.5, 4.2) == pytest.approx(below + above, abs=1e-10)
    assert crps_normal(3, 0, 4.2) == pytest.approx(1.2)
    with pytest.raises(UsageError, match="standard deviation"):
        crps_normal(0, -1, 0)


def test_score_of_an_ensemble() -> None:
    """Ferro 2014; all pairs one by one; and the fair score of few draws is right on average."""
    assert (crps_ensemble([0, 1], 0), crps_ensemble([0, 1], 0, fair=True)) == (0.25, 0.0)
    rng = np.random.default_rng(5)
    drawn = rng.standard_normal(37)
    pairs = np.abs(drawn[:, None] - drawn[None]).sum() / 2
    error = np.abs(drawn - 0.4).mean()
    assert crps_ensemble(drawn, 0.4) == pytest.approx(error - pairs / 37**2, abs=1e-13)
    assert crps_ensemble(drawn, 0.4, fair=True) == pytest.approx(error - pairs / (37 * 36), abs=1e-13)
    assert crps_ensemble([2.0], 5.0) == 3.0
    many = np.array([crps_ensemble(row, 1.0, fair=True) for row in rng.standard_normal((20_000, 3))])
    assert many.mean() == pytest.approx(0.6024413576, abs=4 * many.std() / np.sqrt(20_000))
    exact = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert crps_ensemble(exact, 1.0) == pytest.approx(0.6024413576, abs=1e-5)
    for members, fair in (([], False), ([1.0], True), ([1.0, np.inf], False)):
        with pytest.raises(UsageError, match="members"):
            crps_ensemble(members, 0, fair=fair)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 0.5), (0.5, 2.0), (2.0, 3.0), (-3.0, -2.0), (1.0, 1.0)])
def test_scores_of_outcomes_known_as_intervals(low: float, high: float) -> None:
    """By trying all that the outcome may have been."""
    grid = np.linspace(low, high, 2_001)
    drawn = np.random.default_rng(6).standard_normal(31)
    for found, one in (
        (crps_normal_range(0.2, 0.8, low, high), lambda y: crps_normal(0.2, 0.8, y)),
        (crps_ensemble_range(drawn, low, high), lambda y: crps_ensemble(drawn, y)),
        (crps_ensemble_range(drawn, low, high, fair=True), lambda y: crps_ensemble(drawn, y, fair=True)),
        (absolute_error(0.2, low, high), lambda y: abs(0.2 - y)),
    ):
        scores = np.array([one(float(y)) for y in grid])
        assert found.low == pytest.approx(scores.min(), abs=1e-3)
        assert found.low <= scores.min() + 1e-12
        assert found.high == pytest.approx(scores.max(), abs=1e-12)


def test_what_is_no_interval() -> None:
    with pytest.raises(UsageError, match="from 2 to 1"):
        absolute_error(0, 2, 1)
    with pytest.raises(UsageError, match="no ratio"):
        ratio_range(1, -1, 1)
    with pytest.raises(UsageError, match="finite"):
        absolute_error(float("nan"), 0, 1)
    with pytest.raises(UsageError, match="beside"):
        coverage([(0, 1)], [])


def test_coverage_is_k_of_n_below_ten_outcomes() -> None:
    nine = coverage([(0.0, 1.0)] * 9, [(0.5, 0.5)] * 7 + [(0.5, 1.5), (2, 2)])
    assert (nine.surely, nine.possibly, nine.count) == (7, 8, 9)
    assert nine.told == "7 of 9 to 8 of 9"
    assert coverage([(0.0, 1.0)] * 10, [(0.5, 0.5)] * 9 + [(2, 2)]).told == "9 of 10 (90 %)"


POWER = "electricity of data centres"


def power(period: int, issued: str, low: float, high: float | None = None, **more: str) -> IssuedFigure:
    own = IssuedFigure(POWER, period, issued, low, low if high is None else high, "TWh", more.get("source", "s"))
    return replace(own, kind=more.get("kind", "estimate"))  # type: ignore[arg-type]


KNOWN = (
    power(2018, "2019-09", 160.89, source="GP"),
    power(2023, "2019-09", 267.0, source="GP", kind="forecast"),
    power(2018, "2022", 120.0, source="revision"),
    power(2020, "2021", 150.7, source="GP"),
    power(2020, "2021-06", 200.0, source="industry"),
)
CAME = (power(2023, "2025", 150.0, source="official"), power(2023, "2025-03", 107.0, source="S&P"))


def test_a_forecast_of_2019_against_what_came() -> None:
    """267 TWh for 2023: 1.78 times the official figure, and up to 2.5 times the other."""
    vintages = Vintages((*KNOWN, *CAME))
    one = run_backtest(vintages, [stated], CAME[:1], at="2019")
    (scored,) = one.scored
    assert scored.ratio == ScoreRange(1.78, 1.78)
    assert scored.error == ScoreRange(117.0, 117.0)
    both = run_backtest(vintages, [stated], vintages.facts, at="2019-12-31")
    (scored,) = both.scored
    assert (scored.low, scored.high) == (107, 150)
    assert scored.error == ScoreRange(117, 160)
    assert scored.ratio is not None
    assert scored.ratio.high == pytest.approx(267 / 107)
    assert scored.crps is None
    assert both.coverage is None
    assert both.to_table().records()[0]["outcome"] == "107 to 150"
    assert both.label == "inputs as issued by 2019-12-31"


def trend(frozen: Frozen) -> Sequence[Forecast]:
    """Forecast by the last figures that are known, as a normal distribution and as an ensemble."""
    last = list(frozen.series(POWER).values())
    known = [figure.middle for figure in last if figure.kind == "estimate"]
    members = np.linspace(0.5, 1.5, 21) * known[-1]
    return [
        Forecast(POWER, 2023, "normal", known[-1], sd=20.0, unit="TWh"),
        Forecast(POWER, 2023, "ensemble", known[-1], members=members, unit="TWh"),
        Forecast(POWER, 2030, "later", known[-1], unit="TWh"),
    ]


def test_distributions_are_scored_as_ranges() -> None:
    found = run_backtest(Vintages(KNOWN), [trend], CAME, at="2019")
    normal, ensemble = found.scored
    assert normal.forecast.point == 160.89
    assert normal.crps == crps_normal_range(160.89, 20, 107, 150)
    assert ensemble.crps is not None
    assert ensemble.crps.low < ensemble.crps.high
    assert [forecast.period for forecast in found.open] == [2030]
    assert found.coverage is not None
    # The normal one ends at 128 TWh and so holds a part of the outcome, the ensemble all of it.
    assert found.coverage.told == "1 of 2 to 2 of 2"


@pytest.mark.parametrize("at", ["2019", "2021", "2021-05"])
def test_later_vintages_are_never_seen(at: str) -> None:
    """Whatever is issued after the day, forecasts are the same to the last bit; what is not there cannot be asked."""
    seen: list[Frozen] = []

    def watching(frozen: Frozen) -> Sequence[Forecast]:
        seen.append(frozen)
        return trend(frozen)

    day = issued_by(at)
    vintages = Vintages(KNOWN)
    before = run_backtest(vintages, [watching, stated], CAME, at=at)
    rng = np.random.default_rng(7)
    for _ in range(20):
        wild = tuple(
            figure
            if figure.day is not None and figure.day <= day
            else replace(figure, low=float(rng.uniform(0, 5)), high=float(rng.uniform(5, 1e6)))
            for figure in KNOWN
        )
        after = run_backtest(Vintages((*wild, *CAME)), [watching, stated], CAME, at=at)
        assert repr(after.to_table().records()) == repr(before.to_table().records())
    for frozen in seen:
        assert all(figure.day is not None and figure.day <= day for figure in frozen.facts)
        with pytest.raises(DataError, match="there was no figure"):
            frozen.latest(POWER, 2024)
    # And each figure that was known does enter: another one changes what is forecast.
    own = tuple(replace(f, low=f.low + 1, high=f.high + 1) for f in KNOWN)
    changed = run_backtest(Vintages(own), [trend], CAME, at=at)
    assert changed.scored[0].forecast.point == before.scored[0].forecast.point + 1


def test_the_last_vintage_by_the_day_is_taken() -> None:
    vintages = Vintages(KNOWN)
    assert vintages.frozen("2021").latest(POWER, 2018).middle == 160.89
    assert vintages.frozen("2022").latest(POWER, 2018).middle == 120.0
    # A figure of "2021" may have come at its end, so in June only the one of June is known.
    assert vintages.frozen("2021-06").latest(POWER, 2020).middle == 200.0
    assert vintages.frozen("2021-12-31").latest(POWER, 2020).middle == 150.7
    with pytest.raises(DataError, match="no figure of"):
        vintages.frozen("2019").latest(POWER, 2020)


def test_a_later_figure_cannot_be_put_into_what_was_known() -> None:
    with pytest.raises(DataError, match="issued 2022, after 2019-12-31"):
        Frozen(issued_by("2019"), KNOWN)
    with pytest.raises(DataError, match="no day of issue"):
        Frozen(issued_by("2019"), (power(2018, "", 1.0),))


def test_figures_without_a_day_make_a_weaker_test_that_says_so() -> None:
    undated = tuple(replace(power(year, "", 100.0 + year - 2010), kind="actual") for year in (2014, 2015, 2016, 2017))
    vintages = Vintages((*undated, *KNOWN))
    with pytest.raises(DataError, match="no figure had been issued"):
        vintages.frozen("2016")
    found = vintages.frozen("2016", pseudo=True)
    assert sorted(figure.period for figure in found.facts) == [2014, 2015, 2016]
    assert found.label.startswith("pseudo-out-of-sample")
    # In the middle of a year that year was not over.
    assert sorted(figure.period for figure in vintages.frozen("2016-06", pseudo=True).facts) == [2014, 2015]


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="no figures to freeze"):
        Vintages(())
    with pytest.raises(DataError, match="first of 5 was issued by 2019-09-30"):
        Vintages(KNOWN).frozen("2018")
    with pytest.raises(MethodError, match="has an outcome"):
        run_backtest(Vintages(KNOWN), [stated], KNOWN, at="2019")
    with pytest.raises(UsageError, match="one unit"):
        run_backtest(Vintages(KNOWN), [stated], [replace(CAME[0], unit="GWh")], at="2019")
    with pytest.raises(UsageError, match="both normal and an ensemble"):
        Forecast(POWER, 2023, "m", 1.0, sd=1.0, members=[1.0])
    with pytest.raises(UsageError, match="lies from 2 to 1"):
        power(2020, "2021", 2.0, 1.0)
    for text in ("last year", "2019-13", "2019-02-30", "19", ""):
        with pytest.raises(UsageError, match="not a date"):
            issued_by(text)
    assert issued_by("2020-02").isoformat() == "2020-02-29"


def test_what_was_known_on_the_day_is_no_outcome() -> None:
    """A plan or a forecast never is one, nor an estimate that was issued before."""
    known = power(2023, "2019-01", 140.0)
    came = (known, power(2023, "2025", 90.0, kind="plan"), power(2023, "2025", 95.0, kind="forecast"), CAME[0])
    (scored,) = run_backtest(Vintages(KNOWN), [stated], came, at="2019").scored
    assert (scored.low, scored.high) == (150, 150)

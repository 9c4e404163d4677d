"""Tests for small cohorts beside scipy's permutation test, a published example, and teen employment by brute force."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pilotzone.core import Outcome
from pilotzone.evaluation.many import NEVER, ShiftTest, StackedColumns, evaluate, randomise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MPDTA = Path(__file__).parent / "data" / "mpdta.csv"
YEARS = (2003, 2004, 2005, 2006, 2007)

permutation_test: Any = stats.permutation_test

# Efron and Tibshirani (1993), An introduction to the bootstrap, table 2.1: survival of mice in days after surgery, the
# figures being those of R's package `bootstrap`, made for the book (mouse.t and mouse.c); and chapter 15: 132 of 1,000
# permutations have a difference of means of 30.63 days or more.
TREATED = [94, 197, 16, 38, 99, 141, 23]
CONTROL = [52, 104, 146, 10, 50, 31, 40, 27, 46]


def shifts_of(changes: Floats, treated: int, draws: int) -> tuple[ShiftTest, ...]:
    layout = StackedColumns(("y",), ((1, 2),))
    stacked = np.column_stack([np.zeros(len(changes)), changes])
    rows = randomise(stacked, [2] * treated + [NEVER] * (len(changes) - treated), layout, draws=draws).rows
    return next(row.shifts for row in rows if row.kind == "group" and row.at is None)


def difference(x: Floats, y: Floats, axis: int = -1) -> Floats:
    return np.asarray(np.mean(x, axis=axis) - np.mean(y, axis=axis))


def studentised(x: Floats, y: Floats, axis: int = -1) -> Floats:
    variance = np.var(x, axis=axis) / np.shape(x)[axis] + np.var(y, axis=axis) / np.shape(y)[axis]
    return np.asarray(difference(x, y, axis) / np.sqrt(variance))


def theirs(x: Floats, y: Floats, size: float, side: str, *, plain: bool) -> float:
    """Return p of a size by scipy: the size taken off, all permutations; two-sided by the absolute statistic."""
    statistic = difference if plain else studentised
    both = side == "two-sided"

    def absolute(x: Floats, y: Floats, axis: int = -1) -> Floats:
        return np.abs(statistic(x, y, axis))

    alternative: Literal["greater", "less"] = "less" if side == "below" else "greater"
    found = permutation_test(
        (x - size, y),
        absolute if both else statistic,
        n_resamples=np.inf,
        alternative=alternative,
        vectorized=True,
    )
    return float(found.pvalue)


@pytest.mark.parametrize("side", ["above", "below", "two-sided"])
@pytest.mark.parametrize("size", [0.0, -10.0, 30.0, 90.0])
def test_p_is_that_of_scipy(side: Literal["above", "below", "two-sided"], size: float) -> None:
    """Eleven of the mice, four of them treated: all 330 assignments, statistics by the textbook."""
    x, y = np.array(TREATED[:4], dtype=float), np.array(CONTROL[:7], dtype=float)
    first, plain = shifts_of(np.concatenate([x, y]), 4, draws=999)
    assert plain.draws == 330
    assert plain.p(size, side) == pytest.approx(theirs(x, y, size, side, plain=True), abs=1e-12)
    found, expected = first.p(size, side), theirs(x, y, size, side, plain=False)
    # Of "at most a size" p is the largest of any smaller one, which with standard errors may be that of another.
    assert found == pytest.approx(expected, abs=1e-12) or (side != "two-sided" and found > expected)


def test_a_published_p() -> None:
    changes = np.array([*TREATED, *CONTROL], dtype=float)
    _, plain = shifts_of(changes, 7, draws=4_000)
    assert plain.estimate == pytest.approx(30.63, abs=0.005)
    exact = permutation_test(
        (TREATED, CONTROL), difference, n_resamples=np.inf, alternative="greater", vectorized=True
    ).pvalue
    assert exact == pytest.approx(0.132, abs=3 * np.sqrt(0.132 * 0.868 / 1000))
    assert plain.p(0.0, "above") == pytest.approx(exact, abs=3.5 * np.sqrt(exact * (1 - exact) / 4000))


def counties() -> pd.DataFrame:
    """Return two counties of the cohort of 2004, one of 2006 and eight never treated: the first of each by number."""
    frame = pd.read_csv(MPDTA)
    first = frame.drop_duplicates("county").sort_values("county")
    kept = [first.county[first.first_treated == cohort].head(n) for cohort, n in ((2004, 2), (2006, 1), (0, 8))]
    frame = frame[frame.county.isin(pd.concat(kept))].copy()
    frame["first_treated"] = frame.first_treated.replace(0, np.nan)
    return frame


def group_average(y: Floats, early: Floats, late: Floats, never: Floats) -> Floats:
    """Return Callaway and Sant'Anna's average by cohort, from means of changes, under assignments of shape (A, units).

    The mean over four years of the cohort of 2004 counts twice, that over two years of the cohort of 2006 once.
    """

    def effect(chosen: Floats, first: int) -> Floats:
        change = y[:, first:].mean(axis=1) - y[:, first - 1]
        return np.asarray(chosen @ change / chosen.sum(axis=1) - never @ change / never.sum(axis=1))

    return (2 * effect(early, 1) + effect(late, 3)) / 3


def test_teen_employment_by_brute_force() -> None:
    """Sizes taken off, all 495 assignments made by hand: p on a grid, and both ends of intervals."""
    frame = counties()
    wide = frame.pivot_table(index="county", columns="year", values="log_teen_employment")
    cohorts = frame.groupby("county").first_treated.first().to_numpy()
    y = wide.to_numpy()
    found = evaluate(
        frame,
        unit="county",
        time="year",
        cohort="first_treated",
        outcomes=Outcome("log_teen_employment", role="development", good="up", margin=5, scale="log"),
    )
    (small,) = found.small
    deals = [(pair, one) for pair in combinations(range(11), 2) for one in range(11) if one not in pair]
    early, late = np.zeros((len(deals), 11)), np.zeros((len(deals), 11))
    for a, (pair, one) in enumerate(deals):
        early[a, list(pair)], late[a, one] = 1, 1
    assert len(deals) == small.effect.draws == 495
    own = [cohorts == 2004, cohorts == 2006, np.isnan(cohorts)]
    treated = np.array(YEARS) >= np.nan_to_num(cohorts, nan=9999)[:, None]

    def brute(size: float) -> tuple[float, float, float]:
        left = y - size * treated
        mine = group_average(left, *(part[None].astype(float) for part in own))[0]
        all_of_them = group_average(left, early, late, 1 - early - late)
        slack = 1e-12
        shares = all_of_them >= mine - slack, all_of_them <= mine + slack, np.abs(all_of_them) >= abs(mine) - slack
        return tuple(float(share.mean()) for share in shares)  # type: ignore[return-value]

    test = small.effect
    assert found.overall[0].estimate == pytest.approx(test.estimate, rel=1e-12)
    for size in np.linspace(test.estimate - 0.6, test.estimate + 0.6, 31):
        assert (test.p(size, "above"), test.p(size, "below"), test.p(size)) == pytest.approx(brute(size), abs=1e-12)
    assert small.p_improved(test) == pytest.approx(brute(0.0)[0])
    assert small.p_harm_excluded(test) == pytest.approx(brute(np.log(0.95))[0])
    assert small.p_harm_shown(test) == pytest.approx(brute(np.log(0.95))[1])
    near = 1e-9
    low, high = test.interval(0.95)
    for end, out, column in ((low, -near, 2), (high, near, 2), (test.lower(), -near, 0), (test.upper(), near, 1)):
        assert brute(end - out)[column] > 0.05 >= brute(end + out)[column]

"""Standard errors from few units: Welch's test as another library has it, and when none is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pilotzone.core import Outcome
from pilotzone.evaluation.many import (
    NEVER,
    Comparison,
    ManyDesign,
    StackedColumns,
    aggregate_effects,
    evaluate_panel,
    group_time_effects,
    moments_of,
    reliability,
)
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.guard import FEWEST, refusals
from pilotzone.evaluation.many.variation.presence import Resting, counted_alike
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERIODS = (1, 2, 3, 4)
LAYOUT = StackedColumns(("y",), (PERIODS,))


def drawn(cohorts: list[float], seed: int = 0) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(seed)
    spread = np.where(np.isinf(cohorts), 1.0, 3.0)
    return spread[:, None] * rng.normal(size=(len(cohorts), 4))


def known(cohorts: list[float], kind: str | None = None, *, controls: str = "never_treated") -> Any:  # noqa: ANN401
    """Return effects, weights and what is known of standard errors: of all cells, or of an overall average."""
    how = Comparison(controls)  # type: ignore[arg-type]
    effects = group_time_effects(moments_of(LAYOUT.stack({"y": drawn(cohorts)}), cohorts), LAYOUT, how)
    if kind is None:
        weights, variance = np.eye(len(effects.cells)), effects.covariance.diagonal()
    else:
        averages = aggregate_effects(effects, kind)  # type: ignore[arg-type]
        weights, variance = averages.weights[:1], averages.covariance.diagonal()[:1]
    return effects, weights, reliability(effects.variation, weights, variance)


@pytest.mark.parametrize("sizes", [(6, 14), (5, 40), (30, 5)])
def test_cells_have_the_p_and_intervals_of_welch(sizes: tuple[int, int]) -> None:
    cohorts = [3.0] * sizes[0] + [np.inf] * sizes[1]
    y = drawn(cohorts)
    frame = pl.DataFrame(
        {
            "unit": np.repeat(np.arange(len(y)), 4),
            "year": np.tile(PERIODS, len(y)),
            "start": np.repeat(cohorts, 4),
            "y": y.ravel(),
        }
    )
    panel = open_panel(frame, PanelColumns("unit", "year", "start", ("y",)))
    found = evaluate_panel(
        panel, [Outcome("y", role="development", good="up", margin=1.0, scale="level")], ManyDesign(level=0.9)
    )
    cells = found.of("cell")
    assert [row.period for row in cells] == [2, 3, 4]
    for row in cells:
        assert row.period is not None
        change = y[:, row.period - 1] - y[:, min(row.period - 2, 1)]
        welch = stats.ttest_ind(change[: sizes[0]], change[sizes[0] :], equal_var=False)
        assert row.p == pytest.approx(welch.pvalue, rel=1e-9)
        ends = welch.confidence_interval(0.9)
        assert row.interval == pytest.approx((ends.low, ends.high), rel=1e-9)
        assert row.band is not None
        assert row.interval is not None
        assert row.band[0] <= row.interval[0]
        assert row.band[1] >= row.interval[1]


def test_an_average_has_satterthwaites_degrees() -> None:
    """Two cohorts' own first effects, in equal parts, less the same changes of the others, each group by itself."""
    cohorts = [2.0] * 5 + [4.0] * 5 + [np.inf] * 9
    effects, _, _ = known(cohorts)
    first = [c for c, cell in enumerate(effects.cells) if cell.event == 0]
    weights = np.zeros((1, len(effects.cells)))
    weights[0, first] = 0.5
    variance = np.diag(weights @ effects.influences.within @ weights.T)
    found = reliability(effects.variation, weights, variance)
    y = drawn(cohorts)
    early, late = (y[:, 1] - y[:, 0]) / 2, (y[:, 3] - y[:, 2]) / 2
    parts = np.array(
        [early[:5].var(ddof=1) / 5, late[5:10].var(ddof=1) / 5, (early + late)[10:].var(ddof=1) / 9],
    )
    degrees = parts.sum() ** 2 / (parts**2 / np.array([4, 4, 8])).sum()
    assert found.degrees[0] == pytest.approx(degrees, rel=1e-10)
    assert variance[0] * found.inflation[0] ** 2 == pytest.approx(parts.sum(), rel=1e-10)
    assert found.fewest[0] == 5


@pytest.mark.parametrize(
    ("cohorts", "kind", "fewest"),
    [
        ([3.0] + [NEVER] * 29, None, 1),
        ([3.0] * 4 + [NEVER] * 30, None, 4),
        ([3.0] * 30 + [NEVER] * 4, None, 4),
        ([3.0] * 5 + [NEVER] * 5, None, 5),
        ([2.0, 3.0, 4.0] + [NEVER] * 27, "simple", 1),
        ([2.0] * 8 + [3.0] * 3 + [NEVER] * 40, "simple", 3),
    ],
)
def test_the_smallest_group_that_matters(cohorts: list[float], kind: str | None, fewest: int) -> None:
    _, _, found = known([np.inf if c == NEVER else c for c in cohorts], kind)
    assert set(found.fewest.tolist()) == {fewest}
    assert all(bool(text) == (fewest < FEWEST) for text in refusals(found))


def test_a_small_group_among_many_controls_does_not_matter() -> None:
    """Three of 43 units not yet treated: 0.4 per cent of the variance rests on them."""
    _, _, found = known([2.0] * 10 + [4.0] * 3 + [np.inf] * 40, controls="not_yet_treated")
    assert found.fewest[0] == 10
    assert found.degrees[0] > 0


@dataclass(frozen=True)
class Shares(Variation):
    """Groups that add given shares of a variance, in truth and were all units to vary alike."""

    draws: NDArray[np.int64]
    shares: NDArray[np.float64]

    def parts(self, weights: Weights | NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ones((len(weights), 1)) * self.shares

    def resting(self, weights: Weights | NDArray[np.float64]) -> Resting:
        return counted_alike(self.parts(weights), self.draws)


@pytest.mark.parametrize(
    ("draws", "shares", "fewest"),
    [
        ([*[1] * 60, 200], [*[0.015] * 60, 0.1], 1),
        ([1, 1, 200], [0.009, 0.009, 0.982], 200),
        ([1, 1, 200], [0.011, 0.011, 0.978], 1),
        ([2, 200], [0.09, 0.91], 200),
        ([2, 200], [0.11, 0.89], 2),
        ([*[2] * 12, 90], [*[0.08] * 12, 0.04], 90),
    ],
)
def test_groups_of_one_matter_together_and_larger_ones_by_themselves(
    draws: list[int], shares: list[float], fewest: int
) -> None:
    """Of sixty cohorts of one unit each adds 1.5 per cent: nothing is known of the treated all the same."""
    found = reliability(Shares(np.array(draws), np.array(shares)), np.eye(1), np.ones(1))
    assert found.fewest[0] == fewest
    assert (found.degrees[0] == 0) == (fewest == 1)
    assert np.isinf(found.inflation[0]) == (fewest == 1)


def test_one_unit_among_very_many_does_not_matter() -> None:
    _, _, found = known([2.0] * 60 + [3.0] + [np.inf] * 60, "simple")
    assert (found.fewest[0], found.degrees[0] > 0) == (60, True)


@pytest.mark.parametrize(("units", "words"), [(1, "1 unit in"), (3, "3 units in")])
def test_the_reason_is_said(units: int, words: str) -> None:
    _, _, found = known([3.0] * units + [np.inf] * 20)
    assert words in refusals(found)[0]
    assert words.replace("unit", "cluster") in refusals(found, "clusters")[0]


def test_units_that_lack_an_outcome_do_not_count() -> None:
    """Of ten treated units, three have the outcome in the last period."""
    cohorts = np.array([2.0] * 10 + [np.inf] * 20)
    y = drawn(cohorts.tolist())
    y[3:10, 3] = np.nan
    frame = pl.DataFrame(
        {
            "unit": np.repeat(np.arange(30), 4),
            "year": np.tile(PERIODS, 30),
            "start": np.repeat(cohorts, 4),
            "y": y.ravel(),
        }
    ).with_columns(pl.col("y").fill_nan(None))
    panel = open_panel(frame, PanelColumns("unit", "year", "start", ("y",)))
    found = evaluate_panel(panel, [Outcome("y", role="development", good="up", margin=1.0, scale="level")])
    assert [(row.period, row.se is None) for row in found.of("cell")] == [(2, False), (3, False), (4, True)]

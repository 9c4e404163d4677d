"""Ranks among a part of the units, with donors from all of them but a unit's own group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of, plain_fit

from pilotzone.core import MethodError, UsageError, rank_p
from pilotzone.evaluation.few import FewDesign, FewEffects, Ranking, compare_estimators, conformal_set, estimate_few
from pilotzone.evaluation.few.inference.drift import horizons
from pilotzone.evaluation.few.several.estimate import estimate_several
from pilotzone.judgement import judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PoolRule, Statistic

    Floats = NDArray[np.float64]

UNITS = 12
NAMES = tuple("ABCDEFGHIJKL")
AMONG = ("A", "D", "G", "J")
GROUPS = {name: f"g{k // 3}" for k, name in enumerate(NAMES)}  # A B C, D E F, G H I, J K L
PRE, WINDOW = range(9), range(10, 13)
ESTIMATORS = ("sc", "sc_intercept", "sdid", "asc", "sc_shared", "mc")


OUTCOME = level(margin=1.0)


def effects_of(paths: Floats, unit: str = "A", **changes: Any) -> FewEffects:
    plain: dict[str, Any] = {"start": 2011, "window": (2011, 2013), "anticipation": 1}
    ranking = changes.pop("ranking", Ranking(AMONG, tuple(GROUPS.items())))
    design = FewDesign(unit, ranking=ranking, **(plain | changes))
    return estimate_few(panel_of({"y": paths}), [OUTCOME], design)


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_against_a_plain_computation(estimator: Estimator, pools: PoolRule) -> None:
    paths = noisy_paths(1, units=UNITS)
    effects = effects_of(paths, estimator=estimator, pools=pools)
    fit = effects.fits[0]
    # With the treated unit out of all pools, its fellows are not donors of anybody either.
    pool = range(UNITS) if pools == "symmetric" else [0, *range(3, UNITS)]
    assert fit.pool == tuple(NAMES[k] for k in pool)
    assert fit.units == AMONG
    own = []
    for i, name in enumerate(AMONG):
        row = NAMES.index(name)
        donors = [j for j in pool if GROUPS[NAMES[j]] != GROUPS[name] and (pools == "symmetric" or j)]
        plain = plain_fit(paths, row, donors, PRE, intercept=estimator == "sc_intercept")
        np.testing.assert_allclose(fit.weights[i], plain.weights[list(pool)], atol=1e-9)
        assert fit.mean_gap[i] == pytest.approx(plain.gaps[list(WINDOW)].mean(), abs=1e-8)
        assert fit.pre_rmspe[i] == pytest.approx(plain.rmspe, rel=1e-9)
        held = [plain_fit(paths, row, donors, PRE[:-k], intercept=estimator == "sc_intercept") for k in horizons(9, 3)]
        own.append([item.gaps[list(PRE[-k:])].mean() for k, item in zip(horizons(9, 3), held, strict=True)])
    earlier = effects.joint.draws.earlier
    assert earlier is not None
    np.testing.assert_allclose(earlier().low[:, 0], np.min(own, axis=1), atol=1e-8)
    np.testing.assert_allclose(earlier().high[:, 0], np.max(own, axis=1), atol=1e-8)
    gaps = fit.mean_gap
    assert effects.joint.draws.units == AMONG
    assert judge(effects.joint, statistic="mean_gap").tests[0].p_improved == np.mean(gaps >= gaps[0])


def test_donors_say_who_is_left_out_and_why() -> None:
    effects = effects_of(noisy_paths(1, units=UNITS))
    left = {item.unit: (item.reason, item.for_others) for item in effects.donors if not item.admitted}
    assert left == dict.fromkeys("BC", ("of the zone's own group (g0)", True))
    assert set(effects.fits[0].donor_weights()) == set(NAMES[3:])
    assert "9 donors" in effects.summary().title
    without = effects_of(noisy_paths(1, units=UNITS), pools="exclude_treated")
    assert not any(item.for_others for item in without.donors)


@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio", "net_gap", "excess_gap"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_rank_comes_once(statistic: Statistic, seed: int) -> None:
    """Each ranked unit in turn as the treated one: the pool is the same, and so are all statistics."""
    paths = noisy_paths(seed, units=UNITS)
    found = [
        judge(effects_of(paths, unit).joint, statistic=statistic).tests[0].p_improved * len(AMONG) for unit in AMONG
    ]
    assert sorted(found) == pytest.approx([1, 2, 3, 4])


def test_fellows_left_out_for_everybody_would_break_it() -> None:
    """The rule that looks alike, the treated unit's group out of all pools, gives other statistics for each zone."""
    paths = noisy_paths(1, units=UNITS)
    whole = [effects_of(paths, unit).fits[0].mean_gap for unit in AMONG]
    np.testing.assert_allclose(whole[0], whole[1], atol=1e-12)
    cut = [effects_of(paths, unit, pools="exclude_treated").fits[0].mean_gap for unit in AMONG]
    assert np.abs(cut[0] - cut[1]).max() > 1e-3


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_naming_all_and_no_groups_changes_nothing(estimator: Estimator) -> None:
    panel = panel_of({"y": noisy_paths(4, units=7), "z": noisy_paths(5, units=7)})
    outcomes = [level(), level("z")]
    design = FewDesign("C", start=2011, window=(2011, 2013), anticipation=1)
    named = replace(design, ranking=Ranking(NAMES[:7]))
    plain, same = (compare_estimators(panel, outcomes, item, [estimator]) for item in (design, named))
    assert plain == same


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_each_estimator_ranks_the_declared_units(estimator: Estimator) -> None:
    panel = panel_of({"y": noisy_paths(4, units=UNITS)})
    design = FewDesign(
        "A", start=2011, window=(2011, 2013), anticipation=1, ranking=Ranking(AMONG, tuple(GROUPS.items()))
    )
    (row,) = compare_estimators(panel, [level()], design, [estimator])
    assert [unit for unit, _ in row.placebos] == ["D", "G", "J"]
    assert row.p_good * 4 == pytest.approx(round(row.p_good * 4))


def test_other_nulls_reach_placebos_that_lean_on_the_zone() -> None:
    """Taking an effect off the zone moves the placebos that lean on it, and the slope says by how much."""
    paths = noisy_paths(6, units=UNITS)
    effects = effects_of(paths)
    draws, effect = effects.joint.draws, 0.7
    less = paths.copy()
    less[0, list(WINDOW)] -= effect
    np.testing.assert_allclose(
        effects_of(less).fits[0].mean_gap, draws.mean_gap[:, 0] + effect * draws.slope[:, 0], atol=1e-9
    )


def test_conformal_sets_know_the_zones_own_donors_only() -> None:
    paths = noisy_paths(7, units=UNITS)
    own = effects_of(paths)
    alone = effects_of(np.delete(paths, [1, 2], axis=0), ranking=Ranking())
    found, expected = (conformal_set(item, "y", permutations="moving_block") for item in (own, alone))
    assert found.intervals[0].low == pytest.approx(expected.intervals[0].low, abs=1e-9)
    assert found.count == expected.count


def test_diagnostics_use_the_zones_own_donors_only() -> None:
    paths = noisy_paths(8, units=UNITS)
    own = effects_of(paths).joint.identification[0]
    alone = effects_of(np.delete(paths, [1, 2], axis=0), ranking=Ranking()).joint.identification[0]
    for one, other in zip(own.checks, alone.checks, strict=True):
        if one.name != "fit_rank":  # which compares with the placebos
            assert one.value == pytest.approx(other.value), one.name


def test_a_unit_that_lacks_figures_is_not_ranked() -> None:
    paths = noisy_paths(9, units=UNITS)
    paths[3, 4] = np.nan
    effects = effects_of(paths)
    assert effects.fits[0].units == ("A", "G", "J")
    assert rank_p(effects.fits[0].mean_gap, 0) in {1 / 3, 2 / 3, 1}


def test_what_is_refused() -> None:
    paths = noisy_paths(1, units=UNITS)
    with pytest.raises(MethodError, match="no unit is left that 'A' can be ranked among"):
        effects_of(paths, ranking=Ranking(("A",)))
    with pytest.raises(UsageError, match="has no unit 'Z'"):
        effects_of(paths, ranking=Ranking(("A", "Z")))
    with pytest.raises(UsageError, match="in a list"):
        Ranking("AB")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="each name once"):
        Ranking(("A", "A"))
    panel = panel_of({"y": paths})
    designs = [FewDesign(unit, 2011, (2011, 2013), ranking=Ranking(AMONG)) for unit in ("A", "D")]
    with pytest.raises(UsageError, match="assignments of several zones are drawn from all units"):
        estimate_several(panel, [level()], designs)

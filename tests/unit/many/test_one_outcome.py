"""An outcome's figures are those of the units that have it, whatever else stands in the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import pilotzone as pz
from pilotzone.evaluation.many import EffectRow, ManyEffects

KINDS = ("simple", "group", "dynamic", "calendar")


def panel(seed: int = 7, units: int = 120, periods: int = 6) -> pd.DataFrame:
    """Return a panel of three cohorts and units never treated, with noise carried over, in towns of three."""
    rng = np.random.default_rng(seed)
    n, T = units, periods
    start = rng.choice([2003, 2004, 2005, 0], n)
    noise = rng.normal(size=(n, T))
    noise[:, 1:] += 0.5 * noise[:, :-1]
    year = np.arange(2001, 2001 + T)
    effect = np.where((start[:, None] > 0) & (year >= start[:, None]), 0.3 * (start[:, None] % 10 - 2), 0.0)
    return pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), T),
            "t": np.tile(year, n),
            "g": np.repeat(start, T),
            "town": np.repeat(np.arange(n) // 3, T),
            "w": np.repeat(rng.uniform(0.5, 2, n), T),
            "y": (rng.normal(size=(n, 1)) + effect + noise).ravel(),
        }
    )


def evaluated(frame: pd.DataFrame, outcomes: Any, **options: Any) -> ManyEffects:  # noqa: ANN401
    return pz.evaluate(frame, unit="id", time="t", cohort="g", outcomes=outcomes, **options)


def numbers(row: EffectRow) -> list[float]:
    """Return all numbers of a row, those that it does not have as NaN."""
    ends = [*(row.interval or (None, None)), *(row.band or (None, None))]
    flat = [row.at, row.cohort, row.period, row.estimate, row.se, *ends, row.p, row.p_by_lot]
    return [float("nan") if item is None else item for item in (*flat, row.treated_units, row.control_units)]


def same(one: tuple[EffectRow, ...], other: tuple[EffectRow, ...], *, rtol: float = 1e-11) -> None:
    assert [row.refused for row in one] == [row.refused for row in other]
    assert_allclose([numbers(row) for row in one], [numbers(row) for row in other], rtol=rtol, atol=1e-12)


def of(found: ManyEffects, outcome: str) -> tuple[EffectRow, ...]:
    return tuple(row for row in found.rows if row.outcome.name == outcome)


@pytest.mark.parametrize("options", [{}, {"cluster": "town"}, {"weight": "w"}, {"cross_sections": True}])
def test_units_without_the_outcome_are_as_good_as_absent(options: dict[str, Any]) -> None:
    frame = panel()
    empty = panel(8, 60).assign(y=np.nan, g=2004)
    empty[["id", "town"]] += 1000
    whole = evaluated(pd.concat([frame, empty]).sample(frac=1, random_state=1), "y", **options)
    same(whole.rows, evaluated(frame, "y", **options).rows)
    # A cohort of such units alone, and one after the data, change nothing either.
    later = pd.concat([frame, empty.assign(g=2006), empty.assign(id=empty.id + 500, g=2050)])
    same(evaluated(later, "y", **options).rows, evaluated(frame, "y", **options).rows)


def test_averages_of_units_that_have_the_outcome_follow_their_numbers() -> None:
    """By hand: means over units, of the change that each cohort has had, less that of the controls."""
    frame = panel().assign(z=lambda d: 2 * d.y + 1)
    lacking = frame[frame.g == 2004].id.unique()[6:]
    frame.loc[frame.id.isin(lacking), "z"] = np.nan
    wide = frame.dropna().pivot_table(index=["id", "g"], columns="t", values="z").reset_index(level="g")
    never = wide[wide.g == 0].drop(columns="g").mean()
    parts, counts = [], []
    for cohort in (2003, 2004, 2005):
        own = wide[wide.g == cohort].drop(columns="g").mean()
        parts += [(own[t] - own[cohort - 1]) - (never[t] - never[cohort - 1]) for t in range(cohort, 2007)]
        counts += [(wide.g == cohort).sum()] * len(range(cohort, 2007))
    both = evaluated(frame, ["y", "z"], summary="simple")
    assert both.overall[1].estimate == pytest.approx(np.average(parts, weights=counts), rel=1e-12)


@pytest.mark.parametrize("options", [{}, {"cluster": "town"}, {"weight": "w"}, {"cross_sections": True}])
@pytest.mark.parametrize("seed", range(3))
def test_what_stands_beside_an_outcome_does_not_matter(options: dict[str, Any], seed: int) -> None:
    """With holes, in other units and periods, with later periods of its own, and of another size."""
    rng = np.random.default_rng(seed)
    frame = panel(seed, 90)
    z = 1e6 * (frame.y + rng.normal(size=len(frame)))
    z[rng.random(len(frame)) < 0.2] = np.nan
    z[frame.id.isin(rng.choice(90, 15, replace=False))] = np.nan
    lasts = frame[frame.t == 2006].assign(t=2009, y=np.nan)
    wide = pd.concat([frame.assign(z=z), lasts.assign(z=rng.normal(size=len(lasts)))])
    wide["g"] = wide.g.where(~wide.id.between(20, 24), 2008)  # after the data of y, and within those of z
    both = evaluated(wide, ["z", "y"], **options)
    for name in ("y", "z"):
        alone = evaluated(wide[wide[name].notna()], name, **options)
        same(of(both, name), alone.rows, rtol=1e-9)


def test_p_by_lot_of_one_outcome_does_not_depend_on_another() -> None:
    rng = np.random.default_rng(2)
    frame = panel(3, 40)
    frame["g"] = np.where(frame.id < 2, 2004, 0)
    frame["z"] = rng.normal(size=len(frame))
    frame.loc[rng.random(len(frame)) < 0.1, "z"] = np.nan
    both, alone = evaluated(frame, ["y", "z"]), evaluated(frame, "y")
    assert all(row.p_by_lot is not None for row in alone.overall)
    same(of(both, "y"), alone.rows)
    assert any(note.startswith("z: No randomisation test: the panel is not balanced") for note in both.notes)


@pytest.mark.parametrize("treated", [40, 2])
def test_order_names_and_types_do_not_matter(treated: int) -> None:
    """Rows in any order, other names of units, dates in nanoseconds: also of p by lot, where two are treated."""
    frame = panel(4, 60)
    if treated == 2:
        frame["g"] = np.where(frame.id < 2, 2004, 0)
    whole = evaluated(frame, "y").rows
    same(evaluated(frame.sample(frac=1, random_state=3), "y").rows, whole)
    same(evaluated(frame.assign(id="u" + (9999 - frame.id).astype(str)), "y").rows, whole)
    same(evaluated(frame.assign(g=frame.g.astype(float).replace(0, np.inf)), "y").rows, whole)
    day = 86_400 * 10**9
    dates = evaluated(frame.assign(t=frame.t * day, g=frame.g * day), "y").of("cell")
    assert [row.estimate for row in dates] == [row.estimate for row in whole if row.kind == "cell"]
    assert [row.p_by_lot for row in dates] == [row.p_by_lot for row in whole if row.kind == "cell"]


# ------------------------------------------------------------------------------------------------ late cohorts


@pytest.mark.parametrize("options", [{}, {"cluster": "town"}, {"weight": "w"}, {"cross_sections": True}])
@pytest.mark.parametrize("controls", ["never_treated", "not_yet_treated"])
def test_cohorts_dated_after_the_data_are_never_treated(options: dict[str, Any], controls: str) -> None:
    """One unit each of sixty dates: controls, and no groups of one."""
    frame = panel(4, 240)
    never = frame[frame.g == 0].id.unique()
    dates = dict(zip(never, 2010 + np.arange(len(never)), strict=True))
    late = frame.assign(g=[dates.get(i, g) for i, g in zip(frame.id, frame.g, strict=True)])
    assert len(dates) > 40
    one, other = (evaluated(data, "y", controls=controls, **options) for data in (late, frame))
    same(one.rows, other.rows)
    assert all(row.se is not None for row in one.overall)
    assert one.joint.covariance is not None
    assert other.joint.covariance is not None
    assert one.joint.covariance.matrix == pytest.approx(other.joint.covariance.matrix)


def test_late_cohorts_that_anticipate_within_the_data_stay_apart() -> None:
    frame = panel(4, 160)
    frame["g"] = frame.g.where(frame.id % 9 > 0, 2007)
    found = evaluated(frame, "y", anticipation=1)
    assert 2007 in found.effects.cohorts.tolist()
    assert 2007 not in evaluated(frame, "y").effects.cohorts.tolist()


# ---------------------------------------------------------------------------------------------------- clusters


def test_clusters_of_several_cohorts_count_once() -> None:
    frame = panel(5, 200)
    frame["town"] = frame.id % 20
    found = evaluated(frame, "y", cluster="town").joint.covariance
    assert found is not None
    assert (found.treated, found.controls) == (20, 20)
    mixed = frame[frame.g.isin([0, 2004]) | (frame.town < 3)]
    assert mixed[["town", "g"]].drop_duplicates().town.duplicated().any()
    held = mixed[mixed.g > 0].town.nunique()
    whole = evaluated(mixed, "y", cluster="town").joint.covariance
    assert whole is not None
    assert whole.treated == held


def test_names_of_clusters_stand_in_messages() -> None:
    frame = panel(3, 40)
    frame["g"] = np.where(frame.id < 2, 2004, 0)
    frame["town"] = np.where(frame.id == 5, "Nanping", "T" + (frame.id // 3).astype(str))
    frame.loc[frame.id == 1, "town"] = "Nanping"
    frame.loc[frame.id == 0, "town"] = "Wuyi"
    notes = evaluated(frame, "y", cluster="town").notes
    assert any("cluster 'Nanping' has units of several cohorts" in note for note in notes)

"""The result as tables: complete, consistent with the arrays, and safe in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of

from pilotzone.core import Outcome, UsageError
from pilotzone.evaluation.few import FewDesign, FewEffects, estimate_few
from pilotzone.judgement import confidence_set

if TYPE_CHECKING:
    import pandas as pd

DESIGN = FewDesign("B", start=2011, window=(2011, 2013), anticipation=1, estimator="sc")
Y = level(unit="t")
Z = Outcome("z", "environment", "down", 5.0, "log", "Smoke <b>", "log(t)")


@pytest.fixture(scope="module")
def effects() -> FewEffects:
    """One result with a hole: donor D has no figure in 2014, after the window."""
    paths = noisy_paths(1)
    paths[3, 13] = np.nan
    panel = panel_of({"y": paths, "z": noisy_paths(2) / 10})
    return estimate_few(panel, [Y, Z], DESIGN, name="first", excluded={"A": "rule"})


@pytest.fixture(scope="module")
def table(effects: FewEffects) -> pd.DataFrame:
    return effects.to_frame()


def test_every_figure_of_the_fits_is_in_the_table_once(effects: FewEffects, table: pd.DataFrame) -> None:
    keys = ["outcome", "unit", "period", "measure", "donor"]
    assert not table.duplicated(keys).any()
    assert table["value"].notna().all()
    expected = 0
    for fit in effects.fits:
        of_outcome = table[table["outcome"] == fit.outcome.name]
        for measure, matrix in (("actual", fit.actual), ("synthetic", fit.synthetic), ("gap", fit.gaps)):
            rows = of_outcome[of_outcome["measure"] == measure]
            wide = rows.pivot_table(index="unit", columns="period", values="value")
            np.testing.assert_array_equal(wide.to_numpy(), matrix)
            assert list(wide.index) == list(fit.units)
            assert wide.columns.to_numpy().tolist() == list(fit.periods)
            assert set(zip(rows["period"], rows["phase"], strict=True)) == set(
                zip(fit.periods, fit.phases, strict=True)
            )
            expected += int(np.isfinite(matrix).sum())
        for measure, vector in (("mean_gap", fit.mean_gap), ("pre_rmspe", fit.pre_rmspe)):
            rows = of_outcome[of_outcome["measure"] == measure]
            assert rows["value"].tolist() == vector.tolist()
            assert rows["unit"].tolist() == list(fit.units)
            assert rows[["period", "phase", "donor"]].isna().all(axis=None)
            expected += len(vector)
        rows = of_outcome[of_outcome["measure"] == "weight"]
        found = {
            (unit, donor): value for unit, donor, value in zip(*rows[["unit", "donor", "value"]].T.values, strict=True)
        }
        assert found == {
            (fit.units[i], fit.units[j]): fit.weights[i, j] for i, j in zip(*np.nonzero(fit.weights), strict=True)
        }
        expected += len(found)
    assert len(table) == expected


def test_the_table_says_whose_figures_in_which_unit(effects: FewEffects, table: pd.DataFrame) -> None:
    assert set(table["design"]) == {"first"}
    assert set(table["estimator"]) == {"sc"}
    assert (table["treated"] == (table["unit"] == "B")).all()
    weights = table["measure"] == "weight"
    assert set(table.loc[weights, "unit_of_measure"]) == {"1"}
    assert set(table.loc[~weights & (table["outcome"] == "y"), "unit_of_measure"]) == {"t"}
    assert set(table.loc[~weights & (table["outcome"] == "z"), "unit_of_measure"]) == {"log(t)"}
    assert effects.to_table().to_frame().equals(table)


def test_the_table_holds_together(table: pd.DataFrame) -> None:
    """Recomputed from the table alone: gaps, mean gaps, RMSPE, weights that sum to one."""
    paths = table[table["period"].notna()].pivot_table(
        index=["outcome", "unit", "phase", "period"], columns="measure", values="value"
    )
    whole = paths.dropna()
    np.testing.assert_allclose(whole["gap"], whole["actual"] - whole["synthetic"], atol=1e-14)
    gaps = whole["gap"].reset_index()
    single = {str(key): own["value"] for key, own in table.groupby(["measure", "outcome", "unit"])}
    for (outcome, unit), own in gaps.groupby(["outcome", "unit"]):
        mean = own.loc[own["phase"] == "window", "gap"].mean()
        rmspe = np.sqrt((own.loc[own["phase"] == "pre", "gap"] ** 2).mean())
        assert single[str(("mean_gap", outcome, unit))].item() == pytest.approx(mean, rel=1e-12)
        assert single[str(("pre_rmspe", outcome, unit))].item() == pytest.approx(rmspe, rel=1e-9)
        assert single[str(("weight", outcome, unit))].sum() == pytest.approx(1.0, rel=1e-14)


def test_weights_of_donors_are_all_there_largest_first(effects: FewEffects) -> None:
    for fit in effects.fits:
        weights = fit.donor_weights()
        assert sorted(weights) == list("CDEFG")
        assert list(weights.values()) == sorted(weights.values(), reverse=True)
        assert weights == {unit: fit.weights[0, j] for j, unit in enumerate(fit.units) if unit != "B"}
        equal = [unit for unit, weight in weights.items() if weight == 0]
        assert equal == sorted(equal)


def test_decisions_on_donors_are_in_the_result(effects: FewEffects) -> None:
    assert [(item.unit, item.admitted, item.reason) for item in effects.donors] == [
        ("A", False, "rule"),
        *((unit, True, "") for unit in "CDEFG"),
    ]


def test_columns_of_a_phase(effects: FewEffects) -> None:
    fit = effects.fits[0]
    assert fit.columns("pre") == list(range(9))
    assert fit.columns("anticipation") == [9]
    assert fit.columns("window") == [10, 11, 12]
    assert fit.columns("outside") == [13]


def test_a_mean_gap_of_rounding_size_is_none() -> None:
    """Paths that agree exactly leave no gap; whether 1e-17 is left over must not decide a rank."""
    paths = np.full((7, 14), 0.1) + 0.1 * np.arange(14)
    found = estimate_few(panel_of({"y": paths}), [level()], DESIGN)
    np.testing.assert_array_equal(found.joint.draws.mean_gap, 0.0)


def test_summary_says_the_effect_as_readers_see_it(effects: FewEffects) -> None:
    summary = effects.summary()
    assert summary.title == "Effect on B, 2011 to 2013, 5 donors"
    for record, fit in zip(summary.records(), effects.fits, strict=True):
        effect = float(fit.mean_gap[0])
        assert record["outcome"] == fit.outcome.title
        assert record["estimate"] == effect
        assert record["effect"] == pytest.approx(fit.outcome.display(effect))
        assert record["effect_unit"] == ("%" if fit.outcome.name == "z" else "t")
        assert record["se"] is None
        gaps = np.abs(fit.mean_gap)
        assert record["p"] == np.mean(gaps >= gaps[fit.treated])
        assert record["n"] == len(fit.units)
        assert (record["low"], record["high"]) == confidence_set(effects.joint, fit.outcome.name).span
        assert record["pre_rmspe"] == fit.pre_rmspe[0]
        donor, weight = next(iter(fit.donor_weights().items()))
        assert record["largest_weight"] == f"{donor} {weight:.2f}"
        assert record["identification"] == effects.joint.identification_of(fit.outcome.name).state


def test_the_table_for_a_record_has_the_mean_gap_in_numbers_and_in_words(effects: FewEffects) -> None:
    for record, row in zip(effects.fit_table().records(), effects.summary().records(), strict=True):
        shown = str(record["effect"])
        assert float(shown.split(maxsplit=1)[0]) == pytest.approx(row["effect"], abs=0.00501)
        assert shown.endswith(f" {row['effect_unit']}")
        assert record["mean_gap"] == row["estimate"]
        assert {key: record[key] for key in ("pre_rmspe", "largest_weight", "identification")} == {
            key: row[key] for key in ("pre_rmspe", "largest_weight", "identification")
        }


def test_an_outcome_is_found_by_its_name(effects: FewEffects) -> None:
    assert effects.fit("z") is effects.fits[1]
    with pytest.raises(UsageError, match=r"there is no outcome 'zz'\. Did you mean 'z'"):
        effects.fit("zz")


def test_the_notebook_view_escapes_what_comes_from_data() -> None:
    hostile = "<script>alert(1)</script>"
    units = sorted([hostile, *"CDEF"])
    paths = noisy_paths(3, units=5)
    paths[units.index("C")] = paths[units.index(hostile)] + 1e-3  # so that it has the largest weight
    outcome = Outcome("y", None, "up", None, "level", "<img src=x onerror=alert(2)>", "t&")
    design = FewDesign("C", start=2011, window=(2011, 2013))
    found = estimate_few(panel_of({"y": paths}, units=units), [outcome], design)
    view = found._repr_html_()
    assert "<script" not in view
    assert "<img" not in view
    assert "&lt;script&gt;" in view
    assert "&lt;img" in view
    assert "t&amp;" in view

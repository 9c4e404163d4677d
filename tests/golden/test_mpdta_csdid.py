"""Teen employment beside csdid and moderndid (see data/csdid_mpdta.py): effects and errors, for each kind of panel.

Where definitions differ, the table `OTHER` and the last test say how, and what turns theirs into ours.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from tests.golden.data.csdid_mpdta import prepared

from pilotzone.evaluation.many import (
    Adjustment,
    AggregateKind,
    Comparison,
    GroupTimeEffects,
    aggregate_effects,
    evaluate,
)
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.evaluation.many.passes.sections import section_effects
from pilotzone.store import PanelColumns, open_panel

FILE = Path(__file__).parent / "data" / "csdid_mpdta.json"
THEIRS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
NEVER, LATER = Comparison("never_treated"), Comparison("not_yet_treated")

# Name of a case, how it is estimated here.
CASES: dict[str, tuple[Any, Comparison, str | None, str | None]] = {
    "plain": (general_effects, NEVER, None, None),
    "not_yet_treated": (general_effects, LATER, None, None),
    "weights": (general_effects, NEVER, None, "weight"),
    "clusters": (general_effects, NEVER, "cluster", None),
    "weights_clusters": (general_effects, NEVER, "cluster", "weight"),
    "sections": (section_effects, NEVER, None, None),
    "sections_weights": (section_effects, NEVER, None, "weight"),
    "sections_clusters": (section_effects, NEVER, "cluster", None),
}
# Where they define otherwise: library and case, the case here that has its errors, and how many times these they are.
OTHER = {
    # Its analytic errors leave clusters out of account; they count in its bootstrap alone.
    ("moderndid", "clusters"): ("plain", 1.0),
    # Its cross-sections have errors as large as the number of periods, 5: csdid's and these are a fifth of them.
    ("moderndid", "sections"): ("sections", 5.0),
}


def estimated(case: str) -> GroupTimeEffects:
    estimate, how, cluster, weight = CASES[case]
    unit = "row" if case.startswith("sections") else "county"
    return with_columns(estimate, how, PanelColumns(unit, "year", "cohort", ("y",), cluster, weight), holes=False)


def with_columns(estimate: Any, how: Comparison, columns: PanelColumns, *, holes: bool) -> GroupTimeEffects:  # noqa: ANN401
    frame = prepared()
    frame["cohort"] = np.where(frame.cohort == 0, np.inf, frame.cohort)
    found = estimate(open_panel(frame[frame.kept] if holes else frame, columns), how)
    assert isinstance(found, GroupTimeEffects)
    return found


def pairs(effects: GroupTimeEffects) -> dict[tuple[int, int], tuple[float, float]]:
    rows = zip(effects.cells, effects.estimate.tolist(), effects.se.tolist(), strict=True)
    return {(cell.cohort, cell.period): (effect, error) for cell, effect, error in rows}


def theirs(library: str, case: str) -> dict[tuple[int, int], tuple[float, float]]:
    return {(cohort, period): (effect, error) for cohort, period, effect, error in THEIRS[library][case]}


@pytest.mark.parametrize(
    ("library", "case"),
    [(library, case) for case in CASES for library in ("csdid", "moderndid") if case in THEIRS[library]],
)
def test_effects_and_errors(library: str, case: str) -> None:
    there = theirs(library, case)
    same, factor = OTHER.get((library, case), (case, 1.0))
    effects, errors = pairs(estimated(case)), pairs(estimated(same))
    assert effects.keys() == there.keys()
    for name, (effect, error) in there.items():
        assert (effects[name][0], errors[name][1] * factor) == pytest.approx((effect, error), rel=1e-8)


@pytest.mark.parametrize(
    ("library", "adjustment", "cluster"),
    [
        *[(library, how, None) for library in ("csdid", "moderndid") for how in get_args(Adjustment)],
        ("csdid", "dr", "cluster"),
    ],
)
def test_effects_given_population(library: str, adjustment: Adjustment, cluster: str | None) -> None:
    frame = prepared()
    found = evaluate(
        frame,
        unit="county",
        time="year",
        cohort="cohort",
        outcomes="y",
        covariates="log_population",
        adjustment=adjustment,
        cluster=cluster,
    )
    case = "covariates_clusters" if cluster else f"covariates_{adjustment}"
    here, there = pairs(found.effects), theirs(library, case)
    assert here.keys() == there.keys()
    if adjustment == "dr":
        # By another divisor of what controls weigh, which the next test holds: a thousandth of an error at most.
        for name, (effect, error) in there.items():
            assert here[name][0] == pytest.approx(effect, abs=1e-3 * error)
            assert here[name][1] == pytest.approx(error, rel=2e-4)
        return
    for name, pair in there.items():
        assert here[name] == pytest.approx(pair, rel=1e-8)


def test_doubly_robust_effects_divide_the_odds_of_controls_by_the_treated() -> None:
    """So does diff-diff; csdid and moderndid divide them by their own sum, which is nearly the same."""
    frame = prepared()
    found = evaluate(frame, unit="county", time="year", cohort="cohort", outcomes="y", covariates="log_population")
    there, here = theirs("csdid", "covariates_dr"), pairs(found.effects)
    wide = frame.pivot_table(index="county", columns="year", values="y")
    cohort, population = (frame.groupby("county")[name].first().to_numpy() for name in ("cohort", "log_population"))
    bases = {(cell.cohort, cell.period): cell.base for cell in found.effects.cells}
    for (start, period), (theirs_is, _) in there.items():
        some = (cohort == start) | (cohort == 0)
        treated, X = cohort[some] == start, np.column_stack([np.ones(some.sum()), population[some]])
        change = (wide[period] - wide[bases[start, period]]).to_numpy()[some]
        rest = change - X @ np.linalg.lstsq(X[~treated], change[~treated], rcond=None)[0]
        beta, p = np.zeros(2), np.zeros(len(X))
        for _ in range(30):
            p = 1 / (1 + np.exp(-X @ beta))
            beta += np.linalg.solve((X * (p * (1 - p))[:, None]).T @ X, X.T @ (treated - p))
        odds = (p / (1 - p))[~treated]
        own, other = rest[treated].mean(), odds @ rest[~treated]
        assert theirs_is == pytest.approx(own - other / odds.sum(), rel=1e-8)
        assert here[start, period][0] == pytest.approx(own - other / treated.sum(), rel=1e-8)


def test_published_effects_given_population() -> None:
    """As did prints them in its introduction: doubly robust, never-treated controls. Its errors are drawn."""
    frame = prepared()
    found = evaluate(frame, unit="county", time="year", cohort="cohort", outcomes="y", covariates=["log_population"])
    after = [round(row.estimate, 4) for row in found.of("cell") if row.cohort == 2004]
    assert after == [-0.0145, -0.0764, -0.1404, -0.1069]
    (simple,) = found.of("simple", parts=False)
    assert round(simple.estimate, 4) == -0.0418
    assert found.covariates == ("log_population",)


@pytest.mark.parametrize("library", ["csdid", "moderndid"])
def test_averages_and_errors(library: str) -> None:
    found = aggregate_effects(estimated("plain"), *get_args(AggregateKind))
    rows = zip(found.rows, found.estimate.tolist(), found.se.tolist(), strict=True)
    here = {(row.kind, row.at): (estimate, error) for row, estimate, error in rows}
    there = {(kind, at): (estimate, error) for kind, at, estimate, error in THEIRS[library]["averages"]}
    assert here.keys() == there.keys()
    for name, pair in there.items():
        assert here[name] == pytest.approx(pair, rel=1e-8)


def test_csdid_takes_unbalanced_panels_as_cross_sections_that_units_cluster() -> None:
    """Its means in a period are those of whoever is there; ours are of changes of units that are there twice."""
    there = theirs("csdid", "holes")
    clustered = PanelColumns("row", "year", "cohort", ("y",), "county")
    here = pairs(with_columns(section_effects, NEVER, clustered, holes=True))
    assert here.keys() == there.keys()
    for name, pair in there.items():
        assert here[name] == pytest.approx(pair, rel=1e-8)
    pairwise = pairs(with_columns(general_effects, NEVER, PanelColumns("county", "year", "cohort", ("y",)), holes=True))
    assert all(pairwise[name][1] < there[name][1] / 3 for name in there)


def test_diff_diff_corrects_errors_for_the_number_of_clusters() -> None:
    """Its errors are csdid's times sqrt(G / (G - 1)); here as in csdid nothing is corrected."""
    diff_diff: Any = import_module("diff_diff")
    model = diff_diff.CallawaySantAnna(estimation_method="reg", cluster="cluster")
    cells = model.fit(prepared(), "y", "county", "year", "cohort").group_time_effects
    here, factor = pairs(estimated("clusters")), np.sqrt(40 / 39)
    assert here.keys() == {(int(cohort), int(period)) for cohort, period in cells}
    for (cohort, period), cell in cells.items():
        effect, error = here[int(cohort), int(period)]
        assert (effect, error * factor) == pytest.approx((cell["effect"], cell["se"]), rel=1e-8)

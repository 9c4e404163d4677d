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

from pilotzone.evaluate.many import AggregateKind, Comparison, GroupTimeEffects, aggregate_effects
from pilotzone.evaluate.many.general import general_effects
from pilotzone.evaluate.many.sections import section_effects
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

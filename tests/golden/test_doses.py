"""Effects by dose are those of diff-diff and moderndid; where definitions differ, the difference is held as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotzone.core import NEVER
from pilotzone.evaluation.dose import DoseDesign
from pilotzone.evaluation.dose.fit import DoseFit
from pilotzone.evaluation.dose.rows import Sums, sums_of
from pilotzone.evaluation.dose.stage import fitted
from pilotzone.evaluation.dose.units import DoseUnits

FILE = json.loads((Path(__file__).parent / "data" / "doses.json").read_text(encoding="utf-8"))
SPLINES = {"cubic": (3, 0), "one knot": (3, 1), "square": (2, 2)}
GRID = (1.5, 2.25, 3.0)


def units_of(name: str) -> DoseUnits:
    panel = FILE["panels"][name]
    cohorts = np.array(panel["cohorts"])
    values = np.array(panel["values"])
    periods = tuple(range(1, values.shape[1] + 1))
    return DoseUnits(periods, ("y",), np.where(cohorts == 0, NEVER, cohorts), np.array(panel["doses"]), values)


def estimated(how: str) -> tuple[DoseFit, Sums]:
    """Return plain estimates, without corrections for few units."""
    name, basis, controls = how.split(", ")
    if basis == "bins":
        design = DoseDesign("strong_parallel_trends", "bins", controls=controls)  # type: ignore[arg-type]
    else:
        degree, knots = SPLINES[basis]
        design = DoseDesign("strong_parallel_trends", degree=degree, knots=knots, controls=controls)  # type: ignore[arg-type]
    fit = fitted(units_of(name), design, corrected=False)[0]
    return fit, sums_of(fit, fit.basis.grid(np.array([])) if basis == "bins" else np.array(GRID))


def influences(fit: DoseFit, *, fixed: bool) -> np.ndarray:
    """Return influences; with doses and shares of cohorts held fixed where asked, as diff-diff has them."""
    found = np.zeros((len(fit.units.doses), fit.layout.size))
    for g in range(len(fit.groups)):
        for units, block in fit.influences(g):
            found[units] = block
    if not fixed:
        return found
    for g, item in fit.regressions.items():
        own, size = fit.groups[g].units, len(fit.groups[g].units)
        per_unit = item.share / size
        found[own] -= fit._row(per_unit, per_unit * item.doses.mean(), item) - fit._spread(per_unit)
        sampled = (np.tensordot(item.slopes, item.coefficients, 1) - item.slope) * per_unit
        for k in range(fit.layout.outcomes):
            for a in range(fit.layout.averages):
                found[own, fit.layout.mean(k, a) + 1] -= sampled[:, k, a]
    return found


def se_of(fit: DoseFit, rows: np.ndarray, *, fixed: bool) -> np.ndarray:
    return np.asarray(np.sqrt(((influences(fit, fixed=fixed) @ rows.T) ** 2).sum(axis=0)))


@pytest.mark.parametrize("how", FILE["diff-diff"])
def test_estimates_and_plain_errors_are_diff_diffs(how: str) -> None:
    theirs: dict[str, Any] = FILE["diff-diff"][how]
    fit, sums = estimated(how)
    se = se_of(fit, sums.rows, fixed=True)
    for quantity, mean, curve in (("level", "att", "att_d"), ("slope", "acrt", "acrt_d")):
        at = sums.where(outcome=0, quantity=quantity)  # type: ignore[arg-type]
        assert sums.estimate[at["mean"]] == pytest.approx(theirs[mean][0], rel=1e-8)
        assert se[at["mean"]] == pytest.approx(theirs[mean][1], rel=1e-8)
        assert [sums.names[r][2] for r in at["curve"]] == pytest.approx(theirs["doses"], rel=1e-12)
        assert sums.estimate[at["curve"]] == pytest.approx(theirs[curve], rel=1e-8)
        assert se[at["curve"]] == pytest.approx(theirs[f"{curve}_se"], rel=1e-7)


@pytest.mark.parametrize("how", FILE["diff-diff"])
def test_events_are_diff_diffs(how: str) -> None:
    """Not before treatment with controls that are not treated yet: it takes some that are treated by the base."""
    fit, sums = estimated(how)
    se = se_of(fit, sums.rows, fixed=True)
    checked = 0
    for r in sums.where(outcome=0, quantity="level")["events"]:
        event = sums.names[r][3]
        assert event is not None
        if event < 0 and "not_yet" in how:
            continue
        assert [sums.estimate[r], se[r]] == pytest.approx(FILE["diff-diff"][how]["events"][str(event)], rel=1e-8)
        checked += 1
    assert checked


@pytest.mark.parametrize("how", FILE["moderndid"])
def test_estimates_are_moderndids(how: str) -> None:
    theirs = FILE["moderndid"][how]
    fit, sums = estimated(how)
    for quantity, mean, curve in (("level", "overall_att", "att_d"), ("slope", "overall_acrt", "acrt_d")):
        at = sums.where(outcome=0, quantity=quantity)  # type: ignore[arg-type]
        assert sums.estimate[at["curve"]] == pytest.approx(theirs[curve], rel=1e-8)
        assert sums.estimate[at["mean"]] == pytest.approx(theirs[mean], rel=1e-8)
    assert len(fit.regressions) == (2 if how.startswith("staggered") else 1)


def test_where_definitions_differ_errors_do() -> None:
    """Means of slopes vary with the doses drawn, and averages with shares of cohorts; diff-diff holds both fixed."""
    how = "staggered, cubic, never_treated"
    fit, sums = estimated(how)
    (slope,) = sums.where(outcome=0, quantity="slope")["mean"]
    ours = se_of(fit, sums.rows[[slope]], fixed=False)[0]
    assert ours > 1.02 * FILE["diff-diff"][how]["acrt"][1]
    whole, doses = fit.estimate[fit.layout.mean(0, 0)], fit.units.doses
    assert whole == pytest.approx(FILE["diff-diff"][how]["att"][0], rel=1e-8)
    assert fit.estimate[0] == pytest.approx(doses[doses > 0].mean(), rel=1e-12)

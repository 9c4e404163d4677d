"""All estimators of one panel after one pass over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pilotzone.core import MethodError
from pilotzone.evaluation.many import Comparison, aggregate_effects, estimators_beside
from pilotzone.store import PanelColumns, open_panel

FILE = Path(__file__).parents[2] / "golden" / "data" / "mpdta.csv"
COLUMNS = PanelColumns("county", "year", "first_treated", ("log_teen_employment",))


def test_estimators_of_a_file() -> None:
    """Teen employment: the published average, the other two and two-way fixed effects (see the golden tests)."""
    found = estimators_beside(open_panel(FILE, COLUMNS))
    table = found.to_table()
    assert list(table.columns) == [
        "effect",
        "Callaway and Sant'Anna",
        "Sun and Abraham",
        "imputation",
        "two-way fixed effects (warning)",
    ]
    effect, error = (tuple(str(c).replace("\N{MINUS SIGN}", "-") for c in row[1:]) for row in table.rows()[:2])
    assert effect == ("-0.0400", "-0.0400", "-0.0477", "-0.0365")
    assert error == ("(0.0120)", "(0.0120)", "(0.0135)", "(0.0132)")
    assert "5.4% of it compares with units that are treated already" in table.note
    assert "cannot be estimated" not in table.note
    assert all(word in found._repr_html_() for word in ("Sun and Abraham", "0.0477", "(0.0135)"))
    given = found.to_table("simple", shares="given")
    assert len(given) < len(table)
    simple = aggregate_effects(found.effects["imputation"], "simple", shares="given")
    assert str(given.columns["imputation"][1]) == f"({simple.se[0]:.4f})"


def frame(cohorts: list[float]) -> pd.DataFrame:
    units = np.repeat(np.arange(12), 4)
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "county": units,
            "year": np.tile(np.arange(2010, 2014), 12),
            "first_treated": np.repeat(cohorts, 4),
            "log_teen_employment": rng.normal(size=48),
        }
    )


def test_what_cannot_be_estimated_is_said() -> None:
    """All are treated in the end: never-treated controls are none, and two estimators have no need of them."""
    panel = open_panel(frame([2011.0] * 6 + [2013.0] * 6), COLUMNS)
    found = estimators_beside(panel)
    assert list(found.effects) == ["Sun and Abraham", "imputation"]
    assert list(found.missing) == ["Callaway and Sant'Anna"]
    assert "Callaway and Sant'Anna cannot be estimated: no effect can be estimated: no unit is never treated" in (
        found.to_table().note
    )
    assert list(estimators_beside(panel, Comparison("not_yet_treated")).missing) == []


def test_what_is_refused() -> None:
    panel = open_panel(frame([2011.0] * 12), COLUMNS)
    with pytest.raises(MethodError, match="no estimator has an effect"):
        estimators_beside(panel)
    whole = frame([2011.0] * 6 + [np.inf] * 6)
    with pytest.raises(MethodError, match="not balanced, or has weights or clusters"):
        estimators_beside(open_panel(whole.iloc[1:], COLUMNS))
    grouped = PanelColumns("county", "year", "first_treated", ("log_teen_employment",), cluster="group")
    with pytest.raises(MethodError, match="not balanced, or has weights or clusters"):
        estimators_beside(open_panel(whole.assign(group=whole["county"] // 2), grouped))

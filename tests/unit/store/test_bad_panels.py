"""Panels as newcomers have them: each is read as it is meant, or one error says what to do, which then works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz
from pilotzone.core import PilotZoneError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = {"unit": "county", "time": "year", "cohort": "first"}


@pytest.fixture(scope="module")
def counties() -> pd.DataFrame:
    """Return 24 counties over 8 years, 8 of them treated from 2008 on."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"county": np.repeat(np.arange(24), 8), "year": np.tile(np.arange(2004, 2012), 24)})
    frame["first"] = np.where(frame["county"] < 8, 2008.0, np.nan)
    frame["on"] = ((frame["county"] < 8) & (frame["year"] >= 2008)).astype(int)
    frame["y"] = (7 + 0.1 * frame["on"] + rng.normal(0, 0.02, len(frame))).round(4)
    return frame


def effect(data: object, **named: Any) -> float:
    return pz.evaluate(data, "y", **NAMES | named).overall[0].estimate


def csv(frame: pd.DataFrame, folder: Path, **how: Any) -> Path:
    frame.to_csv(folder / "panel.csv", index=False, **how)
    return folder / "panel.csv"


SAME: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], dict[str, Any]]] = {
    "never is 0": (lambda d: d.fillna({"first": 0}), {}),
    "never is after the end": (lambda d: d.fillna({"first": 9999}), {}),
    "never is a missing whole number": (lambda d: d.astype({"first": "Int64"}), {}),
    "a 0/1 column": (lambda d: d, {"cohort": "on"}),
    "years as dates": (lambda d: d.assign(year=pd.to_datetime(d["year"].astype(str) + "-01-01")), {}),
}


@pytest.mark.parametrize("case", SAME)
def test_what_is_meant_is_read(case: str, counties: pd.DataFrame, tmp_path: Path) -> None:
    change, named = SAME[case]
    due = effect(counties)
    assert due == pytest.approx(0.1, abs=0.02)
    assert effect(change(counties), **named) == pytest.approx(due, abs=1e-14)
    assert effect(csv(change(counties), tmp_path), **named) == pytest.approx(due, abs=1e-14)


REFUSED: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], dict[str, Any], str, str]] = {
    "rows twice": (lambda d: pd.concat([d, d.iloc[:3]]), {}, "unit 0 has period 2004 twice", "drop the repeated ones"),
    "no cohort": (lambda d: d.drop(columns="first"), {}, "the panel has no column 'first'", ""),
    "all treated": (lambda d: d.fillna({"first": 2010}), {}, "no unit is never treated", "not_yet_treated"),
    "an index": (
        lambda d: d.set_index(["county", "year"]), {}, "'county', 'year' are in the index", "data.reset_index()",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_one_error_says_what_to_do(case: str, counties: pd.DataFrame) -> None:
    change, named, what, todo = REFUSED[case]
    with pytest.raises(PilotZoneError, match=what) as caught:
        effect(change(counties), **named)
    assert todo in str(caught.value.todo or "")


def test_what_the_errors_advise_works(counties: pd.DataFrame, tmp_path: Path) -> None:
    assert effect(counties.set_index(["county", "year"]).reset_index()) == effect(counties)
    later = counties.fillna({"first": 2010})
    assert np.isfinite(effect(later, controls="not_yet_treated"))
    path = csv(counties, tmp_path, sep=";", decimal=",")
    with pytest.raises(PilotZoneError, match="a single column"):
        effect(path)
    assert effect(path, delimiter=";", decimal=",") == effect(counties)


def test_commas_in_quotes_between_commas_have_a_way_out(counties: pd.DataFrame, tmp_path: Path) -> None:
    text = counties.assign(y=counties["y"].map("{:.4f}".format).str.replace(".", ",", regex=False))
    with pytest.raises(PilotZoneError, match="where numbers belong") as caught:
        effect(csv(text, tmp_path))
    assert "--decimal ','" in str(caught.value.todo)
    with pytest.raises(PilotZoneError, match="would be both") as caught:
        effect(csv(text, tmp_path), decimal=",")
    assert "save the table with ';'" in str(caught.value.todo)
    assert effect(csv(text, tmp_path, sep=";", decimal=","), delimiter=";", decimal=",") == effect(counties)

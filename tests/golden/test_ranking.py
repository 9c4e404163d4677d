"""Scores of places beside pymcdm and scikit-criteria (see data/ranking.py), to 1e-10."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pilotzone.site import Criterion, scores

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "ranking.json").read_text(encoding="utf-8"))[
    "cases"
]
METHODS = ("weighted_sum", "topsis", "promethee_2 usual", "promethee_2 v_shape", "promethee_2 linear")


def criteria_of(case: dict[str, Any], shape: str, *, mixed: bool) -> list[Criterion]:
    rows = zip(case["types"], case["low"], case["high"], strict=True)
    return [
        Criterion(f"c{j}", "up" if kind > 0 or not mixed else "down", "1", shape or "usual", low, high)  # type: ignore[arg-type]
        for j, (kind, low, high) in enumerate(rows)
    ]


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("name", METHODS)
def test_pymcdm(case: int, name: str) -> None:
    given = CASES[case]
    method, _, shape = name.partition(" ")
    found = scores(given["values"], criteria_of(given, shape, mixed=True), given["weights"], method)  # type: ignore[arg-type]
    assert found.tolist() == pytest.approx(given["pymcdm"][name], abs=1e-10)


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("name", ["topsis", "weighted_sum"])
def test_scikit_criteria(case: int, name: str) -> None:
    given = CASES[case]
    found = scores(given["values"], criteria_of(given, "", mixed=False), given["weights"], name)  # type: ignore[arg-type]
    assert found.tolist() == pytest.approx(given["scikit-criteria"][name], abs=1e-10)

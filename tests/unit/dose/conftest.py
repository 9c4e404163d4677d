"""Bands rest on fewer draws here: what is tested of them is not their Monte Carlo error."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.evaluation.dose.rows._DRAWS", 2_000)

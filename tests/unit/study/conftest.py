"""What a worker need not compute again in tests of studies."""

from __future__ import annotations

import hashlib
import pickle
from importlib import import_module
from typing import Any

import pytest

STAGE = import_module("pilotzone.evaluation.many.stage")

KNOWN: dict[str, Any] = {}
"""Honest intervals by all that they follow from. Results are frozen, so tests may share them."""


@pytest.fixture(autouse=True)
def _honest_intervals_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute honest intervals once for the same effects and settings: they are nine tenths of a small panel's run.

    Whoever tampers with effects or settings has other ones and gets others. A test that is marked `recomputed`
    computes them each time, so that what does not come out the same twice is still seen.
    """
    if request.node.get_closest_marker("recomputed"):
        return
    real = STAGE.honest_effect

    def honest_effect(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - handed through
        key = hashlib.sha256(pickle.dumps((given, sorted(named.items())))).hexdigest()
        if key not in KNOWN:
            KNOWN[key] = real(*given, **named)
        return KNOWN[key]

    monkeypatch.setattr(STAGE, "honest_effect", honest_effect)

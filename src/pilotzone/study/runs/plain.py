"""Findings as plain data: what JSON can hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pilotzone.core import JointEffects

__all__ = ["checks_record", "finite"]


def finite(value: Any) -> Any:  # noqa: ANN401 - any plain data
    """Return plain data with ``None`` for numbers that JSON has no notation for."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def checks_record(joint: JointEffects) -> list[dict[str, Any]]:
    """Return the diagnostics of all outcomes as plain data."""
    return [
        {
            "outcome": item.outcome,
            "state": item.state,
            "checks": [
                {
                    "name": c.name,
                    "state": c.state,
                    "value": c.value,
                    "threshold": c.threshold,
                    "statement": c.statement,
                    "meaning": c.meaning,
                }
                for c in item.checks
            ],
        }
        for item in joint.identification
    ]

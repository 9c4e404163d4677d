"""Invented zones that tests of transfer share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Outcome
from pilotzone.transfer import Described, Moderator, ZoneEffect, ZoneEffects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GDP", "covariance", "described", "zones_of"]

GDP = Outcome("gdp", None, "up", None, "level", unit="%")


def zones_of(
    estimate: Sequence[float] | Floats, se: Sequence[float] | Floats, matrix: Floats | None = None
) -> ZoneEffects:
    pairs = zip(np.asarray(estimate).tolist(), np.asarray(se).tolist(), strict=True)
    effects = tuple(ZoneEffect(f"z{k}", "data zone", GDP, "5 years", y, s) for k, (y, s) in enumerate(pairs))
    return ZoneEffects(effects, matrix)


def covariance(rng: np.random.Generator, count: int) -> Floats:
    """Return the covariance of zones that share donors."""
    loads = rng.normal(size=(count, 3)) * 0.4
    return np.asarray(np.diag(rng.uniform(0.2, 1.5, count)) + loads @ loads.T)


def described(values: Floats, names: Sequence[str] | None = None) -> Described:
    values = np.asarray(values, dtype=float)
    moderators = tuple(Moderator(f"m{k}", "unit", "protocol of 2026-01-01") for k in range(values.shape[1]))
    return Described(tuple(names or [f"z{k}" for k in range(len(values))]), moderators, values)

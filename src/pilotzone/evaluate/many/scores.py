"""Critical values from clusters' own influences, where clusters are too few for the normal distribution.

What clusters add to effects is given random signs, all effects of a cluster the same one, and the studentised sums are
collected (Kline and Santos 2012, "A score based approach to wild bootstrap inference", Journal of Econometric Methods
1, 23-41). Effects are not estimated anew: the cost does not depend on the data behind the influences. Where clusters on
either side of a comparison are few this fails, as every wild bootstrap does (MacKinnon and Webb 2018), so that the
guard comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import MethodError, UsageError, check_choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["ScoreBootstrap", "Signs", "score_bootstrap"]

Signs = Literal["rademacher", "webb"]
"""One and minus one; or plus and minus the roots of one half, one and three halves, which are more values where there
are few clusters (Webb 2023, "Reworking wild bootstrap-based inference for clustered errors", Canadian Journal of
Economics 56, 839-858)."""

WEBB_UP_TO = 11
"""Clusters up to which the six values are taken unless asked otherwise: two to the power of these are too few."""

MOST_SIGNS = 4096
"""Up to so many choices of plus and minus one, all are gone through."""

_CHUNK = 2_000
_NOTHING = 1e-12


@dataclass(frozen=True)
class ScoreBootstrap:
    """Critical values and p from clusters' influences.

    Attributes
    ----------
    critical
        What all studentised effects stay below together in the share of draws that the level says.
    pointwise
        The same for each effect by itself, in their order; ``None`` for effects without variance.
    p
        Of each effect by itself, two-sided; ``None`` for effects without variance.
    se
        Standard errors that go with them: clusters count as G / (G - 1).
    clusters
        How many there are.
    signs, draws, exact
        What influences were multiplied by, how often, and whether with every choice of signs.
    """

    critical: float
    pointwise: tuple[float | None, ...]
    p: tuple[float | None, ...]
    se: tuple[float, ...]
    clusters: int
    signs: Signs
    draws: int
    exact: bool


def score_bootstrap(
    estimate: ArrayLike,
    influences: ArrayLike,
    level: float = 0.95,
    *,
    signs: Signs | None = None,
    seed: int = 20160,
    draws: int = 9_999,
) -> ScoreBootstrap:
    """Return critical values for a family of effects from what clusters add to them.

    Parameters
    ----------
    estimate
        Of the effects, shape (Q,).
    influences
        Sums over each cluster's units of their influences on the effects, shape (G, Q).
    level
        Share of draws in which all effects stay below the critical value.
    signs
        ``rademacher`` or ``webb``; the latter for up to eleven clusters if left out.
    seed, draws
        Of the signs. Every choice of plus and minus one is gone through instead if these are up to 4,096, since with
        both signs of all clusters it is the same: up to thirteen clusters.

    Returns
    -------
    ScoreBootstrap

    Raises
    ------
    UsageError
        If an option is unknown or out of range.
    MethodError
        If shapes do not fit, there are fewer than two clusters, or no effect varies.
    """
    values = np.atleast_1d(np.asarray(estimate, dtype=np.float64))
    parts = np.asarray(influences, dtype=np.float64)
    if parts.ndim != 2 or parts.shape[1] != len(values) or len(parts) < 2:  # noqa: PLR2004 - a matrix, two clusters
        raise MethodError(
            f"{len(values)} effects have influences of shape {parts.shape}.",
            allowed="clusters x effects, two clusters or more",
        )
    if not 0 < level < 1 or draws < 1:
        raise UsageError(f"level {level}, draws {draws}.", allowed="a level between 0 and 1, one draw or more")
    G = len(parts)
    kind: Signs = signs if signs is not None else ("webb" if G <= WEBB_UP_TO else "rademacher")
    check_choice(kind, Signs, "signs")
    size = np.sqrt((parts**2).sum(axis=0))
    kept = size > _NOTHING * size.max(initial=0.0)
    if not kept.any():
        raise MethodError("no effect varies: there are no critical values.", allowed="influences other than zero")
    exact = kind == "rademacher" and 2 ** (G - 1) <= MOST_SIGNS
    chunks = _every_sign(G) if exact else _drawn_signs(G, kind, seed, draws)
    drawn = np.vstack([_studentised(chunk, parts[:, kept]) for chunk in chunks])
    se = np.sqrt(G / (G - 1)) * size
    own = np.abs(values[kept]) / se[kept]
    as_large = (drawn >= own * (1 - 1e-10)).sum(axis=0)
    p = as_large / len(drawn) if exact else (1 + as_large) / (1 + len(drawn))
    at = min(len(drawn), ceil(level * len(drawn))) - 1
    pointwise = np.partition(drawn, at, axis=0)[at]
    return ScoreBootstrap(
        float(np.partition(drawn.max(axis=1), at)[at]),
        _spread(kept, pointwise),
        _spread(kept, p),
        tuple(se.tolist()),
        G,
        kind,
        len(drawn),
        exact,
    )


def _spread(kept: NDArray[np.bool_], values: Floats) -> tuple[float | None, ...]:
    """Return values of the effects that vary in the place of all."""
    rest = iter(values.tolist())
    return tuple(next(rest) if varies else None for varies in kept.tolist())


def _studentised(signs: Floats, parts: Floats) -> Floats:
    """Return the absolute studentised sums of signed influences, shape (draws, Q)."""
    G = len(parts)
    sums = signs @ parts
    squares = (signs**2) @ (parts**2) - sums**2 / G
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.abs(sums) / np.sqrt(np.maximum(squares, 0.0) * G / (G - 1))
    return np.where(np.isnan(found), 0.0, found)


def _every_sign(clusters: int) -> Iterator[Floats]:
    """Yield every choice of signs but for that of all at once, which changes no absolute value."""
    yield np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=clusters - 1)])


def _drawn_signs(clusters: int, kind: Signs, seed: int, draws: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    half = np.sqrt(np.array([0.5, 1.0, 1.5])) if kind == "webb" else np.ones(1)
    values = np.concatenate([half, -half])
    for start in range(0, draws, _CHUNK):
        yield rng.choice(values, (min(_CHUNK, draws - start), clusters))

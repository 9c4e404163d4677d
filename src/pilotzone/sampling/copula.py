"""Inputs that vary together: a Gaussian copula, its correlations, and draws of some inputs given the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import UsageError, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["check_correlation", "given_the_others", "nearest_correlation", "normal_of_rank", "rank_of_normal"]

_ROUNDING = 1e-10
_STEPS = 2_000
_MARGIN = 1e-3
"""Least eigenvalue of what is advised, for each input: three decimals then keep it positive definite."""


def normal_of_rank(rank: Floats | float) -> Floats:
    """Return the correlation of normal scores that gives a rank correlation of Spearman.

    Kruskal 1958, "Ordinal measures of association", Journal of the American Statistical Association 53, 814-861.

    Examples
    --------
    >>> normal_of_rank(0.5).round(6).item()
    0.517638
    """
    return np.asarray(2 * np.sin(np.pi * np.asarray(rank, dtype=np.float64) / 6))


def rank_of_normal(correlation: Floats | float) -> Floats:
    """Return the rank correlation of Spearman of normal scores with a correlation: the inverse of `normal_of_rank`."""
    return np.asarray(6 / np.pi * np.arcsin(np.asarray(correlation, dtype=np.float64) / 2))


def nearest_correlation(matrix: Floats, least: float = 0.0) -> Floats:
    """Return the correlation matrix that is nearest to a symmetric matrix, in the Frobenius norm.

    Parameters
    ----------
    matrix
        Symmetric, shape (d, d).
    least
        Least eigenvalue of what is found, below one.

    Notes
    -----
    Alternating projections with the correction of Dykstra: Higham 2002, "Computing the nearest correlation matrix: a
    problem from finance", IMA Journal of Numerical Analysis 22, 329-343. The set of matrices with eigenvalues above
    `least` is convex, as is that of matrices with ones on the diagonal.

    Examples
    --------
    >>> nearest_correlation(np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1.0]])).round(4).tolist()
    [[1.0, 0.7607, 0.1573], [0.7607, 1.0, 0.7607], [0.1573, 0.7607, 1.0]]
    """
    found, correction = np.array(matrix, dtype=np.float64), np.zeros_like(matrix, dtype=np.float64)
    for _ in range(_STEPS):
        before, shifted = found, found - correction
        values, vectors = np.linalg.eigh(shifted)
        definite = (vectors * np.maximum(values, least)) @ vectors.T
        correction = definite - shifted
        found = definite.copy()
        np.fill_diagonal(found, 1.0)
        if np.abs(found - before).max() < _ROUNDING:
            break
    return (found + found.T) / 2


def check_correlation(correlation: Floats, names: Sequence[str], *, of_ranks: bool = False) -> Floats:
    """Return correlations of normal scores, shape (d, d), where these can be.

    Parameters
    ----------
    correlation
        Correlation of inputs, shape (d, d).
    names
        Names of the inputs, for the error.
    of_ranks
        Whether these are rank correlations of Spearman; else they are of normal scores.

    Raises
    ------
    UsageError
        If the matrix is not symmetric with ones on its diagonal, or not positive definite: then the nearest that is
        one is told.
    """
    given = np.asarray(correlation, dtype=np.float64)
    size = len(names)
    shaped = given.shape == (size, size) and bool(np.isfinite(given).all())
    if not shaped or np.abs(given - given.T).max(initial=0) > _ROUNDING or np.abs(given).max(initial=0) > 1:
        raise UsageError(
            f"the correlations of {listing(list(names))} are not a matrix of correlations.",
            allowed=f"a symmetric matrix of {size} by {size} numbers from -1 to 1",
        )
    if np.abs(np.diag(given) - 1).max(initial=0) > _ROUNDING:
        raise UsageError("an input has a correlation with itself that is not 1.", allowed="ones on the diagonal")
    found = normal_of_rank(given) if of_ranks else given
    if np.linalg.eigvalsh(found).min(initial=1) < _ROUNDING:
        raise UsageError(
            f"the correlations of {listing(list(names))} cannot all hold: their matrix is not positive definite.",
            allowed="a positive definite matrix; of two inputs that are one and the same name one only",
            todo=f"the nearest that can hold: {_nearest_told(found, given, names, of_ranks=of_ranks)}",
        )
    return found


def _nearest_told(found: Floats, given: Floats, names: Sequence[str], *, of_ranks: bool) -> str:
    """Return the pairs whose correlations have to change, with what they would be."""
    nearest = nearest_correlation(found, _MARGIN * len(names))
    nearest = rank_of_normal(nearest) if of_ranks else nearest
    pairs = [
        f"{names[i]!r} and {names[j]!r} {nearest[i, j]:.3f} (now {given[i, j]:g})"
        for i in range(len(names))
        for j in range(i)
        if abs(nearest[i, j] - given[i, j]) >= _MARGIN / 2
    ]
    return listing(pairs, most=12)


def given_the_others(first: Floats, second: Floats, again: Sequence[int], covariance: Floats) -> Floats:
    """Return normal draws of which some inputs are drawn again, given the others as they are.

    Parameters
    ----------
    first
        Draws, shape (n, d).
    second
        Independent draws of the same distribution, shape (n, d).
    again
        Positions of what is drawn again.
    covariance
        Covariance of the inputs, shape (d, d); it may be singular.

    Returns
    -------
    array
        Shape (n, d). Columns that are not drawn again are those of `first`.

    Notes
    -----
    With K known and A drawn again, ``second[A] + S_AK S_KK^+ (first[K] - second[K])`` has the distribution of A given
    K: the residual of `second` is independent of its K and has the conditional covariance (conditioning by kriging:
    Chiles and Delfiner 2012, "Geostatistics: Modeling Spatial Uncertainty").
    """
    found = first.copy()
    new = sorted(again)
    kept = [k for k in range(first.shape[1]) if k not in set(new)]
    found[:, new] = second[:, new]
    across = covariance[np.ix_(new, kept)]
    if np.abs(across).max(initial=0) > 0:
        weights = across @ np.linalg.pinv(covariance[np.ix_(kept, kept)], rcond=_ROUNDING, hermitian=True)
        # Only what has weight is multiplied: most inputs vary by themselves.
        used = np.flatnonzero(np.abs(weights).max(axis=0) > 0)
        held = [kept[k] for k in used]
        found[:, new] += (first[:, held] - second[:, held]) @ weights[:, used].T
    return found

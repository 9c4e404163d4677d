"""Draws that fill space evenly, several times independently, and estimates with errors from the differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["block_ratio", "even_size", "scrambled_scores"]

_FEWEST, _MOST = 8, 16
"""Scrambles: fewer know their error badly, and more fill space less evenly for the same number of draws."""


def even_size(draws: int) -> tuple[int, int]:
    """Return a number of scrambles and a power of two, the size of each, whose product is little above `draws`.

    A Sobol' sequence is balanced at powers of two only.

    Examples
    --------
    >>> even_size(100_000), even_size(1)
    ((13, 8192), (8, 1))
    """
    found = []
    power = 1
    while power <= max(1, draws):
        count = max(_FEWEST, -(-draws // power))
        if count <= _MOST:
            found.append((count * power, count, power))
        power *= 2
    _, count, power = min(found)
    return count, power


def scrambled_scores(scrambles: int, size: int, dimensions: int, seed: int) -> Floats:
    """Return normal scores of scrambled Sobol' sequences, shape (scrambles * size, dimensions).

    Parameters
    ----------
    scrambles
        Independent scrambles, which follow one another in the rows.
    size
        Points of each, a power of two.
    dimensions
        Inputs d.
    seed
        Seed of the scrambles.

    Notes
    -----
    Owen 1995, "Randomly permuted (t,m,s)-nets and (t,s)-sequences"; the scrambles are those of Matousek 1998, as in
    scipy. Each point by itself is uniform, so that means are unbiased.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    found = np.empty((scrambles * size, dimensions))
    for k in range(scrambles):
        found[k * size : (k + 1) * size] = qmc.Sobol(dimensions, scramble=True, rng=rng).random(size)
    # Points lie on a grid whose corner may be zero exactly, which has no normal score.
    np.clip(found, 2.0**-33, 1 - 2.0**-33, out=found)
    return np.asarray(ndtri(found, out=found))


def block_ratio(above: Floats, below: Floats) -> tuple[Floats, Floats]:
    """Return ratios of means over independent blocks, with their standard errors: two arrays of shape (g,).

    Parameters
    ----------
    above
        Numerators by block, shape (B, g).
    below
        The denominator by block, shape (B,).

    Notes
    -----
    The error is that of ``above - ratio * below``, a mean over blocks, over the mean of `below` (delta method), with
    B - 1 degrees of freedom; NaN with one block.
    """
    whole = below.mean()
    ratio = above.mean(axis=0) / whole
    if len(below) == 1:
        return ratio, np.full_like(ratio, np.nan)
    rest = above - ratio * below[:, None]
    return ratio, rest.std(axis=0, ddof=1) / np.sqrt(len(below)) / whole

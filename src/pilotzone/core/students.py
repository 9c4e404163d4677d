"""Quantiles and tails of Student's t, normal where degrees of freedom are infinite.

From `scipy.special`, which `scipy.stats` takes them from: that takes most of a second to load, and as long as a hundred
thousand units take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["t_quantile", "t_tail"]


def t_quantile(share: ArrayLike, degrees: ArrayLike | None) -> Floats:
    """Return what a t variable is below with a probability; normal for ``None`` or infinitely many degrees.

    Examples
    --------
    >>> import numpy as np
    >>> t_quantile(0.975, [5.0, np.inf]).round(3), float(t_quantile(0.975, None).round(3))
    (array([2.571, 1.96 ]), 1.96)
    """
    import numpy as np
    from scipy import special

    given = np.asarray(np.inf if degrees is None else degrees, dtype=np.float64)
    finite = np.isfinite(given)
    part = np.asarray(share, dtype=np.float64)
    found = special.stdtrit(np.where(finite, given, 1.0), part)
    return np.where(finite, found, np.where(np.isnan(given), np.nan, special.ndtri(part)))


def t_tail(values: ArrayLike, degrees: ArrayLike) -> Floats:
    """Return the probability that a t variable is above values.

    Examples
    --------
    >>> import numpy as np
    >>> t_tail([2.0, 2.0], [5.0, np.inf]).round(4)
    array([0.051 , 0.0228])
    """
    import numpy as np
    from scipy import special

    given, points = np.asarray(degrees, dtype=np.float64), np.asarray(values, dtype=np.float64)
    finite = np.isfinite(given)
    found = special.stdtr(np.where(finite, given, 1.0), -points)
    return np.where(finite, found, np.where(np.isnan(given), np.nan, special.ndtr(-points)))

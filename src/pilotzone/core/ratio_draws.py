"""Effect per unit of an amount whose distribution is known by draws alone, such as a cost that is simulated.

It is Fieller's set with the amount's own distribution in the place of the normal one: all ratios r at which the effect
is not told from r times the amount, which are those where the probability that effect <= r * amount is neither below
(1 - level) / 2 nor above its complement. The effect is spread about its estimate as its error is; the draws are taken
for what is known of the amount. With normal draws this is Fieller's set (1954, Journal of the Royal Statistical Society
B 16, 175-185); where no draw is zero it is the interval between two quantiles of effect over amount.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core.errors import UsageError
from pilotzone.core.intervals import Interval, check_level
from pilotzone.core.ratios import Ratio
from pilotzone.core.students import t_tail

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["drawn_ratio", "normal_distance"]

_FEWEST = 2
_ITERATIONS = 200


def drawn_ratio(
    effect: float,
    se: float,
    amounts: ArrayLike,
    *,
    level: float = 0.95,
    degrees: float | None = None,
    unit: str = "",
) -> Ratio:
    """Return the effect per unit of an amount that is known by draws, with its set.

    Parameters
    ----------
    effect, se
        Effect and its standard error, above zero.
    amounts
        Draws of the amount, zero or more, shape (n,). They are independent of the error of the effect.
    level
        Level of the set: it holds the ratio as often on average over the distribution that draws are from.
    degrees
        Degrees of freedom of the effect's t distribution; ``None`` for the normal one.
    unit
        Unit of the ratio.

    Returns
    -------
    Ratio
        Its estimate is the effect over the mean of the draws. Where too many draws are zero, an end is missing or both.

    Raises
    ------
    UsageError
        If a number is not finite, the error is not above zero, an amount is below zero, or all of them are zero.

    Examples
    --------
    >>> print(drawn_ratio(120.0, 20.0, [30.0, 40.0, 50.0], unit="job per MW").words)
    95 % interval: 1.80 to 4.96 job per MW.
    >>> print(drawn_ratio(120.0, 20.0, [0.0, 40.0, 50.0], unit="job per MW").words)
    95 % set: from 1.80 job per MW, unbounded on the other side.
    """
    import numpy as np

    found = _checked(effect, se, amounts, level, degrees)
    freedom = math.inf if degrees is None else float(degrees)
    held = found[found > 0]
    nothing = 1 - len(held) / len(found)

    def below(point: float) -> float:
        """Return the probability that the effect is at most a ratio times the amount."""
        return float(np.mean(t_tail((effect - point * found) / se, freedom)))

    # Far out only draws of zero do not follow the sign of the ratio: they leave the effect's own sign.
    least = nothing * float(t_tail(effect / se, freedom))
    half = (1 - level) / 2
    size = (abs(effect) + se) / float(held.mean())
    low = _root(below, half, size) if least < half else -math.inf
    high = _root(below, 1 - half, size) if least + len(held) / len(found) > 1 - half else math.inf
    estimate = effect / float(found.mean())
    own = Interval(low, high, low_closed=math.isfinite(low), high_closed=math.isfinite(high))
    open_ends = math.isinf(low) + math.isinf(high)
    return Ratio(estimate, (own,), ("bounded", "one side", "whole line")[open_ends], level, unit)


def normal_distance(amounts: ArrayLike) -> float:
    """Return the largest difference of the distribution of draws from the normal one with their mean and spread.

    Parameters
    ----------
    amounts
        Draws, not all the same, shape (n,).

    Raises
    ------
    UsageError
        If they do not vary.

    Examples
    --------
    >>> round(normal_distance([0.0, 1.0]), 3)
    0.341
    """
    import numpy as np

    values = np.sort(np.asarray(amounts, dtype=np.float64))
    spread = float(values.std())
    if not spread > 0:
        raise UsageError("the draws do not vary.", allowed="draws of what is not known")
    normal = 1 - t_tail((values - values.mean()) / spread, math.inf)
    steps = np.arange(len(values) + 1) / len(values)
    return float(max(np.abs(normal - steps[:-1]).max(), np.abs(normal - steps[1:]).max()))


def _root(below: Callable[[float], float], share: float, size: float) -> float:
    """Return the ratio at which an increasing probability is a share."""
    from scipy import optimize

    reach = size
    for _ in range(_ITERATIONS):
        low, high = below(-reach), below(reach)
        if low < share < high:
            break
        reach *= 4
    return float(optimize.brentq(lambda point: below(point) - share, -reach, reach, xtol=1e-13 * size, rtol=1e-14))


def _checked(effect: float, se: float, amounts: ArrayLike, level: float, degrees: float | None) -> Floats:
    """Return the draws; refuse what cannot be an effect, its error, draws of an amount or a level."""
    import numpy as np

    if not (math.isfinite(effect) and math.isfinite(se) and se > 0):
        raise UsageError(f"effect is {effect!r} and se is {se!r}.", allowed="finite numbers, se above zero")
    check_level(level, name="level", such=0.95)
    if degrees is not None and not degrees > 0:
        raise UsageError(f"degrees is {degrees!r}.", allowed="degrees of freedom above zero, or None")
    found = np.asarray(amounts, dtype=np.float64)
    if found.ndim != 1 or len(found) < _FEWEST or not np.isfinite(found).all():
        raise UsageError("amounts are not a list of finite numbers.", allowed="two draws or more")
    if (found < 0).any():
        raise UsageError(
            f"{int((found < 0).sum()):,} of {len(found):,} draws of the amount are below zero.",
            allowed="zero or more: an effect per unit of a gain is not one per unit of a cost",
        )
    if not (found > 0).any():
        raise UsageError("all draws of the amount are zero.", allowed="an amount that is above zero in some draws")
    return found

"""What places are compared on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import DataError, Direction, UsageError, check_choice, listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Criterion", "Preference", "check_values"]

Preference = Literal["usual", "v_shape", "linear"]
"""How far a difference between two places is a preference: whole from any difference on; growing along a line up to
`preference`; or along a line from `indifference` to `preference` (Brans and Vincke 1985, "A preference ranking
organisation method", Management Science 31, 647-656; their types I, III and V)."""


@dataclass(frozen=True)
class Criterion:
    """One criterion that places are compared on.

    Attributes
    ----------
    name
        Its name.
    good
        Which way is better.
    unit
        Unit of its values.
    shape
        Shape of the preference function of PROMETHEE; other methods ignore it.
    indifference, preference
        Thresholds of PROMETHEE, in the unit of the criterion. Up to ``indifference`` a difference has no effect; from
        ``preference`` on it has full effect.
    scale
        Two values, in the unit of the criterion, at which the score is zero and one. A weight then says how much a
        change from the worse to the better value is worth. ``None``: scores run from the worst to the best of the
        places compared, so the meaning of a weight depends on these places.
    reference
        Fixed values, in the unit of the criterion, that PROMETHEE II compares each place with. ``None``: places are
        compared with one another.

    Raises
    ------
    UsageError
        If a threshold is missing, negative or in the wrong order, the scale does not rise, or the reference is empty.
    """

    name: str
    good: Direction
    unit: str = "1"
    shape: Preference = "usual"
    indifference: float = 0.0
    preference: float | None = None
    scale: tuple[float, float] | None = None
    reference: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        check_choice(self.good, Direction, f"the good direction of criterion {self.name!r}")
        check_choice(self.shape, Preference, f"the shape of preference of criterion {self.name!r}")
        if self.scale is not None and not (np.isfinite(self.scale).all() and self.scale[0] < self.scale[1]):
            raise UsageError(
                f"the scale of criterion {self.name!r} is {self.scale[0]:g} to {self.scale[1]:g}.",
                allowed="two finite numbers in the unit of its values, the lower first",
            )
        if self.reference is not None and not (len(self.reference) and np.isfinite(self.reference).all()):
            raise UsageError(f"the reference of criterion {self.name!r} has gaps.", allowed="one finite number or more")
        if self.shape == "usual":
            return
        low = self.indifference if self.shape == "linear" else 0.0
        if self.preference is None or not 0 <= low < self.preference < np.inf:
            raise UsageError(
                f"thresholds of criterion {self.name!r} are {self.indifference} and {self.preference}.",
                allowed="0 <= indifference < preference, in the unit of its values",
            )


def check_values(values: ArrayLike, criteria: Sequence[Criterion]) -> Floats:
    """Return values of m places on n criteria, turned so that more is better, shape (m, n).

    Raises
    ------
    UsageError
        If criteria share a name, or there is none.
    DataError
        If shapes do not fit or a value is not a finite number: what is missing is never filled in.
    """
    names = [criterion.name for criterion in criteria]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise UsageError(f"criteria are {listing(names)}.", allowed="one or more, each with a name of its own")
    found = np.array(values, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != len(names) or len(found) == 0:  # noqa: PLR2004 - a matrix
        raise DataError(f"values have shape {found.shape}.", allowed=f"places by criteria, {len(names)} of these")
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        place, criterion = bad[0].tolist()
        raise DataError(
            f"{len(bad):,} values are not finite numbers, the first is that of place {place} on {names[criterion]!r}.",
            allowed="finite numbers: what is missing is never filled in",
            todo="leave the place or the criterion out, or draw the value from a range that it could have",
        )
    found *= np.array([1.0 if criterion.good == "up" else -1.0 for criterion in criteria])
    return found

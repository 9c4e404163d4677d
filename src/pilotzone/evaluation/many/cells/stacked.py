"""Which outcome and period each column of the stacked outcomes holds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError, MethodError, listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["StackedColumns"]


@dataclass(frozen=True)
class StackedColumns:
    """Outcomes one after the other, each with its own periods.

    Parameters
    ----------
    outcomes
        Their names, each once.
    periods
        The periods of each, rising; they need be neither consecutive nor the same for all.

    Raises
    ------
    MethodError
        If there is no outcome, one is named twice, or its periods do not rise.
    """

    outcomes: tuple[str, ...]
    periods: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if not self.outcomes or len(set(self.outcomes)) != len(self.outcomes):
            raise MethodError(f"outcomes are {self.outcomes}.", allowed="one outcome or more, each name once")
        if len(self.periods) != len(self.outcomes):
            raise MethodError(f"{len(self.outcomes)} outcomes have {len(self.periods)} lists of periods.")
        for name, periods in zip(self.outcomes, self.periods, strict=True):
            if len(periods) < 2 or any(b <= a for a, b in pairwise(periods)):  # noqa: PLR2004
                raise MethodError(
                    f"periods of outcome '{name}' are {listing(periods)}.", allowed="two periods or more, rising"
                )

    @property
    def columns(self) -> int:
        """Length R of the stacked outcomes: the sum of all outcomes' periods."""
        return sum(len(periods) for periods in self.periods)

    def first_column(self, outcome: int) -> int:
        """Return the column of an outcome's first period; the others follow."""
        return sum(len(periods) for periods in self.periods[:outcome])

    def columns_of(self, outcome: int) -> slice:
        """Return the columns of an outcome's periods."""
        start = self.first_column(outcome)
        return slice(start, start + len(self.periods[outcome]))

    def stack(self, values: Mapping[str, ArrayLike]) -> Floats:
        """Return outcomes stacked, each unit's relative to its own first period.

        Effects here are contrasts of two periods, which a unit's level leaves as they are. Taking it off before
        anything is squared keeps the digits of the changes where levels differ by orders of magnitude between units;
        the difference of two near numbers is exact, that from a mean over periods would not be.

        Parameters
        ----------
        values
            Outcome to its values, units x its periods, with the same units in the same order.

        Returns
        -------
        array
            Shape (n, R); a column of zeros for each outcome's first period.

        Raises
        ------
        DataError
            If an outcome is missing or unknown, or its shape does not fit.
        """
        if set(values) != set(self.outcomes):
            raise DataError(f"values of {listing(sorted(values))} are given.", allowed=listing(self.outcomes))
        parts: list[Floats] = []
        for name, periods in zip(self.outcomes, self.periods, strict=True):
            part = np.asarray(values[name], dtype=np.float64)
            count = len(parts[0]) if parts else len(part)
            if part.shape != (count, len(periods)):
                raise DataError(
                    f"outcome '{name}' has values of shape {part.shape}.", allowed=f"shape {(count, len(periods))}"
                )
            with np.errstate(invalid="ignore"):  # infinity less infinity: refused by name where moments are taken
                parts.append(part - part[:, :1])
        return np.hstack(parts)

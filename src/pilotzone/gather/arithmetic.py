"""Arithmetic on quantities: values with a unit of measure, refused where the result would mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import (
    DataError,
    conversion_factor,
    listing,
    unit_divide,
    unit_log,
    unit_multiply,
    unit_same,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Arithmetic", "Quantity"]


@dataclass(frozen=True, eq=False)
class Quantity:
    """Values, of shape (N, T) or a single number of shape (), with their unit."""

    values: NDArray[np.float64]
    unit: str


@dataclass(frozen=True)
class Arithmetic:
    """Operations on the quantities of one panel.

    A missing value stays one. Sums convert what is alike (``t`` and ``Mt``) and refuse what is not. Logarithms add up
    as logarithms of products: ``log(CNY) - log(person)`` is ``log(CNY/person)``.

    Attributes
    ----------
    units, periods
        N and T names, for messages.
    unused
        Those of the units of which what cannot be computed is missing, and no error.
    """

    units: tuple[str, ...]
    periods: tuple[int, ...]
    unused: frozenset[str] = frozenset()

    def plus(self, left: Quantity, right: Quantity) -> Quantity:
        """Return the sum."""
        return self._sum(left, right, 1, "+")

    def minus(self, left: Quantity, right: Quantity) -> Quantity:
        """Return the difference."""
        return self._sum(left, right, -1, "-")

    def times(self, left: Quantity, right: Quantity) -> Quantity:
        """Return the product."""
        unit = unit_multiply(left.unit, right.unit)
        return self._result(lambda: left.values * right.values, unit)

    def over(self, left: Quantity, right: Quantity) -> Quantity:
        """Return the quotient; dividing by zero is an error, unless what is divided is missing."""
        unit = unit_divide(left.unit, right.unit)
        self._refuse((right.values == 0) & (left.values == left.values), "a division by zero")
        return self._result(lambda: left.values / right.values, unit)

    def negative(self, quantity: Quantity) -> Quantity:
        """Return the quantity with the other sign."""
        inner = _inside_log(quantity.unit)
        unit = quantity.unit if inner is None else unit_log(unit_divide("1", inner))
        return Quantity(-quantity.values, unit)

    def log(self, quantity: Quantity) -> Quantity:
        """Return the natural logarithm; of zero or less it is an error."""
        import numpy as np

        unit = unit_log(quantity.unit)
        self._refuse(quantity.values <= 0, "the logarithm of a value that is not positive")
        return self._result(lambda: np.log(quantity.values), unit)

    def exp(self, quantity: Quantity) -> Quantity:
        """Return the exponential of a logarithm or of a pure number."""
        import numpy as np

        inner = _inside_log(quantity.unit)
        if inner is not None:
            return self._result(lambda: np.exp(quantity.values), inner)
        try:
            factor = conversion_factor(quantity.unit, "1")
        except DataError as error:
            raise DataError(
                f"the exponential of a value in {quantity.unit!r} has no meaning.", allowed="logarithms, pure numbers"
            ) from error
        return self._result(lambda: np.exp(factor * quantity.values), "1")

    def _sum(self, left: Quantity, right: Quantity, sign: int, word: str) -> Quantity:
        inner, other = _inside_log(left.unit), _inside_log(right.unit)
        if inner is not None and other is not None:
            unit = unit_log(unit_multiply(inner, other) if sign > 0 else unit_divide(inner, other))
            return self._result(lambda: left.values + sign * right.values, unit)
        try:
            factor = 1.0 if unit_same(left.unit, right.unit) else conversion_factor(right.unit, left.unit)
        except DataError as error:
            raise DataError(
                f"{left.unit!r} {word} {right.unit!r} has no meaning.",
                allowed="sums and differences of quantities of one kind",
                todo="check the units of measure of both sides",
            ) from error
        return self._result(lambda: left.values + sign * factor * right.values, left.unit)

    def _result(self, compute: Callable[[], NDArray[np.float64]], unit: str) -> Quantity:
        import numpy as np

        with np.errstate(all="ignore"):
            values = np.asarray(compute(), dtype=np.float64)
        if self.unused and values.ndim:
            values = np.where(np.isinf(values) & self._unused_rows(), np.nan, values)
        self._refuse(np.isinf(values), "a value beyond the largest number")
        return Quantity(values, unit)

    def _refuse(self, wrong: NDArray[np.bool_], what: str) -> None:
        import numpy as np

        if not np.any(wrong):
            return
        everywhere = np.broadcast_to(wrong, (len(self.units), len(self.periods))) & ~self._unused_rows()
        if not everywhere.any():
            return
        places = [f"{self.units[i]} in {self.periods[t]}" for i, t in np.argwhere(everywhere)]
        raise DataError(
            f"there is {what}: {listing(places)}.",
            allowed="finite results; missing values stay missing",
            todo="leave out those units and periods, or define the series in another way",
        )

    def _unused_rows(self) -> NDArray[np.bool_]:
        import numpy as np

        return np.array([[unit in self.unused] for unit in self.units], dtype=bool)


def _inside_log(unit: str) -> str | None:
    text = unit.strip()
    return text[len("log(") : -1] if text.startswith("log(") and text.endswith(")") else None

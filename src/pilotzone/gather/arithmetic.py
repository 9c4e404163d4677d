"""Arithmetic on quantities: values with a unit of measure, refused where the result would mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pilotzone.core import (
    DataError,
    IndexKind,
    Measured,
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
    """Values with their unit.

    Attributes
    ----------
    values
        Shape (N, T), or a single number of shape ().
    unit
        Unit of measure.
    free
        Whether the level is arbitrary: each unit's values may be multiplied by a constant of its own, or moved by one
        where they are logarithms.
    index
        For an index, what it is 100 in (`IndexKind`); else empty.
    measures
        What an index, or a level chained from one, is of (`Measured`); empty where that is not known.
    changes
        Whether values are changes on the period before, and no level.
    base
        For a chained index, or its logarithm, the period in which its level is 1; else empty.
    """

    values: NDArray[np.float64]
    unit: str
    free: bool = False
    index: IndexKind | Literal[""] = ""
    measures: Measured | Literal[""] = ""
    changes: bool = False
    base: str = ""


@dataclass(frozen=True)
class Arithmetic:
    """Operations on the quantities of one panel.

    A missing value stays one. Sums convert what is alike (``t`` and ``Mt``) and refuse what is not. Logarithms add up
    as logarithms of products: ``log(CNY) - log(person)`` is ``log(CNY/person)``. What is made from a level that is
    arbitrary is arbitrary too; levels that are arbitrary are multiplied and divided, never added.

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
        made = self.result(lambda: left.values * right.values, unit, free=left.free or right.free)
        return _changing(made, left, right)

    def over(self, left: Quantity, right: Quantity) -> Quantity:
        """Return the quotient; dividing by zero is an error, unless what is divided is missing."""
        unit = unit_divide(left.unit, right.unit)
        self.refuse((right.values == 0) & (left.values == left.values), "a division by zero")
        made = self.result(lambda: left.values / right.values, unit, free=left.free or right.free)
        return _changing(made, left, right)

    def negative(self, quantity: Quantity) -> Quantity:
        """Return the quantity with the other sign."""
        inner = _inside_log(quantity.unit)
        unit = quantity.unit if inner is None else unit_log(unit_divide("1", inner))
        return Quantity(-quantity.values, unit, quantity.free, changes=quantity.changes)

    def log(self, quantity: Quantity) -> Quantity:
        """Return the natural logarithm; of zero or less it is an error."""
        import numpy as np

        unit = unit_log(quantity.unit)
        self.refuse(quantity.values <= 0, "the logarithm of a value that is not positive")
        made = self.result(lambda: np.log(quantity.values), unit, free=quantity.free)
        return replace(_changing(made, quantity), base=quantity.base)

    def exp(self, quantity: Quantity) -> Quantity:
        """Return the exponential of a logarithm or of a pure number."""
        import numpy as np

        inner = _inside_log(quantity.unit)
        if inner is not None:
            made = _changing(self.result(lambda: np.exp(quantity.values), inner, free=quantity.free), quantity)
            # A chained index that is no longer a logarithm has a fixed base: the period that it was chained from.
            chained = quantity.free and unit_same(inner, "index")
            base = quantity.base
            return replace(made, index="fixed-base", measures=quantity.measures, base=base) if chained else made
        if quantity.free:
            raise DataError(
                "the exponential of a level that is arbitrary has no meaning.",
                allowed="logarithms, such as a chained index itself",
            )
        try:
            factor = conversion_factor(quantity.unit, "1")
        except DataError as error:
            raise DataError(
                f"the exponential of a value in {quantity.unit!r} has no meaning.", allowed="logarithms, pure numbers"
            ) from error
        return _changing(self.result(lambda: np.exp(factor * quantity.values), "1"), quantity)

    def _sum(self, left: Quantity, right: Quantity, sign: int, word: str) -> Quantity:
        inner, other = _inside_log(left.unit), _inside_log(right.unit)
        if inner is not None and other is not None:
            unit = unit_log(unit_multiply(inner, other) if sign > 0 else unit_divide(inner, other))
            made = self.result(lambda: left.values + sign * right.values, unit, free=left.free or right.free)
            return _changing(made, left, right)
        try:
            factor = 1.0 if unit_same(left.unit, right.unit) else conversion_factor(right.unit, left.unit)
        except DataError as error:
            raise DataError(
                f"{left.unit!r} {word} {right.unit!r} has no meaning.",
                allowed="sums and differences of quantities of one kind",
                todo="check the units of measure of both sides",
            ) from error
        if left.free or right.free:
            raise DataError(
                f"the {'sum' if sign > 0 else 'difference'} of levels that are arbitrary has no meaning.",
                allowed="products and ratios of them; sums and differences of their logarithms",
                todo="take the logarithm of each first",
            )
        return _changing(self.result(lambda: left.values + sign * factor * right.values, left.unit), left, right)

    def result(self, compute: Callable[[], NDArray[np.float64]], unit: str, *, free: bool = False) -> Quantity:
        """Return what is computed as a quantity; a value beyond the largest number is an error."""
        import numpy as np

        with np.errstate(all="ignore"):
            values = np.asarray(compute(), dtype=np.float64)
        if self.unused and values.ndim:
            values = np.where(np.isinf(values) & self.unused_rows(), np.nan, values)
        self.refuse(np.isinf(values), "a value beyond the largest number")
        return Quantity(values, unit, free)

    def refuse(self, wrong: NDArray[np.bool_], what: str) -> None:
        """Refuse what is wrong anywhere, naming units and periods; `wrong` is of shape (N, T) or less."""
        import numpy as np

        if not np.any(wrong):
            return
        everywhere = np.broadcast_to(wrong, (len(self.units), len(self.periods))) & ~self.unused_rows()
        if not everywhere.any():
            return
        places = [f"{self.units[i]} in {self.periods[t]}" for i, t in np.argwhere(everywhere)]
        raise DataError(
            f"there is {what}: {listing(places)}.",
            allowed="finite results; missing values stay missing",
            todo="leave out those units and periods, or define the series in another way",
        )

    def unused_rows(self) -> NDArray[np.bool_]:
        """Return which units are not used, shape (N, 1)."""
        import numpy as np

        return np.array([[unit in self.unused] for unit in self.units], dtype=bool)


def _changing(made: Quantity, *parts: Quantity) -> Quantity:
    """Return what is made of changes and plain numbers alone as changes; of anything else as it is."""
    series = [part for part in parts if part.values.ndim]
    return replace(made, changes=bool(series) and all(part.changes for part in series))


def _inside_log(unit: str) -> str | None:
    text = unit.strip()
    return text[len("log(") : -1] if text.startswith("log(") and text.endswith(")") else None

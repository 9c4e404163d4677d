"""Drivers: what an appraisal depends on and nobody knows for certain, and how they vary together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.appraisal.distributions import Distribution, Fixed, Uniform, quantile
from pilotzone.core import Assumption, Brief, Result, Table, UsageError, check_choice, listing, unknown
from pilotzone.sampling import check_correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Driver", "DriverKind", "Drivers", "driver_of"]

DriverKind = Literal["data", "modelled", "assumed"]
"""What a driver's distribution rests on: observations, a model's result, or an assumption."""

_LOW, _HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Driver(Brief):
    """One number that an appraisal depends on.

    Attributes
    ----------
    name
        Its name, as the model knows it.
    distribution
        How it is distributed.
    unit
        Its unit.
    source
        Where the distribution comes from, or why it is assumed.
    kind
        What it rests on.

    Raises
    ------
    UsageError
        If it has no name or no source.
    """

    name: str
    distribution: Distribution
    unit: str
    source: str
    kind: DriverKind = "assumed"

    def __post_init__(self) -> None:
        check_choice(self.kind, DriverKind, "kind of driver")
        for what in ("name", "source"):
            if not str(getattr(self, what)).strip():
                raise UsageError(
                    f"driver {self.name!r} has no {what}.",
                    todo="say where its range comes from, if only that it is assumed and why",
                )

    @property
    def status(self) -> str:
        """``ASSUMED``, ``modelled`` or ``data``."""
        return "ASSUMED" if self.kind == "assumed" else self.kind


def driver_of(assumption: Assumption, distribution: Distribution | None = None) -> Driver:
    """Return an assumption as a driver, uniform on its range if nothing else is said.

    Examples
    --------
    >>> driver_of(Assumption("utilisation", 0.4, 0.8, "1", "to be checked")).status
    'ASSUMED'
    """
    low, high = assumption.low, assumption.high
    own = distribution or (Uniform(low, high) if low < high else Fixed(low))
    return Driver(assumption.name, own, assumption.unit, assumption.source)


@dataclass(frozen=True, eq=False)
class Drivers(Result):
    """Drivers and how they vary together.

    Attributes
    ----------
    entries
        All drivers.
    correlations
        Pairs of names to the rank correlation of Spearman, by a Gaussian copula; zero where it is not named.

    Raises
    ------
    UsageError
        If there is none, two share a name, a correlation is of something that does not vary, or correlations do not
        go together.

    Examples
    --------
    >>> price = Driver("price", Uniform(0.3, 0.5), "CNY/kWh", "benchmark prices", "data")
    >>> load = Driver("load", Uniform(50, 100), "MW", "assumed")
    >>> drivers = Drivers((price, load), {("price", "load"): -0.5})
    >>> drivers.correlation.round(4).tolist()
    [[1.0, -0.5176], [-0.5176, 1.0]]
    """

    entries: tuple[Driver, ...]
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    correlation: Floats = field(init=False)

    def __post_init__(self) -> None:
        names = [entry.name for entry in self.entries]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not names:
            raise UsageError(
                f"there are two drivers {twice[0]!r}." if twice else "there is no driver.",
                allowed="one driver or more, each with a name of its own",
            )
        object.__setattr__(self, "correlation", self._checked())

    def _checked(self) -> Floats:
        """Return the correlations of normal scores of what varies, shape (v, v)."""
        varying = list(self.varying)
        found, told = np.eye(len(varying)), set()
        for pair, value in self.correlations.items():
            for name in pair:
                if name not in [entry.name for entry in self.entries]:
                    raise unknown("driver", name, [entry.name for entry in self.entries], error=UsageError)
                if name not in varying:
                    raise UsageError(f"a correlation is of {name!r}, which is fixed.", allowed="drivers that vary")
            if len({*pair}) == 1 or frozenset(pair) in told:
                other = "itself" if pair[0] == pair[1] else f"{pair[1]!r} again"
                raise UsageError(
                    f"a correlation is of {pair[0]!r} and {other}.",
                    allowed="each pair of two drivers once",
                )
            told.add(frozenset(pair))
            i, j = (varying.index(name) for name in pair)
            found[i, j] = found[j, i] = value
        return check_correlation(found, varying, of_ranks=True)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all drivers."""
        return tuple(entry.name for entry in self.entries)

    @property
    def varying(self) -> tuple[str, ...]:
        """Names of those that vary."""
        return tuple(entry.name for entry in self.entries if entry.distribution.varies)

    @property
    def independent_groups(self) -> dict[str, list[int]]:
        """Positions among what varies, in groups that are independent of one another, by their names."""
        left, found = set(range(len(self.varying))), {}
        while left:
            group, new = set(), {min(left)}
            while new:
                group |= new
                linked = np.flatnonzero((np.abs(self.correlation[sorted(new)]) > 0).any(axis=0)).tolist()
                new = set(linked) - group
            left -= group
            found[listing([self.varying[k] for k in sorted(group)], most=len(group))] = sorted(group)
        return found

    def of_scores(self, scores: Floats) -> dict[str, Floats]:
        """Return the numbers of drivers, name to shape (n,), for normal scores of those that vary, shape (n, v)."""
        places = {name: k for k, name in enumerate(self.varying)}
        count = np.zeros(len(scores))
        return {
            entry.name: entry.distribution.of_scores(scores[:, places[entry.name]] if entry.name in places else count)
            for entry in self.entries
        }

    def to_table(self) -> Table:
        """Return a row for each driver, what is assumed marked ASSUMED."""
        rows: list[tuple[str | float, ...]] = [
            (
                entry.name,
                entry.status,
                entry.distribution.told,
                *(quantile(entry.distribution, p) for p in (_LOW, 0.5, _HIGH)),
                entry.unit,
                entry.source,
            )
            for entry in self.entries
        ]
        names = ["driver", "status", "distribution", "5 %", "median", "95 %", "unit", "source"]
        return Table.from_rows(names, rows, title="What the appraisal depends on")

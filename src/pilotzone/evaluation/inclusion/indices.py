"""Indices of inequality and poverty, each with its influence function.

For people with incomes x and shares p of the population (positive, adding up to one) every function returns the index
and, for each row, its derivative in the direction of a population that consists of that row alone (Hampel 1974;
Cowell and Flachaire 2007, "Income distribution and inequality measurement: the problem of extreme values", Journal of
Econometrics 141). These derivatives have mean zero under p, and the estimate varies as their weighted mean does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from pilotzone.core import Direction, MethodError, UsageError, check_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["INDICES", "MEANS", "Index", "IndexRecord", "checked_indices", "generalised_lorenz", "index_of"]

Index = Literal[
    "mean",
    "log_mean",
    "gini",
    "theil_t",
    "theil_l",
    "palma",
    "headcount",
    "poverty_gap",
    "poverty_severity",
]
"""The indices that there are."""

_Found = tuple[Any, "Floats"]
"""A number and its influence function; complex for complex shares, by which derivatives are checked."""
_TOP, _BOTTOM = 0.9, 0.4
"""The Palma ratio is the income of those above the first over the income of those below the second."""


@dataclass(frozen=True)
class IndexRecord:
    """What is known of one index.

    Attributes
    ----------
    name, label
        Short identifier, and words for a reader.
    good
        Which way the index moves when things get better for those who have least.
    compute
        Function of incomes, shares of the population and the line.
    lowest
        The incomes it admits: ``any``, from ``zero``, or ``positive`` ones.
    by_mean
        Whether it is relative to the mean, which then has to be positive.
    poverty
        Whether it needs a poverty line.
    share
        Whether it lies between 0 and 1, apart from a Gini of incomes some of which are negative.
    """

    name: Index
    label: str
    good: Direction
    compute: Callable[[Floats, Floats, float], _Found]
    lowest: Literal["any", "zero", "positive"] = "any"
    by_mean: bool = True
    poverty: bool = False
    share: bool = False


def _mean(x: Floats, p: Floats, _line: float) -> _Found:
    mean = p @ x
    return mean, x - mean


def _log_mean(x: Floats, p: Floats, _line: float) -> _Found:
    mean = p @ x
    return np.log(mean), (x - mean) / mean


def _gini(x: Floats, p: Floats, _line: float) -> _Found:
    """Mean distance of two people over twice the mean: p'Dp / 2 mu, with oneself among the pairs."""
    order = np.argsort(x, kind="stable")
    sorted_x, sorted_p = x[order], p[order]
    below, income = np.cumsum(sorted_p), np.cumsum(sorted_p * sorted_x)
    mean = income[-1]
    distance = np.empty_like(p)
    distance[order] = sorted_x * (2 * below - below[-1]) - 2 * income + mean
    spread = p @ distance
    gini = spread / (2 * mean)
    return gini, (distance - spread) / mean - gini * (x - mean) / mean


def _theil_t(x: Floats, p: Floats, _line: float) -> _Found:
    mean = p @ x
    # x log x is zero at zero: an income of zero adds nothing.
    entropy = x * np.log(np.where(x > 0, x, 1.0))
    total = p @ entropy
    return total / mean - np.log(mean), (entropy - total) / mean - (total / mean + 1) * (x - mean) / mean


def _theil_l(x: Floats, p: Floats, _line: float) -> _Found:
    mean, logs = p @ x, np.log(x)
    middle = p @ logs
    return np.log(mean) - middle, (x - mean) / mean - (logs - middle)


def generalised_lorenz(x: Floats, p: Floats, at: float) -> _Found:
    """Return the income of the poorest share `at` per head of all people, with its influence function.

    The person on the border counts in part, so that the Lorenz curve consists of straight lines.
    """
    order = np.argsort(x, kind="stable")
    below = np.cumsum(p[order])
    k = min(int(np.searchsorted(below.real, at)), len(x) - 1)
    border = x[order[k]]
    # at * border - E(border - x)+ is largest where border is the quantile: its derivative in border is zero there.
    missing = np.maximum(border - x, 0.0)
    value = at * border - p @ missing
    return value, at * border - missing - value


def _palma(x: Floats, p: Floats, _line: float) -> _Found:
    mean = p @ x
    (poor, of_poor), (rest, of_rest) = generalised_lorenz(x, p, _BOTTOM), generalised_lorenz(x, p, _TOP)
    if not poor > 0:
        raise MethodError(
            f"the poorest {_BOTTOM:.0%} have no income together: the Palma ratio divides by it.",
            allowed="a positive sum of their incomes",
            todo="take another index, such as gini",
        )
    ratio = (mean - rest) / poor
    return ratio, ((x - mean) - of_rest - ratio * of_poor) / poor


def _fgt(power: int) -> Callable[[Floats, Floats, float], _Found]:
    def compute(x: Floats, p: Floats, line: float) -> _Found:
        lacking = np.where(x < line, (1 - x / line) ** power, 0.0)
        value = p @ lacking
        return value, lacking - value

    return compute


_RECORDS = (
    IndexRecord("mean", "Mean income", "up", _mean, by_mean=False),
    IndexRecord("log_mean", "Logarithm of mean income", "up", _log_mean),
    IndexRecord("gini", "Gini", "down", _gini, share=True),
    IndexRecord("theil_t", "Theil T", "down", _theil_t, "zero"),
    IndexRecord("theil_l", "Theil L (mean log deviation)", "down", _theil_l, "positive"),
    IndexRecord("palma", "Palma ratio", "down", _palma),
    IndexRecord("headcount", "Poverty headcount", "down", _fgt(0), by_mean=False, poverty=True, share=True),
    IndexRecord("poverty_gap", "Poverty gap", "down", _fgt(1), "zero", by_mean=False, poverty=True, share=True),
    IndexRecord(
        "poverty_severity", "Squared poverty gap", "down", _fgt(2), "zero", by_mean=False, poverty=True, share=True
    ),
)
INDICES: Mapping[str, IndexRecord] = MappingProxyType({record.name: record for record in _RECORDS})
"""Every index by its name."""
MEANS: tuple[Index, ...] = ("mean", "log_mean")
"""Indices of the height of incomes: nothing of them lies between regions or parts, and shares do not tell them."""


def checked_indices(names: Sequence[str] | str, line: float | None) -> tuple[IndexRecord, ...]:
    """Return the records of some indices, or say what is wrong with the names or the poverty line."""
    asked = (names,) if isinstance(names, str) else tuple(names)
    if not asked:
        raise UsageError("no index was asked for.", allowed=", ".join(get_args(Index)))
    for name in asked:
        check_choice(name, Index, "the index")
    if len(set(asked)) < len(asked):
        raise UsageError("an index was asked for twice.", allowed="each index once")
    poverty = [name for name in asked if INDICES[name].poverty]
    if poverty and line is None:
        raise UsageError(
            f"{poverty[0]} has no poverty line.",
            allowed="line=NUMBER, in the unit of income",
            todo="take the line of the country, or an international one at the prices and parity of the data",
        )
    if line is not None and not (line > 0 and np.isfinite(line)):
        raise UsageError(f"the poverty line is {line!r}.", allowed="a positive number, in the unit of income")
    return tuple(INDICES[name] for name in asked)


def index_of(record: IndexRecord, x: Floats, weights: Floats, line: float | None = None) -> tuple[float, Floats]:
    """Return an index and its influence function, or say why these incomes have none.

    Parameters
    ----------
    record
        The index.
    x, weights
        Incomes and weights, shape (n,).
    line
        Poverty line, in the unit of income, where the index needs one.

    Returns
    -------
    float, array of shape (n,)
        The influence function has mean zero under the weights.

    Raises
    ------
    MethodError
        If incomes are below what the index admits, or the mean is not positive.
    """
    refused = {"zero": x < 0, "positive": x <= 0}.get(record.lowest)
    if refused is not None and refused.any():
        kind = "negative" if record.lowest == "zero" else "zero or negative"
        raise MethodError(
            f"{int(refused.sum()):,} of {len(x):,} incomes {'is' if refused.sum() == 1 else 'are'} {kind} (the least is"
            f" {float(x.min()):g}): {record.label} is not defined for them.",
            allowed="incomes from zero" if record.lowest == "zero" else "positive incomes",
            todo="say how these incomes came about and what is done with them, or take the index gini",
        )
    shares = weights / weights.sum()
    if record.by_mean and not shares @ x > 0:
        raise MethodError(
            f"mean income is {float(shares @ x):.4g}: {record.label} is relative to the mean.",
            allowed="a positive mean",
            todo="check the sign and the unit of incomes",
        )
    value, influence = record.compute(x, shares, 0.0 if line is None else line)
    return float(value), influence

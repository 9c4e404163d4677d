"""How often all choices of 4 of 25 provinces reject a true null: chosen by lot, or among those that grew faster.

``python -m tests.simulation.choices N`` prints the table of docs/explanation/by-lot.md with N panels a row. Growth of
25 provinces in 14 years is drawn: a mean of each province's own and yearly shocks that last. Four get a zone after year
11, which does nothing; the change of the log level from then on to the mean of the last three years is compared, over
its standard error, with that of every other choice. A test holds the statistic to `randomise`.
"""

from __future__ import annotations

import sys
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20179
ALPHA = 0.05
PROVINCES, ZONES, YEARS, LAST_BEFORE = 25, 4, 14, 11
OWN, SHOCK, LASTING = 0.01, 0.02, 0.5
"""Standard deviations of provinces' mean growth and of yearly shocks, and how much of a shock lasts another year."""
Chosen = Literal["by lot", "by lot, heavy tails", "upper half", "fastest"]
ROWS: tuple[Chosen, ...] = ("by lot", "by lot, heavy tails", "upper half", "fastest")

_CHOICES = np.array(list(combinations(range(PROVINCES), ZONES)))
_TREATED = np.zeros((len(_CHOICES), PROVINCES))
_TREATED[np.arange(len(_CHOICES))[:, None], _CHOICES] = 1.0


def levels(rng: np.random.Generator, *, heavy: bool = False, own: float = OWN) -> Floats:
    """Return log levels, shape (25, 14)."""
    shocks = rng.standard_t(3, (PROVINCES, YEARS)) / np.sqrt(3) if heavy else rng.normal(size=(PROVINCES, YEARS))
    growth = np.empty_like(shocks)
    growth[:, 0] = shocks[:, 0]
    for t in range(1, YEARS):
        growth[:, t] = LASTING * growth[:, t - 1] + shocks[:, t]
    mean = rng.normal(0, own, (PROVINCES, 1))
    found: Floats = (mean + SHOCK * growth).cumsum(axis=1)
    return found


def chosen(y: Floats, how: Chosen, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return which provinces get a zone, by their growth in the five years before."""
    if how.startswith("by lot"):
        return np.sort(rng.choice(PROVINCES, ZONES, replace=False))
    order = np.argsort(y[:, LAST_BEFORE - 6] - y[:, LAST_BEFORE - 1])
    among = order[:ZONES] if how == "fastest" else order[: (PROVINCES + 1) // 2]
    return np.sort(rng.choice(among, ZONES, replace=False))


def statistics(y: Floats) -> Floats:
    """Return the absolute effect over its standard error under every choice, shape (12,650,)."""
    change = y[:, LAST_BEFORE:].mean(axis=1) - y[:, LAST_BEFORE - 1]
    change = change - change.mean()
    total, squares = change.sum(), (change**2).sum()
    mine, mine2 = _TREATED @ change, _TREATED @ change**2
    rest = PROVINCES - ZONES
    gap = mine / ZONES - (total - mine) / rest
    spread = (mine2 - mine**2 / ZONES) / ZONES**2 + (squares - mine2 - (total - mine) ** 2 / rest) / rest**2
    found: Floats = np.abs(gap) / np.sqrt(spread)
    return found


def p_value(y: Floats, zones: NDArray[np.intp]) -> float:
    """Return p over all choices."""
    found = statistics(y)
    own = found[(zones == _CHOICES).all(axis=1)]
    return float((found >= own * (1 - 1e-9)).mean())


def rejected(how: Chosen, count: int, seed: int = SEED, own: float = OWN) -> float:
    """Return the share of panels with p of at most 0.05."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(count):
        y = levels(rng, heavy=how.endswith("tails"), own=own)
        found += p_value(y, chosen(y, how, rng)) <= ALPHA
    return found / count


def main(count: int) -> None:
    """Print the table."""
    print(f"{count} panels a row, seed {SEED}")  # noqa: T201 - a script that prints
    for how in ROWS:
        shares = (100 * rejected(how, count, own=own) for own in (0.0, OWN))
        print(f"| {how} | {' | '.join(f'{share:.1f}' for share in shares)} |", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)

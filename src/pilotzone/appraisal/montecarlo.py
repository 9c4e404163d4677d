"""An outcome over all that its drivers could be: its distribution, the probability of loss, and what decides.

Draws are scrambled Sobol' sequences, several independent ones; errors are the differences between them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pilotzone.appraisal.drivers import Drivers
from pilotzone.core import MethodError, Result, Table, UsageError, one_thread
from pilotzone.sampling import ShapleyEffects, SobolIndices, even_size, scrambled_scores, shapley_effects, sobol_indices

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PROBABILITIES", "EvenDraws", "Model", "MonteCarlo", "drivers_model", "even_draws", "simulate"]

Model = Callable[[Mapping[str, "NDArray[np.float64]"]], "NDArray[np.float64]"]
"""Returns outcomes, shape (n,), for numbers of the drivers, name to shape (n,)."""

PROBABILITIES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Probabilities of the quantiles that are told."""
_AT_ONCE = 4_096
"""Draws that a model is given at a time: arrays by year then stay in the processor's cache."""
_SAME = 1e-12
_QUANTILE: Final = "hazen"
"""Each draw stands for the middle of an equal part of the distribution, which even draws do."""
_SWAPPED = 16_384
"""Draws of shares of independent groups."""


@dataclass(frozen=True, eq=False)
class MonteCarlo(Result):
    """A distribution of an outcome.

    Attributes
    ----------
    name, unit
        Name and unit of the outcome.
    drivers
        What it depends on.
    values
        Values of all draws, shape (draws,), scrambles after one another.
    scrambles
        Independent sequences; errors have one degree of freedom less.
    mean, mean_error, sd
        Mean with its standard error, and standard deviation.
    probabilities, quantiles, quantile_errors
        Quantiles with their standard errors, each shape (k,).
    loss_below, loss, loss_error
        Probability that the outcome is below a number, with its standard error.
    effects
        Shapley effects of the drivers that vary; ``None`` where they were not asked for or nothing varies.
    shares
        Sobol' shares of groups of drivers that are independent of one another; ``None`` as above.
    note
        What is to be said of it: that the outcome does not vary.
    """

    name: str
    unit: str
    drivers: Drivers
    values: Floats
    scrambles: int
    mean: float
    mean_error: float
    sd: float
    probabilities: tuple[float, ...]
    quantiles: Floats
    quantile_errors: Floats
    loss_below: float
    loss: float
    loss_error: float
    effects: ShapleyEffects | None
    shares: SobolIndices | None
    note: str = ""

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return len(self.values)

    def to_table(self) -> Table:
        """Return a row for the mean, the probability of loss and each quantile, with its standard error."""
        rows = [
            ("mean", self.mean, self.mean_error, self.unit),
            (f"probability of less than {self.loss_below:g}", self.loss, self.loss_error, "1"),
            *(
                (f"{100 * p:g} % quantile", float(value), float(error), self.unit)
                for p, value, error in zip(self.probabilities, self.quantiles, self.quantile_errors, strict=True)
            ),
        ]
        return Table.from_rows(["what", "value", "error", "unit"], rows, title=f"{self.name}, {self.draws:,} draws")

    def bins(self, count: int = 40) -> Table:
        """Return shares of draws in bins of one width between the 0.5 and 99.5 % quantiles; the rest is in the ends.

        Parameters
        ----------
        count
            Number of bins; a bound lies at the number below which is a loss, where that is between the quantiles.
        """
        low, high = (float(q) for q in np.quantile(self.values, (0.005, 0.995), method=_QUANTILE))
        width = (high - low) / count or 1.0
        if low < self.loss_below < high:
            low = self.loss_below - width * np.ceil((self.loss_below - low) / width)
        edges = low + width * np.arange(count + 2)
        held = np.histogram(np.clip(self.values, edges[0], edges[-1]), edges)[0] / self.draws
        return Table.from_rows(
            ["from", "to", "share"],
            list(zip(edges[:-1].tolist(), edges[1:].tolist(), held.tolist(), strict=True)),
            title=f"Distribution of {self.name}",
        )

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return the distribution; it shows itself in a notebook, and ``.save("chart.png")`` writes it."""
        from pilotzone.appraisal.drawing import distribution_figure, plot_figure

        return plot_figure(distribution_figure(self))


@dataclass(frozen=True, eq=False)
class EvenDraws:
    """Draws of what varies: the same ones serve any number of outcomes.

    Attributes
    ----------
    scores
        Normal scores that vary together as the drivers do, shape (n, v).
    scrambles
        Independent scrambles that the rows are of, one after the other.
    """

    scores: Floats
    scrambles: int


@one_thread()
def simulate(
    model: Model,
    drivers: Drivers,
    *,
    name: str = "net present value",
    unit: str = "1",
    draws: int | EvenDraws = 100_000,
    loss_below: float = 0.0,
    indices: bool = True,
    seed: int = 20172,
) -> MonteCarlo:
    """Return the distribution of an outcome over all that its drivers could be.

    Parameters
    ----------
    model
        Returns outcomes, shape (n,), for numbers of the drivers, name to shape (n,).
    drivers
        What it depends on.
    name, unit
        Name and unit of the outcome.
    draws
        How many, rounded up to independent scrambles of a power of two; or draws of these drivers by `even_draws`, the
        same ones for several outcomes.
    loss_below
        What is a loss.
    indices
        Whether to tell what decides; takes about half a million outcomes more.
    seed
        Seed of the scrambles.

    Raises
    ------
    UsageError
        If draws are too few, or the model does not return an outcome for each draw.
    MethodError
        If outcomes are not finite.

    Examples
    --------
    >>> from pilotzone.appraisal import Driver, Normal
    >>> price = Driver("price", Normal(3, 1), "USD", "assumed for the example")
    >>> found = simulate(lambda of: 2 * of["price"], Drivers((price,)), draws=10_000)
    >>> round(found.mean, 2), round(found.sd, 2), round(found.loss, 4)
    (6.0, 2.0, 0.0014)
    """
    taken = even_draws(drivers, draws, seed) if isinstance(draws, int) else draws
    of_scores, scrambles = drivers_model(model, drivers), taken.scrambles
    values = of_scores(taken.scores)
    by_scramble = values.reshape(scrambles, -1)
    each = np.quantile(by_scramble, PROBABILITIES, axis=1, method=_QUANTILE)
    varies = bool(np.ptp(values) > _SAME * np.abs(values).max())
    told = indices and varies
    return MonteCarlo(
        name=name,
        unit=unit,
        drivers=drivers,
        values=values,
        scrambles=scrambles,
        mean=float(values.mean()),
        mean_error=_error(by_scramble.mean(axis=1)),
        sd=float(values.std()),
        probabilities=PROBABILITIES,
        quantiles=np.quantile(values, PROBABILITIES, method=_QUANTILE),
        quantile_errors=np.array([_error(row) for row in each]),
        loss_below=loss_below,
        loss=float((values < loss_below).mean()),
        loss_error=_error((by_scramble < loss_below).mean(axis=1)),
        effects=shapley_effects(
            of_scores,
            {driver: [k] for k, driver in enumerate(drivers.varying)},
            correlation=drivers.correlation,
            seed=seed + 1,
        )
        if told
        else None,
        shares=sobol_indices(
            of_scores, drivers.independent_groups, correlation=drivers.correlation, draws=_SWAPPED, seed=seed + 2
        )
        if told
        else None,
        note="" if varies else f"{name} is {float(values[0]):.6g} {unit} whatever its drivers are.",
    )


def even_draws(drivers: Drivers, draws: int, seed: int) -> EvenDraws:
    """Draw what varies, evenly.

    Parameters
    ----------
    drivers
        What varies, and how it varies together.
    draws
        How many, rounded up to independent scrambles of a power of two.
    seed
        Seed of the scrambles.

    Raises
    ------
    UsageError
        If draws are too few.
    """
    if draws < 1:
        raise UsageError(f"{draws} draws are asked for.", allowed="1 or more")
    scrambles, size = even_size(draws)
    varying = len(drivers.varying)
    if not varying:
        return EvenDraws(np.zeros((scrambles * size, 0)), scrambles)
    scores = scrambled_scores(scrambles, size, varying, seed) @ np.linalg.cholesky(drivers.correlation).T
    return EvenDraws(scores, scrambles)


def drivers_model(model: Model, drivers: Drivers) -> Callable[[Floats], Floats]:
    """Return a model as a function of normal scores of the drivers that vary, shape (n, v).

    Raises
    ------
    UsageError, MethodError
        When it is called: as in `simulate`.
    """

    def answer(scores: Floats) -> Floats:
        found = np.empty(len(scores))
        for first in range(0, len(scores), _AT_ONCE):
            given = drivers.of_scores(scores[first : first + _AT_ONCE])
            part = np.asarray(model(given), dtype=np.float64)
            count = len(scores[first : first + _AT_ONCE])
            if part.shape != (count,):
                raise UsageError(
                    f"the model returns shape {part.shape} for {count} draws.", allowed=f"({count},): one outcome each"
                )
            wrong = np.flatnonzero(~np.isfinite(part))
            if len(wrong):
                where = ", ".join(f"{driver} {float(column[wrong[0]]):.6g}" for driver, column in given.items())
                raise MethodError(
                    f"the outcome is not finite where {where}.",
                    allowed="a number for all that drivers could be",
                    todo="narrow the range of a driver to what the model can take",
                )
            found[first : first + count] = part
        return found

    return answer


def _error(by_scramble: Floats) -> float:
    return float(by_scramble.std(ddof=1) / np.sqrt(len(by_scramble)))

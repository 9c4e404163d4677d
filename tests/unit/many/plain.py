"""The estimators of evaluate/many written plainly, unit by unit, in two ways that share nothing with the package.

`by_influence` writes down each unit's influence on each effect and average. `by_weights` writes the same estimators as
functions of a weight on each unit, and differentiates these by complex steps (infinitesimal jackknife): nobody has to
know an influence function for that. Cohorts are floats here, infinite for units that are never treated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Data", "Effect", "by_influence", "by_weights", "draw", "effects_of"]

Name = tuple[Any, ...]
STEP = 1e-30


class Effect(NamedTuple):
    outcome: str
    cohort: float
    period: int
    base: int
    treated: Mask
    controls: Mask

    @property
    def name(self) -> tuple[str, float, int]:
        return self.outcome, self.cohort, self.period


@dataclass(frozen=True, eq=False)
class Data:
    cohorts: Floats
    values: dict[str, Floats]
    periods: dict[str, tuple[int, ...]]

    def change(self, effect: Effect) -> Floats:
        periods, values = self.periods[effect.outcome], self.values[effect.outcome]
        found: Floats = values[:, periods.index(effect.period)] - values[:, periods.index(effect.base)]
        return found


def effects_of(data: Data, controls: str, base: str, anticipation: int) -> list[Effect]:
    """Return all effects that the paper's definitions allow."""
    found = []
    for outcome, periods in data.periods.items():
        for cohort in np.unique(data.cohorts):
            before = [s for s in periods if s + anticipation < cohort]
            if cohort > periods[-1] or not before:
                continue
            for t in periods:
                against = before[-1]
                if base == "varying" and t + anticipation < cohort:
                    if t == periods[0]:
                        continue
                    against = max(s for s in periods if s < t)
                until = periods[-1] if controls == "never_treated" else max(t, against)
                others = (data.cohorts - anticipation > until) & (data.cohorts != cohort)
                if others.any():
                    found.append(Effect(outcome, float(cohort), t, against, data.cohorts == cohort, others))
    return found


# ------------------------------------------------------------------------------------------- by influence


def by_influence(data: Data, effects: list[Effect]) -> tuple[dict[Name, float], dict[Name, Floats]]:
    """Return estimates and units' influences, those of averages among them."""
    values: dict[Name, float] = {}
    influence: dict[Name, Floats] = {}
    for effect in effects:
        d, one, other = data.change(effect), effect.treated, effect.controls
        values[effect.name] = d[one].mean() - d[other].mean()
        psi = np.zeros(len(d))
        psi[one] += (d[one] - d[one].mean()) / one.sum()
        psi[other] -= (d[other] - d[other].mean()) / other.sum()
        influence[effect.name] = psi

    def pool(name: Name, parts: list[Name], cohorts: list[float]) -> None:
        """Average by numbers of units: what units do to the parts, and to the numbers."""
        members = np.array([data.cohorts == cohort for cohort in cohorts], dtype=float)
        total = members.sum()
        share = members.sum(axis=1) / total
        values[name] = sum(w * values[part] for w, part in zip(share, parts, strict=True))
        moved = (members - share[:, None] * members.sum(axis=0)) / total
        influence[name] = sum(
            (w * influence[part] + values[part] * dw for w, part, dw in zip(share, parts, moved, strict=True)),
            start=np.zeros(len(data.cohorts)),
        )

    def mean(name: Name, parts: list[Name]) -> None:
        values[name] = float(np.mean([values[part] for part in parts]))
        influence[name] = np.mean([influence[part] for part in parts], axis=0)

    for outcome in data.periods:
        average(outcome, effects, pool, mean)
    return values, influence


def average(outcome: str, effects: list[Effect], pool: Callable[..., None], mean: Callable[..., None]) -> None:
    """Name the averages, and of which parts each is made, in an order in which parts come first."""
    mine = [effect for effect in effects if effect.outcome == outcome]
    after = [effect for effect in mine if effect.period >= effect.cohort]
    pool(("simple", outcome, None), [e.name for e in after], [e.cohort for e in after])
    events = sorted({e.period - e.cohort for e in mine})
    for event in events:
        some = [e for e in mine if e.period - e.cohort == event]
        some = [e for e in some if e.period != e.base] or some
        pool(("dynamic", outcome, event), [e.name for e in some], [e.cohort for e in some])
    mean(("dynamic", outcome, None), [("dynamic", outcome, event) for event in events if event >= 0])
    cohorts = sorted({e.cohort for e in after})
    for cohort in cohorts:
        mean(("group", outcome, cohort), [e.name for e in after if e.cohort == cohort])
    pool(("group", outcome, None), [("group", outcome, cohort) for cohort in cohorts], cohorts)
    periods = sorted({e.period for e in after})
    for period in periods:
        some = [e for e in after if e.period == period]
        pool(("calendar", outcome, period), [e.name for e in some], [e.cohort for e in some])
    mean(("calendar", outcome, None), [("calendar", outcome, period) for period in periods])


# --------------------------------------------------------------------------------------------- by weights


def by_weights(data: Data, effects: list[Effect]) -> tuple[dict[Name, float], dict[Name, Floats]]:
    """Return what `by_influence` does, as values and derivatives of estimators with a weight on each unit."""
    plain = weighted(data, effects, np.ones(len(data.cohorts), dtype=complex))
    influence: dict[Name, Floats] = {name: np.empty(len(data.cohorts)) for name in plain}
    for i in range(len(data.cohorts)):
        weight = np.ones(len(data.cohorts), dtype=complex)
        weight[i] += 1j * STEP
        for name, value in weighted(data, effects, weight).items():
            influence[name][i] = value.imag / STEP
    return {name: value.real for name, value in plain.items()}, influence


def weighted(data: Data, effects: list[Effect], weight: NDArray[np.complex128]) -> dict[Name, complex]:
    found: dict[Name, complex] = {}
    for effect in effects:
        d, one, other = data.change(effect), effect.treated, effect.controls
        found[effect.name] = weight[one] @ d[one] / weight[one].sum() - weight[other] @ d[other] / weight[other].sum()

    def pool(name: Name, parts: list[Name], cohorts: list[float]) -> None:
        mass = [weight[data.cohorts == cohort].sum() for cohort in cohorts]
        found[name] = sum(m * found[part] for m, part in zip(mass, parts, strict=True)) / sum(mass)

    def mean(name: Name, parts: list[Name]) -> None:
        found[name] = sum(found[part] for part in parts) / len(parts)

    for outcome in data.periods:
        average(outcome, effects, pool, mean)
    return found


# --------------------------------------------------------------------------------------------------- data


def draw(sizes: dict[float, int], periods: dict[str, tuple[int, ...]], seed: int = 1) -> Data:
    """Draw outcomes that share noise, with levels and trends that differ by cohort, in a random order of units."""
    rng = np.random.default_rng(seed)
    cohorts = rng.permutation(np.repeat(list(sizes), list(sizes.values())))
    n = len(cohorts)
    values = {}
    common = rng.normal(size=(n, 1))
    rank = np.searchsorted(np.unique(cohorts), cohorts)[:, None]
    for k, (name, clock) in enumerate(periods.items()):
        time = np.array(clock)
        effect = np.maximum(time - cohorts[:, None] + 1, 0) * 0.3
        trend = (0.1 + 0.02 * rank + 0.05 * common) * (time - time[0])
        noise = (1 + 0.3 * rank) * rng.normal(size=(n, len(time)))
        values[name] = 10.0**k * (5 * common + effect + trend + noise)
    return Data(cohorts, values, periods)

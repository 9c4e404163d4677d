"""Effects of several zones or studies, each with what it is an effect of, and how far they may all be off jointly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, JointEffects, MethodError, Outcome, Result, Table, UsageError, listing, shown, unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["ZoneEffect", "ZoneEffects", "effects_of_zones", "shared_donor_covariance"]

_SAME = 1e-8
"""Relative differences below this are rounding."""
_LEAST_EIGENVALUE = 1e-10
"""Smallest eigenvalue of a matrix of correlations that counts as positive."""


@dataclass(frozen=True)
class ZoneEffect(Brief):
    """One estimated effect of one zone, with what it is an effect of.

    Attributes
    ----------
    zone
        Zone or study.
    treatment
        What was done: effects of different treatments are not pooled.
    outcome
        On what, with its unit and scale; log points where the scale is ``log``.
    horizon
        How long after the start, such as ``years 1 to 5``.
    estimate, se
        Effect and its standard error, in the outcome's own scale.
    source
        Where the estimate is from.

    Raises
    ------
    UsageError
        If the estimate is not a finite number, the standard error is not above zero, or a text is empty.
    """

    zone: str
    treatment: str
    outcome: Outcome
    horizon: str
    estimate: float
    se: float
    source: str = ""

    def __post_init__(self) -> None:
        for what in ("zone", "treatment", "horizon"):
            if not getattr(self, what).strip():
                raise UsageError(
                    f"the effect on {shown(self.outcome.name)} of zone {shown(self.zone)} has no {what}.",
                    allowed="a name: effects are pooled only where all say that they are of one kind",
                )
        if not math.isfinite(self.estimate):
            raise UsageError(f"{self._told} is {self.estimate}.", allowed="a finite number")
        if not (math.isfinite(self.se) and self.se > 0):
            raise UsageError(
                f"{self._told} has the standard error {self.se}.",
                allowed="a finite number above zero",
                todo="leave the zone out, or estimate its error",
            )

    @property
    def _told(self) -> str:
        return f"the effect of zone {shown(self.zone)} on {shown(self.outcome.name)}"


@dataclass(frozen=True, eq=False)
class ZoneEffects(Result):
    """Effects of several zones or studies on one outcome or more, of one treatment over one horizon.

    Attributes
    ----------
    effects
        n effects; a zone has one on each outcome at most, and may lack some.
    covariance
        Sampling covariance of all of them, shape (n, n), in the products of the outcomes' own scales; ``None`` where
        they were estimated independently. It holds how one zone's effects on several outcomes vary together, and how
        zones vary together that share donors.

    Raises
    ------
    UsageError
        If treatments, horizons, units or scales differ, a zone has two effects on one outcome, or the covariance is
        not that of these effects.

    Examples
    --------
    >>> gdp = Outcome("log_gdp", None, "up", None, "log")
    >>> found = ZoneEffects(
    ...     (
    ...         ZoneEffect("a", "data zone", gdp, "years 1 to 5", 0.04, 0.02),
    ...         ZoneEffect("b", "data zone", gdp, "years 1 to 5", 0.01, 0.03),
    ...     )
    ... )
    >>> found.zones
    ('a', 'b')
    """

    effects: tuple[ZoneEffect, ...]
    covariance: Floats | None = None

    def __post_init__(self) -> None:
        if not self.effects:
            raise UsageError("there are no effects.", allowed="one effect or more")
        _check_one_kind(self.effects)
        pairs = [(item.zone, item.outcome.name) for item in self.effects]
        for zone, outcome in pairs:
            if pairs.count((zone, outcome)) > 1:
                raise UsageError(
                    f"zone {shown(zone)} has two effects on {shown(outcome)}.", allowed="one effect on each outcome"
                )
        if self.covariance is not None:
            object.__setattr__(self, "covariance", _checked(self.covariance, self.effects))

    @property
    def zones(self) -> tuple[str, ...]:
        """Zones in their order, each once."""
        return tuple(dict.fromkeys(item.zone for item in self.effects))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Outcomes in their order, each once."""
        return tuple({item.outcome.name: item.outcome for item in self.effects}.values())

    @property
    def treatment(self) -> str:
        """What was done in all zones."""
        return self.effects[0].treatment

    @property
    def horizon(self) -> str:
        """Over which time effects are."""
        return self.effects[0].horizon

    @property
    def estimate(self) -> Floats:
        """Effects, shape (n,)."""
        return np.array([item.estimate for item in self.effects])

    @property
    def matrix(self) -> Floats:
        """Sampling covariance, shape (n, n): squares of standard errors where none was given."""
        if self.covariance is not None:
            return self.covariance
        return np.diag([item.se**2 for item in self.effects])

    def on(self, outcome: str | None = None) -> ZoneEffects:
        """Return the effects on one outcome: the one named, or the only one there is.

        Raises
        ------
        UsageError
            If there is no such outcome, or none is named and there are several.
        """
        names = [item.name for item in self.outcomes]
        if outcome is None:
            if len(names) > 1:
                raise UsageError("the effects are on several outcomes, and none is named.", allowed=listing(names))
            outcome = names[0]
        if outcome not in names:
            raise unknown("outcome", outcome, names, error=UsageError)
        kept = [k for k, item in enumerate(self.effects) if item.outcome.name == outcome]
        return self.part(kept)

    def part(self, kept: Sequence[int]) -> ZoneEffects:
        """Return the effects at some positions, with their covariance."""
        own = None if self.covariance is None else self.covariance[np.ix_(kept, kept)]
        return ZoneEffects(tuple(self.effects[k] for k in kept), own)

    def to_table(self) -> Table:
        """Return one row per effect."""
        names = ("zone", "treatment", "outcome", "horizon", "effect", "effect_unit", "estimate", "se", "source")
        rows = [
            (
                item.zone,
                item.treatment,
                item.outcome.name,
                item.horizon,
                item.outcome.display(item.estimate),
                item.outcome.display_unit,
                item.estimate,
                item.se,
                item.source,
            )
            for item in self.effects
        ]
        return Table.from_rows(names, rows, title=f"Effects of {len(self.zones)} zones")


def _check_one_kind(effects: Sequence[ZoneEffect]) -> None:
    """Refuse effects that are not of one treatment over one horizon, and outcomes that differ under one name."""
    first = effects[0]
    for item in effects[1:]:
        for what in ("treatment", "horizon"):
            own, other = getattr(first, what), getattr(item, what)
            if own != other:
                raise UsageError(
                    f"zone {shown(first.zone)} has the {what} {shown(own)}, zone {shown(item.zone)} {shown(other)}.",
                    allowed=f"effects of one {what}: a mean over different ones is an effect of none",
                    todo=f"pool the zones of each {what} by themselves",
                )
    seen: dict[str, ZoneEffect] = {}
    for item in effects:
        before = seen.setdefault(item.outcome.name, item)
        for what in ("scale", "unit", "good"):
            own, other = getattr(before.outcome, what), getattr(item.outcome, what)
            if own != other:
                name = "good direction" if what == "good" else what
                raise UsageError(
                    f"outcome {shown(item.outcome.name)} has the {name} {shown(own)} in zone {shown(before.zone)} and"
                    f" {shown(other)} in zone {shown(item.zone)}.",
                    allowed=f"one {name} for all effects on an outcome",
                    todo=f"convert the effects to one {name}",
                )


def _checked(covariance: Floats, effects: Sequence[ZoneEffect]) -> Floats:
    """Return a covariance that can be the one of these effects, exactly symmetric; anything else is refused."""
    found = np.asarray(covariance, dtype=np.float64)
    count = len(effects)
    if found.shape != (count, count):
        raise UsageError(
            f"the covariance has shape {found.shape}, and there are {count} effects.",
            allowed=f"shape ({count}, {count})",
        )
    if not np.isfinite(found).all():
        raise UsageError("the covariance has cells that are not finite.", allowed="finite numbers")
    se = np.array([item.se for item in effects])
    scaled = found / np.outer(se, se)
    if np.abs(scaled - scaled.T).max() > _SAME:
        raise UsageError("the covariance is not symmetric.", allowed="the same number above and below the diagonal")
    off = np.abs(scaled.diagonal() - 1)
    if off.max() > _SAME:
        worst = effects[int(off.argmax())]
        raise UsageError(
            f"the covariance gives zone {shown(worst.zone)} the variance {found[off.argmax(), off.argmax()]:.6g}, and"
            f" its standard error is {worst.se:.6g}.",
            allowed="the squares of the standard errors on the diagonal",
        )
    least = float(np.linalg.eigvalsh((scaled + scaled.T) / 2)[0])
    if least < _LEAST_EIGENVALUE:
        raise UsageError(
            f"the covariance is not positive definite: its correlations have the eigenvalue {least:.3g}.",
            allowed="a positive definite matrix: no effect may be a sum of others without error",
            todo="check the covariances between zones that share donors",
        )
    return (found + found.T) / 2


def shared_donor_covariance(weights: ArrayLike, noise: ArrayLike, own: ArrayLike) -> Floats:
    """Return the sampling covariance of synthetic control effects of zones that share donors.

    Parameters
    ----------
    weights
        Weight of each of n donors in each of k zones' synthetic controls, shape (k, n).
    noise
        Variance of each donor's mean error over the window, shape (n,), or their covariance, shape (n, n).
    own
        Variance of each zone's own mean error, shape (k,).

    Returns
    -------
    numpy.ndarray
        ``diag(own) + W S W'``, shape (k, k).

    Raises
    ------
    UsageError
        If shapes do not fit, or a variance is not above zero.

    Notes
    -----
    Weights are taken as fixed. A zone's effect is its own outcome minus the weighted donors', so that two zones vary
    together by the errors of donors that both use.

    Examples
    --------
    >>> shared_donor_covariance([[1, 0], [0.5, 0.5]], [4, 4], [1, 1]).tolist()
    [[5.0, 2.0], [2.0, 3.0]]
    """
    w, s, o = (np.asarray(item, dtype=np.float64) for item in (weights, noise, own))
    spread = np.diag(s) if s.ndim == 1 else s
    if w.ndim != 2 or spread.shape != (w.shape[1],) * 2 or o.shape != (w.shape[0],):  # noqa: PLR2004 - rows, columns
        raise UsageError(
            f"weights, noise and own have the shapes {w.shape}, {s.shape} and {o.shape}.",
            allowed="(k, n), (n,) or (n, n), and (k,), for k zones and n donors",
        )
    if not (np.isfinite(w).all() and np.isfinite(spread).all() and (spread.diagonal() > 0).all() and (o > 0).all()):
        raise UsageError("a weight is not finite, or a variance not above zero.", allowed="variances above zero")
    return np.asarray(np.diag(o) + w @ spread @ w.T)


def effects_of_zones(
    found: Mapping[str, JointEffects], *, treatment: str, horizon: str, across: ArrayLike | None = None
) -> ZoneEffects:
    """Return the effects of several zones, each estimated by itself on several outcomes jointly.

    Parameters
    ----------
    found
        Joint effects by zone. Where they come with placebo draws, the covariance is the mean product of the other
        units' mean gaps, which takes the zone's errors for as large as those of the units that it is compared with.
    treatment, horizon
        As in `ZoneEffect`, the same for all.
    across
        Sampling covariance between effects of different zones, such as `shared_donor_covariance` gives for one
        outcome: shape (n, n) over all effects, zones first. Its cells within a zone are not used. ``None``: none.

    Raises
    ------
    UsageError
        If an outcome is refused an error, or as in `ZoneEffects`.
    """
    effects: list[ZoneEffect] = []
    blocks: list[Floats] = []
    for zone, joint in found.items():
        block = _within(zone, joint)
        blocks.append(block)
        for k, outcome in enumerate(joint.outcomes):
            se = math.sqrt(block[k, k]) if block[k, k] >= 0 else math.nan
            own = ZoneEffect(zone, treatment, outcome, horizon, float(joint.estimate[k]), se, joint.estimator)
            effects.append(own)
    count = len(effects)
    whole = np.zeros((count, count)) if across is None else np.array(across, dtype=np.float64)
    if whole.shape != (count, count):
        raise UsageError(
            f"across has shape {whole.shape}, and there are {count} effects.", allowed=f"shape ({count}, {count})"
        )
    at = 0
    for block in blocks:
        whole[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return ZoneEffects(tuple(effects), whole)


def _within(zone: str, joint: JointEffects) -> Floats:
    """Return the sampling covariance of one zone's effects on several outcomes."""
    for outcome in joint.outcomes:
        if joint.refusal(outcome.name):
            raise UsageError(
                f"zone {shown(zone)} has no error of its effect on {shown(outcome.name)}."
                f" {joint.refusal(outcome.name)}",
                allowed="effects with a standard error",
            )
    if joint.covariance is not None:
        unit = np.ones(len(joint.outcomes)) if joint.covariance.unit is None else joint.covariance.unit
        return np.asarray(joint.covariance.matrix * np.outer(unit, unit))
    draws = joint.draws
    others = np.delete(draws.mean_gap, draws.treated, axis=0)
    if len(others) < len(joint.outcomes) + 1:
        raise MethodError(
            f"zone {shown(zone)} has {len(others)} placebo draws for {len(joint.outcomes)} outcomes.",
            allowed="more draws than outcomes",
        )
    return np.asarray(others.T @ others / len(others))

"""From joint effects to one verdict."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Protocol

from pilotzone.core import (
    Combine,
    Familywise,
    JointEffects,
    Statistic,
    UsageError,
    attained_level,
    check_choice,
    one_thread,
)
from pilotzone.judge.claim import assess_claim
from pilotzone.judge.gaussian import assess_gaussian
from pilotzone.judge.quadrants import quadrant_shares
from pilotzone.judge.verdict import Inference, Verdict
from pilotzone.judge.wording import reasons_for, remarks_for, sentence_for
from pilotzone.judge.wording_gaussian import gaussian_remarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import EffectCovariance

__all__ = ["HasJoint", "effects_of", "judge", "level_of"]


class HasJoint(Protocol):
    """A result that carries joint effects, such as that of `synthetic_control`."""

    @property
    def joint(self) -> JointEffects:
        """The effects on all outcomes jointly."""


@one_thread()
def judge(
    effects: JointEffects | HasJoint,
    *,
    alpha: float = 0.05,
    statistic: Statistic | None = None,
    development: Combine = "all",
    familywise: Familywise | None = None,
    limits: Sequence[str] = (),
) -> Verdict:
    """Judge whether a zone raised development without harming the environment.

    Parameters
    ----------
    effects
        Effects on all outcomes of the claim jointly, with placebo draws or a covariance and with identification
        checks, or a result that carries them as ``joint``. An outcome without checks cannot be assessed, and a verdict
        that rests on it is "not identified".
    alpha
        Level of each one-sided test.
    statistic
        Placebo statistic, to be fixed before estimation, ``mean_gap`` if left out; the other one is reported beside
        it. With a covariance there is none.
    development
        Rule over several development outcomes: ``all`` or ``any``.
    familywise
        With a covariance, how at least one of several outcomes is tested: ``sup-t`` if left out, or ``holm``. Placebo
        draws have their own rule, the smallest p over the same placebos.
    limits
        What the data cannot answer, to be printed with the verdict.

    Returns
    -------
    Verdict

    Raises
    ------
    UsageError
        If an option is unknown or belongs to the other kind of effects, alpha is not between 0 and 0.5, a role is
        missing among the outcomes, or what is given is no joint effects.

    Notes
    -----
    The claim is an intersection-union test (Berger 1982) of superiority on development and non-inferiority on the
    environment. With placebo draws p-values are ranks under the shifted null; with a covariance they are those of
    normal or t distributions. `pilotzone.judge.labels.decide` holds the table.
    """
    check_choice(development, Combine, "development")
    alpha = level_of(alpha)
    if isinstance(limits, str):
        raise UsageError("limits is one text.", allowed="a sequence of texts, such as a list or a tuple")
    effects = effects_of(effects)
    if effects.covariance is not None:
        if statistic is not None:
            raise UsageError(f"statistic is {statistic!r}.", allowed="nothing: effects with a covariance have no ranks")
        together: Familywise = "sup-t" if familywise is None else familywise
        check_choice(together, Familywise, "familywise")
        return _by_covariance(effects, effects.covariance, alpha, rule=development, familywise=together, limits=limits)
    fixed: Statistic = "mean_gap" if statistic is None else statistic
    check_choice(fixed, Statistic, "statistic")
    if familywise is not None:
        raise UsageError(
            f"familywise is {familywise!r}.", allowed="nothing: placebo draws are compared by their smallest p"
        )
    return _by_ranks(effects, alpha, statistic=fixed, rule=development, limits=limits)


def _by_ranks(
    effects: JointEffects, alpha: float, *, statistic: Statistic, rule: Combine, limits: Sequence[str]
) -> Verdict:
    """Return the verdict by placebo ranks."""
    draws = effects.draws
    # A rank at the level itself rejects, as in confidence sets, also where rounding left the level below: 1 - 0.9.
    alpha = max(alpha, attained_level(alpha, len(draws.units)))
    other_statistic: Statistic = "rmspe_ratio" if statistic == "mean_gap" else "mean_gap"
    claim = assess_claim(effects, statistic=statistic, alpha=alpha, rule=rule)
    other = assess_claim(effects, statistic=other_statistic, alpha=alpha, rule=rule)
    return Verdict(
        label=claim.label,
        sentence=sentence_for(claim.label, effects, claim, alpha, rule),
        reasons=reasons_for(effects, claim, alpha, rule),
        p_claim=claim.p_claim,
        p_development=claim.p_development,
        p_environment=claim.p_environment,
        p_harm=claim.p_harm,
        alpha=alpha,
        statistic=statistic,
        development_rule=rule,
        smallest_p=draws.smallest_p,
        unit_count=len(draws.units),
        pool_rule=draws.pool_rule,
        tests=claim.tests,
        other_tests=other.tests,
        other_label=other.label,
        remarks=remarks_for(effects, claim, other, alpha, statistic),
        limits=tuple(limits),
    )


def _by_covariance(
    effects: JointEffects,
    covariance: EffectCovariance,
    alpha: float,
    *,
    rule: Combine,
    familywise: Familywise,
    limits: Sequence[str],
) -> Verdict:
    """Return the verdict by normal or t distributions."""
    claim = assess_gaussian(effects, covariance, alpha=alpha, rule=rule, familywise=familywise)
    told = claim.label not in {"not identified", "cannot be decided"}
    quadrants = quadrant_shares(effects, rule) if told else None
    return Verdict(
        label=claim.label,
        sentence=sentence_for(claim.label, effects, claim, alpha, rule),
        reasons=reasons_for(effects, claim, alpha, rule),
        p_claim=claim.p_claim,
        p_development=claim.p_development,
        p_environment=claim.p_environment,
        p_harm=claim.p_harm,
        alpha=alpha,
        statistic=None,
        development_rule=rule,
        smallest_p=None,
        unit_count=None,
        pool_rule=None,
        tests=claim.tests,
        remarks=gaussian_remarks(effects, covariance, claim, quadrants, alpha=alpha, rule=rule, familywise=familywise),
        limits=tuple(limits),
        inference=Inference(
            covariance.degrees,
            covariance.drawn,
            covariance.treated,
            covariance.controls,
            covariance.method,
            familywise,
        ),
        quadrants=quadrants,
    )


def level_of(alpha: object) -> float:
    """Return a level above 0 and below one half; anything else is refused."""
    # Above one half the nulls "harm of at least" and "at most the margin" could both be rejected.
    level = 0.0 if isinstance(alpha, bool) or not isinstance(alpha, Real) else float(alpha)
    if not 0 < level < 0.5:  # noqa: PLR2004
        raise UsageError(f"alpha is {alpha!r}.", allowed="a level above 0 and below 0.5, such as 0.05")
    return level


def effects_of(effects: object) -> JointEffects:
    """Return joint effects, also those that a result carries; anything else is refused."""
    found = effects if isinstance(effects, JointEffects) else getattr(effects, "joint", None)
    if not isinstance(found, JointEffects):
        raise UsageError(
            f"effects is of type {type(effects).__name__}.",
            allowed="joint effects, or a result that carries them as 'joint', such as that of synthetic_control",
        )
    return found

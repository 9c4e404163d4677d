"""One zone with a dose: its effect over its dose, and nothing on other doses.

One dose tells no slope. The effect of a synthetic control is divided by the dose, and so is that of every placebo, as
if it had had the same dose: ranks, and p-values with them, are those of the effect itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotzone.core import EarlierEffects, Glance, JointEffects, PlaceboDraws, Result, Table, UsageError
from pilotzone.evaluation.dose.result import check_per

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ZonePerDose", "zone_per_dose"]

_SAID = (
    "This is the average per unit of the dose that the zone had. One zone says nothing of what more or less would have"
    " done. The p-value is that of the effect itself: each placebo is divided by the same dose."
)


@dataclass(frozen=True, eq=False)
class ZonePerDose(Result):
    """The effects on one zone per so many units of its dose.

    Attributes
    ----------
    joint
        The effects, with placebos on the same scale; margins of outcomes are per as many units as well.
    dose
        The zone's dose.
    per
        Per how many units of it effects are.
    unit
        What so many are called.
    notes
        What a reader has to know.
    """

    joint: JointEffects
    dose: float
    per: float
    unit: str
    notes: tuple[str, ...] = (_SAID,)

    def to_table(self) -> Table:
        """Return one row per outcome."""
        table = self.joint.to_table()
        return replace(table, title=f"Average effects per {self.unit} of {self.joint.unit}", note=_SAID)

    def glance(self) -> Glance:
        """Return what `repr` and a notebook show."""
        table = self.to_table()
        return Glance(table.title, self.notes, table)


def zone_per_dose(effects: object, dose: float, *, per: float = 1.0, unit: str = "unit of dose") -> ZonePerDose:
    """Return the effects on one zone per so many units of its dose.

    Parameters
    ----------
    effects
        Joint effects on one zone, or a result that carries them as ``joint``, such as that of `synthetic_control`.
    dose
        The zone's dose: what was spent, or built.
    per
        Per how many units of dose: 1000 for "per USD 1 bn" where the dose is in USD million.
    unit
        What so many are called, for labels: ``USD 1 bn``.

    Returns
    -------
    ZonePerDose

    Raises
    ------
    UsageError
        If the effects are not those of one zone with placebos, or dose or `per` is not a number above zero.
    """
    joint = effects if isinstance(effects, JointEffects) else getattr(effects, "joint", None)
    if not isinstance(joint, JointEffects) or joint.placebos is None or joint.zones != 1:
        raise UsageError(
            "the effects are not those of one zone with placebos.",
            allowed="the result of synthetic_control for one zone",
            todo="with many units, give their doses to dose_effects",
        )
    scale = check_per(per, "per") / check_per(dose, "the dose")
    outcomes = tuple(replace(item, label=f"{item.title} per {unit}") for item in joint.outcomes)
    scaled = replace(joint, outcomes=outcomes, estimate=joint.estimate * scale, placebos=_scaled(joint.placebos, scale))
    return ZonePerDose(scaled, float(dose), float(per), unit)


def _scaled(draws: PlaceboDraws, scale: float) -> PlaceboDraws:
    """Return draws of effects times a number; a null effect on the new scale is one over it on the old."""
    return replace(
        draws,
        mean_gap=draws.mean_gap * scale,
        pre_rmspe=draws.pre_rmspe * scale,
        restate=None if draws.restate is None else _restated(draws.restate, scale),
        earlier=None if draws.earlier is None else _earlier(draws.earlier, scale),
    )


def _restated(
    restate: Callable[[int, float], tuple[Floats, Floats]], scale: float
) -> Callable[[int, float], tuple[Floats, Floats]]:
    def scaled(column: int, effect: float) -> tuple[Floats, Floats]:
        gaps, errors = restate(column, effect / scale)
        return gaps * scale, errors * scale

    return scaled


def _earlier(earlier: Callable[[], EarlierEffects], scale: float) -> Callable[[], EarlierEffects]:
    def scaled() -> EarlierEffects:
        found = earlier()
        return EarlierEffects(found.low * scale, found.high * scale)

    return scaled

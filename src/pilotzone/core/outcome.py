"""An outcome of a study: what it stands for, which way is good, and how much harm would still count as none."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import cast

from pilotzone.core.errors import DataError, UsageError, unknown
from pilotzone.core.literals import Direction, Role, Scale, check_choice
from pilotzone.core.margin import margin_text, read_margin
from pilotzone.core.numerals import significant

__all__ = ["Outcome"]

_KEYS = ("role", "good", "margin", "scale", "label", "unit")
_LARGEST_LOG = 700.0
"""Beyond it, the exponential of an effect is beyond the largest number there is."""
_COMMA = re.compile(r"(?<!\\),")
_BACKSLASH = re.compile(r"\\([\\,])")


@dataclass(frozen=True)
class Outcome:
    """One outcome and its part in the claim.

    Attributes
    ----------
    name
        Series name in the panel.
    role
        Development or environment; ``None`` for an outcome that is reported but is not part of the claim.
    good
        Direction of improvement: ``up`` or ``down``.
    margin
        Largest harm that still counts as no harm, a positive number: in percent on a log scale, in the outcome's own
        unit on a level scale. There is no default; ``None`` only if `role` is ``None``.
    scale
        ``log`` if the series is a logarithm; effects are then in percent. Otherwise ``level``.
    label
        Words for a reader.
    unit
        Unit of the series, as text.

    Raises
    ------
    UsageError
        If an outcome with a role has no margin, or the margin is zero, negative, or a loss of 100 percent or more.

    Examples
    --------
    >>> co2 = Outcome("log_co2", role="environment", good="down", margin=5.0, scale="log")
    >>> round(co2.harm_boundary, 4), round(co2.display(0.0488), 2)
    (0.0488, 5.0)
    """

    name: str
    role: Role | None
    good: Direction
    margin: float | None
    scale: Scale
    label: str = ""
    unit: str = "1"

    def __post_init__(self) -> None:
        if self.role is not None:
            check_choice(self.role, Role, f"the role of outcome {self.name!r}")
        check_choice(self.good, Direction, f"the good direction of outcome {self.name!r}")
        check_choice(self.scale, Scale, f"the scale of outcome {self.name!r}")
        if self.margin is None:
            if self.role is not None:
                raise UsageError(
                    f"outcome {self.name!r} has no margin.",
                    allowed="a positive number: the harm that would still count as none (percent on a log scale)",
                    todo="decide it before you look at effects; no default can be right for every study",
                )
            return
        margin: object = self.margin
        number = isinstance(margin, Real) and not isinstance(margin, bool)
        if not (number and math.isfinite(self.margin) and self.margin > 0):
            raise UsageError(f"the margin of outcome {self.name!r} is {self.margin!r}.", allowed="a positive number")
        if self.scale == "log" and self.good == "up" and self.margin >= 100:  # noqa: PLR2004 - percent
            raise UsageError(
                f"the margin of outcome {self.name!r} is {self.margin}: a loss of 100 percent or more.",
                allowed="a percentage above 0 and below 100",
            )

    @classmethod
    def parse(cls, text: str) -> Outcome:
        """Return the outcome that a text on the command line names.

        Parameters
        ----------
        text
            The name, and after commas what is known: ``co2,role=environment,good=down,scale=log,margin=5%``. Left out,
            there is no role, ``good`` is up and ``scale`` is level. A margin has its unit, as in `read_margin`. A
            comma or backslash that belongs to a value has a backslash before it.

        Raises
        ------
        UsageError
            If a key is unknown, twice or without a value, the margin cannot be read, or as for any outcome.

        Examples
        --------
        >>> Outcome.parse("jobs,role=development,margin=2 job").harm_boundary
        -2.0
        """
        name, *rest = (_BACKSLASH.sub(r"\1", part.strip()) for part in _COMMA.split(text))
        given: dict[str, str] = {}
        for part in rest:
            key, sign, value = (item.strip() for item in part.partition("="))
            if key not in _KEYS or not sign or not value or key in given:
                what = "is given twice" if key in given else "is not a key with a value"
                raise unknown(
                    "key",
                    key,
                    _KEYS,
                    told=f"outcome {text!r}: {part!r} {what}",
                    hint="" if key in given else None,
                    error=UsageError,
                    allowed=f"NAME, then KEY=VALUE after commas, with the keys {', '.join(_KEYS)}",
                )
            given[key] = value
        if not name:
            raise UsageError(f"outcome {text!r} has no name.", allowed="NAME or NAME,KEY=VALUE,...")
        return cls.written(
            name,
            role=cast("Role | None", given.get("role")),
            good=cast("Direction", given.get("good", "up")),
            margin=given.get("margin"),
            scale=cast("Scale | None", given.get("scale")),
            label=given.get("label", ""),
            unit=given.get("unit"),
        )

    @classmethod
    def written(
        cls,
        name: str,
        role: Role | None,
        good: Direction,
        margin: str | float | None,
        scale: Scale | None,
        label: str = "",
        unit: str | None = None,
    ) -> Outcome:
        """Return the outcome whose margin is given as text, such as ``5%`` (see `read_margin`).

        Parameters
        ----------
        name, role, good, label, unit
            As for any outcome; a unit that was not said is taken from the margin.
        margin
            Such as ``3%`` or ``0.5 t``.
        scale
            ``None`` if it was not said: level, unless the margin is then without meaning.

        Raises
        ------
        UsageError
            If the margin cannot be read or does not go with scale and unit, or as for any outcome.
        """
        for given, choices, what in ((role, Role, "role"), (scale, Scale, "scale")):
            if given is not None:
                check_choice(given, choices, f"the {what} of outcome {name!r}")
        if margin is None:
            return cls(name, role, good, None, scale or "level", label, unit or "1")
        number, known, own = read_margin(margin, scale, unit, f"outcome {name!r}")
        return cls(name, role, good, number, known, label, own)

    @property
    def margin_text(self) -> str | None:
        """Margin with its unit, as text that `written` reads; ``None`` without a margin."""
        return None if self.margin is None else margin_text(self.margin, self.scale, self.unit)

    @property
    def title(self) -> str:
        """Label of the outcome; its name if it has no label."""
        return self.label or self.name

    @property
    def sign(self) -> int:
        """+1 if up is good, -1 if down is good."""
        return 1 if self.good == "up" else -1

    @property
    def harm_boundary(self) -> float:
        """The effect at which harm equals the margin, in the outcome's own scale, signed.

        ``log(1 + m)`` for a rise that is bad, ``log(1 - m)`` for a loss; on a level scale plus or minus the margin.

        Raises
        ------
        UsageError
            If the outcome has no margin.
        """
        if self.margin is None:
            raise UsageError(f"outcome {self.name!r} has no margin.")
        return self.boundary_at(self.margin)

    def boundary_at(self, margin: float) -> float:
        """Return the effect at which harm equals `margin` (see `harm_boundary`), for any non-negative margin."""
        if self.scale == "level":
            return -self.sign * margin
        share = -self.sign * margin / 100
        return math.log1p(share) if share > -1 else -math.inf

    def margin_of(self, boundary: float) -> float:
        """Return the margin whose harm boundary is `boundary`: the inverse of `boundary_at`."""
        return -self.sign * self.display(boundary)

    def display(self, effect: float) -> float:
        """Return an effect as readers see it: in percent on a log scale, unchanged on a level scale.

        Raises
        ------
        DataError
            If the scale is log and the effect is beyond what percent can say: what was taken for a logarithm is not.
        """
        if self.scale == "level":
            return effect
        if _LARGEST_LOG < effect < math.inf:
            raise DataError(
                f"outcome {self.name!r} is said to be a logarithm, and an effect on it, or the end of an interval, is"
                f" {effect:.4g}.",
                allowed=f"effects on a logarithm up to {_LARGEST_LOG:g}; one of 0.1 is about 10 percent",
                todo="say scale = level, or take the logarithm of the figures first",
            )
        return 100 * math.expm1(effect)

    def worded(self, effect: float, *, signed: bool = False) -> str:
        """Return an effect or a distance as a sentence says it: in percent on a log scale, else in its own unit.

        Examples
        --------
        >>> Outcome("y", role=None, good="up", margin=None, scale="log").worded(0.0488, signed=True)
        '+5.00 %'
        >>> Outcome("y", role=None, good="up", margin=None, scale="level", unit="t").worded(-0.001234)
        '-0.00123 t'
        """
        shown = self.display(effect)
        head = "+" if signed and effect >= 0 else ""
        if self.scale == "log":
            return f"{head}{shown:.2f} %"
        return f"{head}{significant(shown)}{'' if self.unit == '1' else f' {self.unit}'}"

    @property
    def display_unit(self) -> str:
        """Unit of `display`: ``%`` on a log scale, else the unit of the series."""
        return "%" if self.scale == "log" else self.unit

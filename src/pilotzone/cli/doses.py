"""Options of ``pilotzone evaluate`` that speak of doses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["margins_of"]


def margins_of(given: Sequence[str]) -> dict[str, float | str]:
    """Return margins per unit of dose by outcome.

    Raises
    ------
    UsageError
        If one is not written as outcome and margin, or an outcome stands twice.

    Examples
    --------
    >>> margins_of(["gdp=2%", "co2=0.5"])
    {'gdp': '2%', 'co2': 0.5}
    """
    found: dict[str, float | str] = {}
    for text in given:
        name, sign, margin = (part.strip() for part in text.rpartition("="))
        if not sign or not name or not margin or name in found:
            raise UsageError(f"--dose-margin is {text!r}.", allowed="OUTCOME=MARGIN once for each outcome: gdp=2%")
        try:
            found[name] = float(margin)
        except ValueError:
            found[name] = margin
    return found

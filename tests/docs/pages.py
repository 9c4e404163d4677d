"""Figures as pages write them, and whether a page has them: a sentence that a run no longer bears out fails."""

from __future__ import annotations

import math

from tests.docs.walkthrough import ROOT

__all__ = ["percent", "signed", "told_on"]


def percent(size: float, *, places: int = 1, up: bool = False) -> str:
    """Return a size in log points as pages write percent: signed, with the longer minus; rounded up if asked for."""
    return signed(100 * math.expm1(size), places=places, up=up)


def signed(value: float, *, places: int = 1, up: bool = False) -> str:
    """Return a number as pages write effects: signed, with the longer minus; rounded up if asked for."""
    if up:
        value = math.ceil(value * 10**places) / 10**places
    return f"{value:+.{places}f}".replace("-", "\u2212")


def told_on(page: str, *texts: str) -> None:
    """Assert that a page of explanations has all of these texts, wherever its lines break."""
    shown = " ".join((ROOT / "docs" / "explanation" / page).read_text(encoding="utf-8").split())
    missing = [text for text in texts if text not in shown]
    assert not missing, missing

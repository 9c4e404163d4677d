"""Margins and their boundaries, both ways and on both scales; what an outcome refuses."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pilotzone.core import DataError, Outcome, UsageError, significant

if TYPE_CHECKING:
    from pilotzone.core import Direction, Scale


def outcome(good: Direction, scale: Scale, margin: float | None = 5.0) -> Outcome:
    return Outcome("y", role="environment" if margin else None, good=good, margin=margin, scale=scale, unit="t")


@pytest.mark.parametrize(
    ("good", "scale", "boundary"),
    [
        ("down", "log", math.log(1.05)),
        ("up", "log", math.log(0.95)),
        ("down", "level", 5.0),
        ("up", "level", -5.0),
    ],
)
def test_boundary_of_the_margin(good: Direction, scale: Scale, boundary: float) -> None:
    item = outcome(good, scale)
    assert item.harm_boundary == pytest.approx(boundary, rel=1e-14)
    assert abs(item.display(item.harm_boundary)) == pytest.approx(5.0, rel=1e-14)
    assert item.display_unit == ("%" if scale == "log" else "t")


@pytest.mark.parametrize("good", ["up", "down"])
@pytest.mark.parametrize("scale", ["log", "level"])
@pytest.mark.parametrize("margin", [1e-9, 0.1, 5.0, 99.9])
def test_margin_of_a_boundary_is_the_inverse(good: Direction, scale: Scale, margin: float) -> None:
    item = outcome(good, scale)
    assert item.margin_of(item.boundary_at(margin)) == pytest.approx(margin, rel=1e-12)
    assert math.copysign(1, item.boundary_at(margin)) == -item.sign


def test_a_total_loss_is_infinitely_far_in_logs() -> None:
    assert outcome("up", "log").boundary_at(100) == -math.inf
    assert outcome("down", "log").boundary_at(100) == pytest.approx(math.log(2), rel=1e-15)


def test_what_was_taken_for_a_logarithm_and_is_not() -> None:
    """Effects on figures in tonnes, said to be logarithms, are beyond the largest number in percent."""
    item = outcome("down", "log")
    assert item.display(699.0) > 1e300
    assert item.display(math.inf) == math.inf
    assert outcome("down", "level").display(1e6) == 1e6
    for beyond in (item.display, item.margin_of):
        with pytest.raises(DataError, match=r"outcome 'y' is said to be a logarithm.* is 1300\.(?s:.)*scale = level"):
            beyond(1300.0)


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("role", ["development", None])
def test_margins_that_are_none(margin: float, role: Any) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match=r"margin of outcome 'y' is .*\n  Allowed: a positive number"):
        Outcome("y", role=role, good="up", margin=margin, scale="level")


def test_margin_has_no_default_and_a_loss_ends_at_100_percent() -> None:
    with pytest.raises(UsageError, match="has no margin"):
        Outcome("y", role="environment", good="up", margin=None, scale="level")
    with pytest.raises(UsageError, match="a loss of 100 percent or more"):
        Outcome("y", role="environment", good="up", margin=100.0, scale="log")
    assert Outcome("y", role="environment", good="down", margin=100.0, scale="log").margin == 100.0
    with pytest.raises(UsageError, match="has no margin"):
        _ = outcome("up", "log", None).harm_boundary


@pytest.mark.parametrize(("key", "value"), [("role", "economy"), ("good", "more"), ("scale", "ln")])
def test_unknown_words(key: str, value: str) -> None:
    options: dict[str, Any] = {"role": "development", "good": "up", "margin": 1.0, "scale": "log"} | {key: value}
    with pytest.raises(UsageError, match=f"of outcome 'y' is '{value}'"):
        Outcome("y", **options)


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 6])
@pytest.mark.parametrize(
    "value", [1234567.0, 999_600.0, 99.96, 0.9996, -0.012345, 1 / 3, 12.0, 1e-6, 9.996e-7, 1e15, 9.996e15, 1e-9, -2e20]
)
def test_significant_digits_are_those_of_decimal_rounding(value: float, digits: int) -> None:
    """Held by the decimal module: the same value, as many digits as asked for, and no digits that mean nothing."""
    want = Decimal(value).normalize(Context(prec=digits, rounding=ROUND_HALF_EVEN))
    text = significant(value, digits)
    assert Decimal(text.replace(",", "")) == want
    shown = text.replace(",", "").lstrip("-").partition("e")[0]
    assert "." not in shown or len(shown.replace(".", "").lstrip("0")) == digits


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (-0.0, "0"), (math.inf, "inf"), (math.nan, "nan")])
def test_numbers_without_digits(value: float, text: str) -> None:
    assert significant(value) == text


def test_levels_are_worded_with_three_digits() -> None:
    item = Outcome("y", role=None, good="up", margin=None, scale="level", unit="t")
    assert [item.worded(x, signed=True) for x in (999_600.0, 12345.0, -0.00123)] == [
        "+1,000,000 t",
        "+12,300 t",
        "-0.00123 t",
    ]


def test_outcomes_are_read_from_text() -> None:
    found = Outcome.parse(r"co2 , role=environment,good=down, margin=5,scale=log,label=CO2\, in all,unit=log(t\\a)")
    assert found == Outcome(
        "co2", role="environment", good="down", margin=5.0, scale="log", label="CO2, in all", unit="log(t\\a)"
    )
    assert Outcome.parse("jobs") == Outcome("jobs", role=None, good="up", margin=None, scale="level")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,rol=development", "'rol=development' is not a key with a value. Did you mean 'role'"),
        ("x,role", "'role' is not a key with a value"),
        ("x,role=", "'role=' is not a key with a value"),
        ("x,margin=1,margin=2", "'margin=2' is given twice"),
        ("x,margin=much", "the margin of outcome 'x' is 'much'"),
        (",good=up", "has no name"),
        ("", "has no name"),
        ("x,role=harm,margin=1", "the role of outcome 'x'"),
        ("x,good=left", "the good direction of outcome 'x'"),
        ("x,role=development", "has no margin"),
    ],
)
def test_texts_that_name_no_outcome(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Outcome.parse(text)
    assert message in str(caught.value)

"""Faults of any file: the key as the user wrote it, what is admitted there, and where the keys are told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from pilotzone.core import StudyError
from pilotzone.study.runs.faults import explain
from pilotzone.study.runs.location import locate

Number = Annotated[float, Strict()]


class Table(BaseModel):
    """A table in which no key may be unknown."""

    model_config = ConfigDict(extra="forbid")


class Part(Table):
    """A table in a table."""

    power_mw: Number
    class_: str = Field(default="", alias="class")


class Other(Table):
    """Another that may stand in its place."""

    users: int
    days: Annotated[int, Field(ge=1)] = 1


class Whole(Table):
    """A file of an invented kind."""

    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = Field(default_factory=dict)
    figures: dict[str, Number | tuple[Number, Number]] = Field(default_factory=dict)
    pair: tuple[Part, Other] | None = None
    either: Annotated[Part | Other | Literal["all"], Field()] = "all"
    optional: Other | None = None
    level: Literal["low", "high"] = "low"

    @model_validator(mode="after")
    def _agree(self) -> Whole:
        if self.level == "high" and self.optional is None:
            message = "level = 'high' needs a table [optional]"
            raise ValueError(message)
        return self


def told(content: object, **options: Any) -> StudyError:
    with pytest.raises(ValidationError) as found:
        Whole.model_validate(content)
    return explain(found.value, "mine", Whole, **options)


@pytest.mark.parametrize(
    ("content", "said", "allowed"),
    [
        (
            {"part": []},
            "study 'mine': part is not a key that is known here. Did you mean 'parts' or 'pair'?",
            "by_name, either, figures, level, optional, pair, parts",
        ),
        (
            {"parts": [{"power_mw": 1.0}, {"powr_mw": 1.0}]},
            (
                "study 'mine': parts[2].powr_mw is not a key that is known here. Did you mean 'power_mw'?"
                " (1 more to mend after it)"
            ),
            "class, power_mw",
        ),
        (
            {"by_name": {"power_mw": {"power_mw": 1.0, "powr": 2}}},
            "study 'mine': by_name.power_mw.powr is not a key that is known here. Did you mean 'power_mw'?",
            "class, power_mw",
        ),
        (
            {"optional": {"users": 1, "user": 2}},
            "study 'mine': optional.user is not a key that is known here. Did you mean 'users'?",
            "days, users",
        ),
        (
            {"pair": [{"power_mw": 1.0}, {"users": 1, "day": 2}]},
            "study 'mine': pair[2].day is not a key that is known here. Did you mean 'days'?",
            "days, users",
        ),
        (
            {"either": {"users": 1, "user": 2}},
            "study 'mine': either.user is not a key that is known here. Did you mean 'users'?",
            "days, users",
        ),
    ],
)
def test_an_unknown_key_is_named_with_the_keys_of_its_own_table(content: object, said: str, allowed: str) -> None:
    error = told(content)
    assert (error.what, error.allowed) == (said, allowed)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"by_name": {"float": {"power_mw": "much"}}}, "by_name.float.power_mw is 'much': "),
        ({"figures": {"str": "many"}}, "figures.str is 'many': a number is needed"),
        ({"figures": {"x": [1, "many"]}}, "figures.x[2] is 'many': a number is needed"),
        ({"either": {"users": 1, "days": 0}}, "either.days is 0: it has to be 1 or more."),
        ({"level": "hihg"}, "level is 'hihg'. Did you mean 'high'?"),
        ({"level": []}, "level is not a single value."),
        ({"optional": 3}, "optional is 3: a table is needed: lines of key = value."),
    ],
)
def test_a_key_is_named_as_it_was_written_without_the_types_that_were_tried(content: object, said: str) -> None:
    assert said in told(content).what


def test_what_the_parts_of_a_file_do_not_agree_on_has_no_key() -> None:
    assert told({"level": "high"}).what == "study 'mine': level = 'high' needs a table [optional]."


def test_the_caller_says_what_the_file_is_and_where_its_keys_are_told() -> None:
    error = told({"parts": [{}]}, what="transfer", todo="see the page")
    assert (error.what, error.todo) == ("transfer 'mine': parts[1].power_mw is missing.", "see the page")


def test_below_what_takes_any_value_nothing_is_known() -> None:
    found = locate(("figures", "x", "float", "deeper", 3), Whole)
    assert (found.written, found.tried, found.keys) == (("figures", "x", "deeper", 3), 2, [])

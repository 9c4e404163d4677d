"""Errors keep what they say across processes, and carry the exit code of their kind."""

from __future__ import annotations

import copy
import pickle

import pytest

from pilotzone.core import (
    DataError,
    InfeasibleError,
    MethodError,
    PilotZoneError,
    StudyError,
    UsageError,
    did_you_mean,
    listing,
    unknown,
)

KINDS = {PilotZoneError: 1, UsageError: 2, StudyError: 2, DataError: 3, MethodError: 3, InfeasibleError: 3}


@pytest.mark.parametrize(("kind", "code"), KINDS.items())
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickling(kind: type[PilotZoneError], code: int, protocol: int) -> None:
    error = kind("What.", allowed="this", todo="that")
    for again in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error)):  # noqa: S301 - our own bytes
        assert type(again) is kind
        assert (again.what, again.allowed, again.todo, again.exit_code) == ("What.", "this", "that", code)
        assert str(again) == "What.\n  Allowed: this\n  To do: that"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_conflicts_survives_pickling(protocol: int) -> None:
    error = InfeasibleError("What.", todo="that", conflict=["capacity", "copies of x"])
    for again in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error)):  # noqa: S301 - our own bytes
        assert type(again) is InfeasibleError
        assert (str(again), again.conflict) == ("What.\n  To do: that", ("capacity", "copies of x"))


def test_what_is_not_given_has_no_line() -> None:
    assert str(DataError("What.")) == "What."
    assert str(DataError("What.", todo="that")) == "What.\n  To do: that"


@pytest.mark.parametrize(
    ("name", "options", "hint"),
    [
        (" GDP ", ["gdp", "co2"], " Did you mean 'gdp'?"),
        ("abcd", ["abce", "abcf", "abcg"], " Did you mean 'abcg' or 'abcf'?"),
        ("x", [], ""),
        ("", ["gdp"], ""),
    ],
)
def test_hints(name: str, options: list[str], hint: str) -> None:
    assert did_you_mean(name, options) == hint


def test_a_name_that_is_not_known_is_told_in_one_way() -> None:
    error = unknown("outcome", "gpd", ["gdp", "co2"], error=UsageError)
    assert type(error) is UsageError
    assert (error.what, error.allowed, error.todo) == (
        "there is no outcome 'gpd'. Did you mean 'gdp'?",
        "gdp, co2",
        None,
    )
    other = unknown("column", "zzz", (), of="the panel", error=DataError, todo="look")
    assert type(other) is DataError
    assert (other.what, other.allowed, other.todo) == ("the panel has no column 'zzz'.", "there is none", "look")


def test_a_sentence_or_a_hint_of_the_callers_own_takes_the_place_of_the_usual_one() -> None:
    for hint, said in ((None, " Did you mean 'gdp'?"), ("", ""), (" Try 'x'.", " Try 'x'.")):
        error = unknown("key", "gpd", ["gdp"], told="gpd is not a key here", hint=hint, error=StudyError)
        assert error.what == f"gpd is not a key here.{said}"


def test_a_name_that_is_not_known_may_be_no_text_and_long_names_are_cut() -> None:
    assert unknown("key", 1, ["1"], error=StudyError).what == "there is no key 1."
    error = unknown("key", "a" * 10**6, ["b" * 10**6, *map(str, range(50))], error=StudyError)
    assert len(error.what) < 120
    assert str(error.allowed).endswith("38 and 11 more")
    assert len(str(error.allowed)) < 300


def test_listing_counts_what_it_leaves_out() -> None:
    assert [listing(range(k), most=2) for k in range(4)] == ["", "0", "0, 1", "0, 1 and 1 more"]


def test_what_a_user_wrote_takes_no_more_room_than_it_needs() -> None:
    error = PilotZoneError(f"unit '{'a' * 1_000_000}z' is not known.", allowed=", ".join("b" * 9 for _ in range(9_000)))
    assert error.what.startswith("unit 'aaa")
    assert error.what.endswith("aaz' is not known.")
    assert len(error.what) < 300
    assert error.allowed is not None
    assert len(error.allowed) <= 1_500
    assert PilotZoneError("x" * 200).what == "x" * 200

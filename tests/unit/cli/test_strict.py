"""No word of a command line is dropped in silence, and other programs' words are answered with ours."""

from __future__ import annotations

import pytest
from tests.unit.cli.command import call

PANEL = ("evaluate", "there-is-none.csv", "--unit", "u", "--time", "t", "--cohort", "c", "--outcome", "y")


@pytest.mark.parametrize("option", ["--cluster", "--weight", "--unit", "--seed", "--conley", "--out"])
def test_an_option_of_one_value_given_twice(option: str) -> None:
    said = call(*PANEL, option, "1", option, "2")
    assert said.code == 2
    assert f"{option} is given {3 if option == '--unit' else 2} times." in said.err


def test_also_of_other_commands() -> None:
    assert "--out is given 2 times" in call("run", "guizhou", "--out", "a", "-o", "b").err
    assert "--day is given 2 times" in call("place", "homecoming", "--day", "2024-01-01", "--day=2025-01-01").err


def test_options_of_several_values_and_flags_may_come_again() -> None:
    said = call(*PANEL, "--outcome", "z", "--covariate", "a", "--covariate", "b", "-q", "-q")
    assert said.code == 3
    assert "there-is-none.csv" in said.err


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("--idname", "--unit"),
        ("--tname=year", "--time"),
        ("--gname", "--cohort"),
        ("--gvar", "--cohort"),
        ("--yname", "--outcome"),
        ("--clustervars", "--cluster"),
        ("--control_group", "--controls"),
        ("--xformla", "--covariate"),
        ("--ivar", "--unit"),
        ("--agg", "--summary"),
        ("--notyet", "--controls not_yet_treated"),
    ],
)
def test_names_that_other_programs_have(theirs: str, ours: str) -> None:
    said = call("evaluate", "panel.csv", theirs, "x")
    assert said.code == 2
    assert f"{theirs.partition('=')[0]} is not an option of 'evaluate'." in said.err
    assert f"use {ours}, which" in said.err


def test_a_hint_only_where_the_command_has_the_option() -> None:
    assert "No such option: --gname" in call("run", "guizhou", "--gname", "x").err


def test_only_estimators_that_can_be_asked_for_are_listed() -> None:
    said = call(*PANEL, "--estimator", "twfe")
    assert said.code == 2
    assert "Allowed: 'callaway_santanna', 'sun_abraham' or 'imputation'\n" in said.err


@pytest.mark.parametrize(
    ("option", "theirs", "ours"),
    [
        ("--estimator", "csdid", "callaway_santanna"),
        ("--estimator", "did2s", "imputation"),
        ("--estimator", "sunab", "sun_abraham"),
        ("--summary", "event", "dynamic"),
        ("--controls", "notyettreated", "not_yet_treated"),
        ("--base", "univarsal", "universal"),
        ("--base", "long2", "universal"),
        ("--adjustment", "drimp", "dr"),
    ],
)
def test_choices_that_other_programs_have(option: str, theirs: str, ours: str) -> None:
    """Before the panel is looked for: reading it may take long."""
    said = call(*PANEL, option, theirs)
    assert said.code == 2
    assert f"'{theirs}'" in said.err
    assert f"'{ours}'" in said.err.partition("Allowed")[0]

"""The rules over several outcomes reach the verdict of an evaluation from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.cli.command import call

import pilotzone as pz

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = (
    "jobs,role=development,good=up,scale=level,margin=0.2",
    "wages,role=development,good=up,scale=level,margin=0.2",
    "dust,role=environment,good=down,scale=level,margin=0.2",
)
COLUMNS = ("--unit", "town", "--time", "year", "--cohort", "from")


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty invented towns, twenty of them zones from 2015 on: jobs rise, wages and dust do not move."""
    rng = np.random.default_rng(4)
    rows = [
        (f"town {town:02}", year, 2015 if town < 20 else np.nan, *noise, noise[0] + (town < 20 and year >= 2015))
        for town in range(60)
        for year in range(2009, 2019)
        for noise in [rng.normal(0, 0.1, 3)]
    ]
    path = tmp_path_factory.mktemp("towns") / "towns.csv"
    pd.DataFrame(rows, columns=["town", "year", "from", "noise", "wages", "dust", "jobs"]).to_csv(path, index=False)
    return path


def evaluated(panel: Path, *options: str) -> dict[str, object]:
    said = call("evaluate", panel, *COLUMNS, *(x for item in OUTCOMES for x in ("--outcome", item)), *options, "--json")
    assert said.code == 0, said.err
    found: dict[str, object] = json.loads(said.out)["verdict"]
    return found


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ((), {}),
        (("--development", "any"), {"development": "any"}),
        (("--familywise", "holm"), {"familywise": "holm"}),
        (("--allowance", "1.5"), {"allowance": 1.5}),
    ],
)
def test_what_is_said_on_the_command_line_is_what_is_judged(
    panel: Path, options: tuple[str, ...], rules: dict[str, Any]
) -> None:
    found = pz.evaluate(panel, unit="town", time="year", cohort="from", outcomes=OUTCOMES)
    verdict = pz.judge(found, **rules).to_dict()
    told = evaluated(panel, *options)
    assert told == json.loads(json.dumps(verdict))
    assert told["label"] == ("green growth" if "any" in options else "harm excluded, growth not shown")


@pytest.mark.parametrize(("option", "value"), [("--development", "most"), ("--familywise", "sidak")])
def test_an_unknown_rule_is_refused_before_the_panel_is_read(panel: Path, option: str, value: str) -> None:
    said = call("evaluate", panel.with_name("absent.csv"), *COLUMNS, "--outcome", OUTCOMES[0], option, value)
    assert said.code == 2
    assert f"{option.removeprefix('--')} is '{value}'" in said.err

"""What stands about donors: caveats and breaks that reach a verdict by way of them alone, each with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from tests.unit.study.guizhou import guizhou

from pilotzone.study import load
from pilotzone.study.front import run_study
from pilotzone.study.zone.mapped import BY_CHOICE, LEFT_OUT, map_units
from pilotzone.study.zone.terminal import verdict_lines

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.study.zone.findings import Findings

PROVINCES = """\
format = 1
title = "An invented zone in Gansu"
question = "Which caveats on donors limit the verdict?"
[zone]
unit = "CN-GS"
start = 2012
[data]
source = "bundled"
series = ["co2_t", "population"]
[derive]
log_pop = "log(population)"
log_co2 = "log(co2_t)"
[[outcomes]]
name = "log_pop"
role = "development"
good = "up"
scale = "log"
margin = 5
[[outcomes]]
name = "log_co2"
label = "CO2"
role = "environment"
good = "down"
scale = "log"
margin = 10
[window]
verdict = [2012, 2015]
"""
BROKEN = "CO2 of Ningxia 2000-2002 and Hainan 2002 is broken"


def found_in(folder: Path, text: str) -> Findings:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return cast("Findings", run_study(load(path)).findings)


@pytest.mark.parametrize(
    ("tables", "donors"),
    [
        ("", "donors Hainan, Ningxia"),
        ('[donors]\nexclude = { CN-HI = "broken figure of 2002" }\n', "donor Ningxia"),
        ('[donors]\nexclude = { CN-HI = "broken", CN-NX = "broken" }\n', ""),
        ("[method]\npre_from = 2002\n", "donors Hainan, Ningxia"),
        ("[method]\npre_from = 2003\n", ""),
    ],
)
def test_a_caveat_on_donors_alone_is_a_limit_that_names_them(tmp_path: Path, tables: str, donors: str) -> None:
    found = found_in(tmp_path, PROVINCES + tables)
    told = [limit for limit in found.limits if limit.brief.startswith(BROKEN)]
    assert [limit.brief for limit in told] == ([f"{BROKEN} ({donors})"] if donors else [])
    assert all(limit.text.endswith(f"It concerns the {donors}.") for limit in told)
    # It goes with the verdict wherever that goes.
    assert [text for text in found.verdict.limits if "Ningxia in 2000-2002" in text] == [item.text for item in told]
    printed = " ".join(" ".join(line.text for line in verdict_lines(found, 80)).split())
    assert (f"{BROKEN} ({donors})" in printed) == bool(donors)


def test_a_caveat_on_the_zone_itself_is_told_once(tmp_path: Path) -> None:
    found = found_in(tmp_path, PROVINCES.replace("CN-GS", "CN-NX"))
    assert [limit.brief for limit in found.limits if "Ningxia" in limit.text] == [BROKEN]


def test_guizhou_has_no_limit_by_way_of_donors() -> None:
    found = cast("Findings", guizhou().findings)
    assert not [limit for limit in found.limits if "It concerns the donor" in limit.text]


def test_a_unit_that_the_study_leaves_out_is_not_called_unusable(tmp_path: Path) -> None:
    found = found_in(tmp_path, PROVINCES + '[donors]\npolicy_zones = "keep"\nexclude = { CN-NX = "broken figures" }\n')
    assert found.map is not None
    kinds = {item.unit: item for item in map_units(found.panel, found.effects, found.effects.fits[0], found.map)}
    assert kinds["CN-NX"].kind is BY_CHOICE
    assert kinds["CN-NX"].about == "broken figures"
    assert BY_CHOICE.words.endswith("left out by the study")
    # Tibet has no CO2: that is not a choice.
    assert kinds["CN-XZ"].kind is LEFT_OUT

"""Study files with groups, ranked units and negative controls: what is checked, estimated, recorded and shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from pilotzone.core import StudyError
from pilotzone.gather import load_evidence
from pilotzone.judgement import one_sided_p
from pilotzone.report import p_text
from pilotzone.study import compare_runs, load, run, run_study, verify
from pilotzone.study.zone.curve import summary
from pilotzone.study.zone.material import excluded_units, load_panel
from pilotzone.study.zone.terminal import verdict_lines

if TYPE_CHECKING:
    from pilotzone.study.zone.file import ZoneStudy
    from pilotzone.study.zone.findings import Findings

NAMES = [f"{group}{k}" for group in "abcdefg" for k in range(4)]
CAPITALS = [name for name in NAMES if name.endswith("0")]
TEXT = """\
format = 1
title = "Towns"
question = "Did the town grow?"
[zone]
unit = "a0"
start = 2012
[data]
source = "file"
file = "towns.csv"
unit = "town"
period = "year"
units = { y = "1" }
[groups]
donors = "exclude"
others = { rest = "y" }
[groups.of]
GROUPS
[[outcomes]]
name = "y"
role = "development"
good = "up"
scale = "level"
margin = 1
[window]
verdict = [2012, 2015]
[method]
ranked_among = CAPITALS
[claim]
alpha = 0.2
[[alternatives]]
name = "all"
label = "Among all"
ranked_among = []
[[negative_controls]]
name = "early"
label = "Dated from 2008"
why = "Nothing was there."
start = 2008
window = [2008, 2011]
[[negative_controls]]
name = "rest"
label = "Other towns"
why = "They were not reached."
outcome = "rest"
scale = "level"
"""


def text_of(**changes: str) -> str:
    groups = "\n".join(f'{name} = "{name[0]}"' for name in NAMES)
    text = TEXT.replace("GROUPS", groups).replace("CAPITALS", str(CAPITALS[1:]).replace("'", '"'))
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def written(folder: Path, text: str, effect: float = 0.0) -> ZoneStudy:
    rng = np.random.default_rng(3)
    common = rng.normal(0, 1, (7, 16)).cumsum(axis=1).repeat(4, axis=0)
    paths = common + rng.normal(0, 1, (28, 16)).cumsum(axis=1)
    paths[0, 12:] += effect
    rows = [f"{name},{2000 + k},{paths[i, k]}" for i, name in enumerate(NAMES) for k in range(16)]
    (folder / "towns.csv").write_text("\n".join(["town,year,y", *rows]), encoding="utf-8")
    path = folder / "towns.toml"
    path.write_text(text, encoding="utf-8")
    return cast("ZoneStudy", load(path))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    study = written(tmp_path_factory.mktemp("towns"), text_of(), effect=30.0)
    return cast("Findings", run_study(study).findings)


def test_the_rank_is_among_the_declared_units(found: Findings) -> None:
    draws = found.main.joint.draws
    assert list(draws.units) == CAPITALS
    assert {item.unit for item in found.effects.donors if item.admitted} == {n for n in NAMES if n[0] != "a"}
    assert found.verdict.tests[0].p_improved == one_sided_p(draws, 0, "excess_gap", 1) == 1 / 7
    assert list(found.alternatives[0].joint.draws.units) == NAMES
    assert found.alternatives[0].effects.joint.estimate == pytest.approx(found.effects.joint.estimate)


def test_an_alternative_leaves_out_donors_as_the_main_design_would(found: Findings, tmp_path: Path) -> None:
    weights = found.effects.fits[0].donor_weights()
    heaviest = sorted((unit for unit in weights if unit not in CAPITALS), key=lambda unit: -weights[unit])[:2]
    out = "{ " + ", ".join(f'{unit} = "near"' for unit in heaviest) + " }"
    other = written(tmp_path, text_of(**{"ranked_among = []": f"exclude = {out}"}), effect=30.0)
    varied = cast("Findings", run_study(other).findings)
    main = written(tmp_path, text_of(**{"[method]": f"[donors]\nexclude = {out}\n[method]"}), effect=30.0)
    same = cast("Findings", run_study(main).findings)
    design = varied.alternatives[0]
    assert design.joint.estimate == pytest.approx(same.main.joint.estimate, abs=1e-12)
    assert design.verdict.p_claim == same.verdict.p_claim
    assert {item.unit: item.reason for item in design.donors} == {item.unit: item.reason for item in same.main.donors}
    assert varied.main.joint.estimate == pytest.approx(found.main.joint.estimate, abs=1e-12)
    assert varied.main.joint.estimate != pytest.approx(same.main.joint.estimate, abs=1e-3)


def test_negative_controls_are_found_by_the_same_design(found: Findings) -> None:
    early, rest = found.controls
    assert (early.kind, rest.kind) == ("date", "outcome")
    assert early.effects.design.start == 2008
    assert early.effects.fits[0].periods[-1] == 2015
    assert [
        k
        for k, phase in zip(early.effects.fits[0].periods, early.effects.fits[0].phases, strict=True)
        if phase == "window"
    ] == [2008, 2009, 2010, 2011]
    assert list(rest.effects.joint.draws.units) == CAPITALS
    ((_, _, good, bad),) = rest.tests()
    assert good == one_sided_p(rest.effects.joint.draws, 0, "excess_gap", 1)
    assert rest.found(good, bad) == (min(good, bad) <= 0.2)


def test_negative_controls_stand_on_the_terminal(found: Findings) -> None:
    lines = [line.text for line in verdict_lines(found, 120)]
    text = " ".join(" ".join(lines).split())
    early, rest = (item.tests()[0] for item in found.controls)
    assert f"Negative control, Dated from 2008: y {early[1]:+.3g}".replace("-", "\u2212") in text.replace("-", "\u2212")
    assert f"Negative control, Other towns: {rest[1]:+.3g}".replace("-", "\u2212") in text.replace("-", "\u2212")
    assert f"(p better {p_text(rest[2])}, worse {p_text(rest[3])})" in text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("donors_out = 1\nanticipation = [0]\nlast = [2015]", "donors left out one at a time, each by"),
        ("donors_out = 0\nanticipation = [0, 1]\nlast = [2015]", "other windows and anticipations, each by"),
        (
            "donors_out = 1\nanticipation = [0, 1]",
            "donors left out one at a time, other windows and anticipations",
        ),
    ],
)
def test_the_curve_says_what_was_varied(asked: str, told: str, tmp_path: Path) -> None:
    text = text_of().split("[[alternatives]]")[0] + f"[sensitivity]\n{asked}\n"
    found = cast("Findings", run_study(written(tmp_path, text)).findings)
    assert found.curve is not None
    assert f": {told}" in summary(found.curve)


def test_what_is_recorded_verified_and_compared(tmp_path: Path) -> None:
    written(tmp_path, text_of(), effect=30.0)
    folder, other = tmp_path / "run", tmp_path / "other"
    run(tmp_path / "towns.toml", out=folder)
    record = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert record["zone"]["ranked_among"] == CAPITALS
    assert record["zone"]["not_donors"]["a1"] == "of the zone's own group (a)"
    assert [item["name"] for item in record["negative_controls"]] == ["early", "rest"]
    assert {"p_good", "p_bad", "units", "found"} <= set(record["negative_controls"][0])
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Negative controls" in page
    assert "7 units, the zone included" in page
    assert verify(folder).state == "same"
    written(tmp_path, text_of(**{'"b0", ': ""}), effect=30.0)
    run(tmp_path / "towns.toml", out=other)
    told = compare_runs(folder, other).to_table().records()
    assert any("b0" in str(row) and "ranked" in str(row) for row in told)


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "unknown ranked": ({'"b0"': '"z9"'}, "ranked_among names 'z9'"),
    "ranked twice": ({'"b0"': '"c0"'}, "stands there twice"),
    "ranked, but left out": ({"[method]": '[donors]\nexclude = { b0 = "x" }\n[method]'}, r"\[donors\] leaves out"),
    "ranked, but left out of an alternative": (
        {"ranked_among = []": 'exclude = { b0 = "x" }'},
        r"names 'b0', which exclude of alternatives\[1\] \(all\) leaves out",
    ),
    "an alternative without nobody": (
        {"ranked_among = []": 'exclude = { z9 = "x" }'},
        "exclude of the alternative 'all'",
    ),
    "an alternative without the zone": ({"ranked_among = []": 'exclude = { a0 = "x" }'}, "which is a zone itself"),
    "both kinds of control": ({"start = 2008": 'outcome = "rest"\nstart = 2008'}, "both dates and an outcome"),
    "neither": ({'outcome = "rest"': ""}, "neither dates nor an outcome"),
    "no window": ({"window = [2008, 2011]": ""}, "has no window"),
    "a window in the zone": ({"[2008, 2011]": "[2008, 2012]"}, "all before the zone"),
    "a group of nobody": ({'a1 = "a"': 'z1 = "a"'}, "groups.of names 'z1'"),
    "others of nothing": ({'rest = "y"': 'rest = "x"'}, "groups.others: .*no series 'x'"),
    "several zones": (
        {"[data]\n": '[[zone.also]]\nunit = "b0"\nstart = 2013\nwindow = [2013, 2015]\n[data]\n'},
        "one zone",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_contradicts_is_refused(case: str, tmp_path: Path) -> None:
    changes, told = REFUSED[case]
    with pytest.raises(StudyError, match=told):
        run_study(written(tmp_path, text_of(**changes)))


def test_own_data_need_their_groups(tmp_path: Path) -> None:
    text = text_of()
    head, tail = text.split("[groups.of]")
    with pytest.raises(StudyError, match=r"groups\.of is missing"):
        run_study(written(tmp_path, head + "[[outcomes]]" + tail.split("[[outcomes]]")[1]))


def test_means_over_groups_are_units(tmp_path: Path) -> None:
    text = text_of(**{'donors = "exclude"\nothers = { rest = "y" }': 'units = "means"\nfewest = 4', '"a0"': '"a"'})
    text = text.replace("[method]\n" + text.split("[method]\n")[1].split("\n")[0] + "\n", "")
    text = text.split("[[alternatives]]")[0]
    found = cast("Findings", run_study(written(tmp_path, text)).findings)
    assert found.panel.units == tuple("abcdefg")
    assert list(found.main.joint.draws.units) == list("abcdefg")


def test_the_zones_own_province_stays_a_donor_of_others() -> None:
    path = Path(__file__).parents[3] / "src/pilotzone/study/zone/bundled/guiyang.toml"
    study = cast("ZoneStudy", load(path))
    panel = load_panel(study)
    out = excluded_units(study, panel)
    provinces = {zone.region for zone in load_evidence().zones} - {"CN-GZ"}
    cities = load_evidence().regions_of("cn-city")
    assert set(out) == {city.code for city in cities if city.parent in provinces}

"""What a panel study declares beside its claim is the study with one thing changed, and stands in record and report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.cli.command import call
from tests.unit.study.invented_evidence import GAIN, forget, put_in_place
from tests.unit.study.test_bundled_panels import LATER, STUDY

from pilotzone.core import StudyError
from pilotzone.judgement import holm
from pilotzone.study import parse, run_study, verify
from pilotzone.study.panel.material import panel_material
from pilotzone.study.panel.varied_sheets import variant_sheets
from pilotzone.study.panel.varied_told import variant_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from pilotzone.study import Run
    from pilotzone.study.panel.varied import Variant

BESIDE = """
[[secondary]]
name = "log_intensity"
label = "intensity"
margin = "5%"
why_margin = "Invented."
periods = [2006, 2018]

[[secondary]]
name = "log_raw_smoke"
good = "down"

[[secondary]]
name = "log_raw_output"
mechanism = true

[[alternatives]]
name = "same_year"
label = "no zone of the second batch"
why = "They came later."
drop = { SECOND }

[[alternatives]]
name = "ahead"
anticipation = 1
periods = [2007, 2018]
swap = { log_smoke = "log_raw_smoke" }

[[alternatives]]
name = "weighted"
weight = "invented_people"

[[placebo_outcomes]]
name = "log_intensity"
label = "intensity"
why = "Zones move nobody."

[[placebo_dates]]
earlier = 4
why = "Nothing happened then."
""".replace("SECOND", ", ".join(f'"{region}" = "second batch"' for region in LATER[1:]))
DERIVED = """[derive]
log_intensity = "log(invented_smoke_t / invented_output_t)"
log_raw_smoke = "log(invented_smoke_t)"
log_raw_output = "log(invented_output_t)"
"""
WHOLE = f"{STUDY}{BESIDE}".replace("[derive]\n", DERIVED)


@pytest.fixture(scope="module", autouse=True)
def _evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        put_in_place(tmp_path_factory.mktemp("evidence") / "bundled", patch)
        yield
    forget()


@pytest.fixture(scope="module")
def done() -> Run[Any]:
    return run_study(parse(WHOLE, "zones"))


def variants(done: Run[Any]) -> dict[tuple[str, str], Variant]:
    return {(item.family, item.name): item for item in done.findings.variants}


def test_each_is_the_study_with_one_thing_changed(done: Run[Any]) -> None:
    found = variants(done)
    assert list(found) == [
        ("secondary", "log_intensity"), ("secondary", "log_raw_smoke"), ("mechanism", "log_raw_output"),
        ("alternative", "same_year"), ("alternative", "ahead"), ("alternative", "weighted"),
        ("placebo outcome", "log_intensity"), ("placebo date", "earlier_4"),
    ]  # fmt: skip
    assert not any(item.failure for item in found.values())
    main = {row.outcome.name: row.estimate for row in done.effects.overall}
    less = run_study(parse(WHOLE.partition("[[secondary]]")[0].replace(
        '"CN-XZ" = "few figures"',
        ", ".join(['"CN-XZ" = "few figures"', *(f'"{region}" = "second batch"' for region in LATER[1:])]),
    ), "less"))  # fmt: skip
    same = found["alternative", "same_year"].effects
    assert [each.estimate for each in same] == [row.estimate for row in less.effects.overall]
    assert [each.estimate for each in same] != list(main.values())
    assert (same[0].treated_units, same[0].window) == (2, (2016, 2019))
    ahead = found["alternative", "ahead"]
    assert [each.outcome.name for each in ahead.effects] == ["log_output", "log_raw_smoke"]
    assert ahead.effects[0].window == (2016, 2018)
    weighted = found["alternative", "weighted"].effects[0]
    assert weighted.test == "influence"
    (again, _) = run_study(parse(STUDY.replace("[panel]", '[panel]\nweight = "invented_people"', 1), "w")).verdict.tests
    assert (weighted.p_gain, weighted.p_harm_excluded) == (again.p_improved, again.p_harm_excluded)
    assert 0 < again.p_improved < 0.05


def test_tests_beside_the_claim(done: Run[Any]) -> None:
    found = variants(done)
    intensity, smoke = (found["secondary", name].effects[0] for name in ("log_intensity", "log_raw_smoke"))
    assert intensity.p is not None
    assert smoke.p is not None
    assert [intensity.p_holm, smoke.p_holm] == holm(np.array([intensity.p, smoke.p])).tolist()
    assert intensity.p_harm_excluded is not None
    assert intensity.p_harm_excluded_holm == intensity.p_harm_excluded  # the only one with a margin
    assert (smoke.p_harm_excluded, smoke.p_harm_excluded_holm) == (None, None)
    raw = found["mechanism", "log_raw_output"].effects[0]
    assert raw.p_holm is None
    assert raw.estimate == pytest.approx(GAIN, abs=0.01)


def test_margins_are_adjusted_for_their_number() -> None:
    text = WHOLE.replace(
        'name = "log_raw_smoke"\ngood = "down"', 'name = "log_raw_smoke"\ngood = "down"\nmargin = "7%"'
    )
    run = run_study(parse(text, "zones"))
    found = variants(run)
    pair = [found["secondary", name].effects[0] for name in ("log_intensity", "log_raw_smoke")]
    raw = [each.p_harm_excluded for each in pair if each.p_harm_excluded is not None]
    adjusted = [each.p_harm_excluded_holm for each in pair]
    assert adjusted == holm(np.array(raw)).tolist()
    assert adjusted != raw
    rows = {row["name"]: row for row in run.record()["beside_the_claim"] if row["family"] == "secondary"}
    assert [rows[name]["p_harm_excluded_holm"] for name in ("log_intensity", "log_raw_smoke")] == adjusted
    words = " ".join(variant_words(run.findings))
    assert "Of 2 with a margin, adjusted likewise, harm beyond it is excluded on" in words
    (sheet,) = (item for item in variant_sheets(run.findings)["secondary"] if item.id == "secondary")
    assert [column.head for column in sheet.columns][5:9] == [
        "p, no effect", "p after Holm", "Margin", "p, harm excluded"
    ]  # fmt: skip


def test_designs_that_fail_are_counted_with_why(done: Run[Any]) -> None:
    words = variant_words(done.findings)
    assert any("3 of 3 other designs, one change at a time, give" in text for text in words)
    assert not any("could not be estimated" in text for text in words)
    variants_now = [
        replace(item, effects=(), headline="", answer=None, failure="no region is treated.")
        if item.name == "ahead"
        else item
        for item in done.findings.variants
    ]
    words = variant_words(replace(done.findings, variants=tuple(variants_now)))
    assert any("2 of 2 other designs, one change at a time, give" in text for text in words)
    assert "1 more could not be estimated: ahead (no region is treated)." in words


def test_each_design_names_its_test(done: Run[Any]) -> None:
    (sheet, _) = variant_sheets(done.findings)["alternatives"]
    at = [column.head for column in sheet.columns].index("Test")
    told = {row[0].text: row[at].text for row in sheet.rows}
    assert told["weighted"] == "t, standard error"
    assert set(told.values()) <= {
        "t, standard error", "randomisation, by the effect", "randomisation, by the effect over its standard error"
    }  # fmt: skip


def test_a_placebo_date_ends_before_anything_happened(done: Run[Any]) -> None:
    material = panel_material(parse(WHOLE, "zones").spec, earlier=4)
    assert material.panel.periods == tuple(range(2006, 2016))
    assert material.treatment.cohorts == {"CN-GZ": 2012} | dict.fromkeys(LATER, 2013)
    dated = variants(done)["placebo date", "earlier_4"].effects[0]
    assert dated.window == (2012, 2015)
    assert abs(dated.estimate) < GAIN / 10


def test_each_treated_region_is_left_out_in_turn() -> None:
    text = STUDY.replace("[panel]", "without_each = true\n\n[panel]", 1)
    found = run_study(parse(text, "zones")).findings.variants
    assert [(item.family, item.name) for item in found] == [
        ("one out", region) for region in sorted(["CN-GZ", *LATER])
    ]  # fmt: skip
    assert all(item.effects[0].treated_units == 7 for item in found)


def test_record_report_and_terminal_tell_it(tmp_path: Path) -> None:
    (tmp_path / "zones.toml").write_text(WHOLE, encoding="utf-8")
    shown = " ".join(call("run", str(tmp_path / "zones.toml"), "--out", str(tmp_path / "run")).out.split())
    record = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))
    rows = record["beside_the_claim"]
    assert len(rows) == 3 + 3 * 2 + 1 + 2
    assert {row["family"] for row in rows} == {
        "secondary",
        "mechanism",
        "alternative",
        "placebo outcome",
        "placebo date",
    }
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for words in (
        "Beside the claim", "Secondary outcomes", "p after Holm", "Negative controls", "over 4 designs",
        "Zones move nobody.",
        "8 regions are treated, 20 never",
        "no zone of the second batch", "designs declared beforehand",
    ):  # fmt: skip
        assert words in page
    assert "was frozen on" not in page
    audit = json.loads((tmp_path / "run" / "audit.json").read_text(encoding="utf-8"))
    assert "shapes/provinces.topo.json" in audit["inputs"]
    assert "Of 2 secondary outcomes, after Holm's adjustment" in shown
    assert "How strong: p = " in shown
    assert "placebo date: dated 4 years earlier, invented output per head" in shown
    assert verify(tmp_path / "run").state == "same"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('margin = "5%"\nwhy_margin = "Invented."', 'why_margin = "Invented."', "has why_margin, and no margin"),
        ('name = "ahead"', 'name = "same_year"', "alternatives: 'same_year' stands there twice"),
        ('name = "log_raw_output"', 'name = "log_raw_smoke"', "secondary: 'log_raw_smoke' stands there twice"),
        (
            'name = "log_raw_smoke"\ngood',
            'name = "log_row_smoke"\ngood',
            "secondary: 'log_row_smoke' is neither one of",
        ),
        ('weight = "invented_people"', 'weight = "persons"', "weight of 'weighted': 'persons' is neither"),
        ('swap = { log_smoke = "', 'swap = { log_smok = "', "swap of 'ahead' names 'log_smok'"),
        ('"log_raw_smoke" }', '"log_row" }', "swap of 'ahead': 'log_row' is neither"),
        ('weight = "invented_people"', "", "'weighted' does not change anything"),
        ("periods = [2006, 2018]", "periods = [2018, 2006]", "periods of 'log_intensity' are \\[2018, 2006\\]"),
        ('label = "intensity"\nwhy', 'drop = { "CN-QQ" = "x" }\nwhy', "drop of 'log_intensity' names 'CN-QQ'"),
        ("earlier = 4", "earlier = 0", "placebo_dates"),
        ('why = "Zones move', 'margin = "5%"\nwhy = "Zones move', "'log_intensity' has margin, which is not used"),
        ('why = "Zones move', 'why_margin = "So."\nwhy = "Zones move', "'log_intensity' has why_margin, which"),
    ],
)
def test_what_is_declared_is_checked_before_anything_is_read(old: str, new: str, words: str) -> None:
    assert WHOLE.count(old) == 1, old
    with pytest.raises(StudyError, match=words):
        parse(WHOLE.replace(old, new), "zones")


def test_panels_in_files_declare_nothing_beside_the_claim() -> None:
    text = (
        'format = 1\nwithout_each = true\n[panel]\nfile = "x.csv"\nunit = "u"\ntime = "t"\ncohort = "c"\n'
        '[[outcomes]]\nname = "y"\n'
    )
    with pytest.raises(StudyError, match=r"without_each goes with panel\.source"):
        parse(text, "own")


def test_what_cannot_be_estimated_says_why() -> None:
    text = STUDY + '\n[[placebo_dates]]\nearlier = 20\nwhy = "Before all figures."\n'
    (item,) = run_study(parse(text, "zones")).findings.variants
    assert not item.effects
    assert item.failure

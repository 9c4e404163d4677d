"""A study on the user's own figures, from a file to a verdict: what is known to be true of them comes out."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.unit.study.invented import STUDY, Figures, write_figures, write_study

from pilotzone.core import DataError, PilotZoneError, StudyError
from pilotzone.study import KINDS, load, parse, run
from pilotzone.study.zone.terminal import verdict_lines


def test_growth_that_is_there_is_found(tmp_path: Path) -> None:
    """The generator adds 0.3 to the logarithm of output and nothing to smoke: green growth, by about 35 percent."""
    done = run(write_study(tmp_path), out=tmp_path / "out")
    assert done.verdict.label == "green growth"
    output, smoke = done.verdict.tests
    assert output.estimate == pytest.approx(0.3, abs=0.03)
    assert smoke.estimate == pytest.approx(0.0, abs=0.03)
    assert done.verdict.p_claim == pytest.approx(1 / 24)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(KINDS["zone"].artefacts)


def test_growth_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    write_figures(tmp_path, Figures(gain=0.0))
    done = run(study)
    assert done.verdict.label == "harm excluded, growth not shown"
    assert done.verdict.tests[0].estimate == pytest.approx(0.0, abs=0.03)


def test_harm_that_is_there_is_found(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    frame = pd.read_csv(tmp_path / "figures.csv")
    after = (frame["place"] == "Place A") & (frame["year"] >= 2014)
    frame.loc[after, "smoke"] *= math.exp(0.4)
    frame.to_csv(tmp_path / "figures.csv", index=False)
    assert run(study).verdict.label == "growth at a cost"


def test_too_few_places_to_decide(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    write_figures(tmp_path, Figures(count=10))
    done = run(study)
    assert (done.verdict.label, done.verdict.grade) == ("cannot be decided", None)
    assert done.verdict.overturn == ("At a level of 0.05, 20 units would do, the zone counted.",)
    assert done.verdict.smallest_p == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("roles", "label"),
    [
        (("development", "inclusion"), "inclusive growth"),
        (("development", ""), "growth"),
        (("", "environment"), "harm excluded"),
        (("environment", "inclusion"), "harm excluded"),
    ],
)
def test_a_claim_has_the_roles_that_its_outcomes_have(roles: tuple[str, str], label: str, tmp_path: Path) -> None:
    """One outcome is enough, in any role; nothing that a claim lacks is printed, and all of it is plain data."""
    study = write_study(tmp_path)
    text = study.read_text(encoding="utf-8")
    head, *outcomes = re.split(r"(?=\[\[outcomes\]\])", text.partition("[window]")[0])
    kept = [
        re.sub('role = "[a-z]+"', f'role = "{role}"', part) for part, role in zip(outcomes, roles, strict=True) if role
    ]
    study.write_text(head + "".join(kept) + "[window]" + text.partition("[window]")[2], encoding="utf-8")
    done = run(study, out=tmp_path / "out", tables=["latex", "word"])
    assert done.verdict.label == label
    assert {test.outcome.role for test in done.verdict.tests} == set(roles) - {""}
    said = " ".join(line.text for line in verdict_lines(done.findings))
    assert not re.search(r"\bnan\b|not available", said, re.IGNORECASE)
    for file in sorted((tmp_path / "out").iterdir()):
        if file.suffix in {".json", ".tex", ".rtf"}:
            assert not re.search(r"\bnan\b", file.read_text(encoding="utf-8"), re.IGNORECASE), file.name


def as_parquet(folder: Path) -> str:
    pd.read_csv(folder / "figures.csv").to_parquet(folder / "figures.parquet")
    return "figures.parquet"


def as_shuffled(folder: Path) -> str:
    frame = pd.read_csv(folder / "figures.csv", dtype=str).sample(frac=1, random_state=1)
    frame[["smoke", "year", "people", "place", "output"]].to_csv(folder / "shuffled.csv", index=False)
    return "shuffled.csv"


def as_windows(folder: Path) -> str:
    text = (folder / "figures.csv").read_text(encoding="utf-8")
    (folder / "windows.csv").write_bytes(text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8-sig"))
    return "windows.csv"


def as_absolute(folder: Path) -> str:
    return str(folder / "figures.csv")


def as_chinese(folder: Path) -> str:
    (folder / "figures.csv").rename(folder / "数据.csv")
    return "数据.csv"


@pytest.mark.parametrize("form", [as_parquet, as_shuffled, as_windows, as_absolute, as_chinese])
def test_form_of_the_file_does_not_matter(tmp_path: Path, form: Callable[[Path], str]) -> None:
    study = write_study(tmp_path)
    expected = run(study).verdict.to_dict()
    file = form(tmp_path)
    study.write_text(study.read_text(encoding="utf-8").replace("figures.csv", file), encoding="utf-8")
    assert run(study).verdict.to_dict() == expected


def test_audit_has_the_file_and_no_evidence_of_ours(tmp_path: Path) -> None:
    run(write_study(tmp_path), out=tmp_path / "out")
    inputs = json.loads((tmp_path / "out" / "audit.json").read_bytes())["inputs"]
    digest = hashlib.sha256((tmp_path / "figures.csv").read_bytes()).hexdigest()
    assert inputs["data/figures.csv"] == digest
    assert not any(name.startswith("evidence/") for name in inputs)


def test_evidence_names_the_users_source(tmp_path: Path) -> None:
    run(write_study(tmp_path), out=tmp_path / "out")
    frame = pd.read_parquet(tmp_path / "out" / "evidence.parquet")
    assert frame["source"].str.contains("Synthetic figures, made by a generator").all()
    assert set(frame["series"]) == {"output", "people", "smoke", "log_output", "log_smoke"}


def test_nothing_of_china_is_said_of_it(tmp_path: Path) -> None:
    """Programmes, zones, caveats and the map belong to the bundled evidence, not to anybody's data."""
    done = run(write_study(tmp_path))
    found = done.findings
    assert (found.map, found.programmes, found.limits) == (None, (), ())
    assert "Guizhou" not in done.report()


# ----------------------------------------------------------------------------------------------- what fails


def test_file_that_is_not_there(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    (tmp_path / "figures.csv").unlink()
    with pytest.raises(DataError, match=r"figures\.csv"):
        run(study, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def window_missing(rows: list[list[str]]) -> None:
    rows[17][2] = ""  # output of the zone in 2016


def text_in_number(rows: list[list[str]]) -> None:
    rows[5][2] = "n/a"


def twice(rows: list[list[str]]) -> None:
    rows.append(rows[5])


def infinite(rows: list[list[str]]) -> None:
    rows[5][2] = "inf"


def negative(rows: list[list[str]]) -> None:
    rows[5][2] = "-3"


def date(rows: list[list[str]]) -> None:
    rows[5][1] = "2004-01-01"


def other_case(rows: list[list[str]]) -> None:
    rows[5][0] = "place a"


def no_column(rows: list[list[str]]) -> None:
    rows[0][2] = "outptu"


BAD = [
    (window_missing, "2016"),
    (text_in_number, "n/a"),
    (twice, "2004"),
    (infinite, "inf"),
    (negative, "2004"),
    (date, "2004-01-01"),
    (other_case, "place a"),
    (no_column, "outptu"),
]


@pytest.mark.parametrize(("damage", "names"), BAD, ids=[damage.__name__ for damage, _ in BAD])
def test_bad_figures(tmp_path: Path, damage: Callable[[list[list[str]]], None], names: str) -> None:
    """One clear error that names the place, and the former run stays."""
    study = write_study(tmp_path)
    run(study, out=tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    damage(rows)
    with (tmp_path / "figures.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(PilotZoneError) as caught:
        run(study, out=tmp_path / "out")
    assert caught.value.exit_code == 3
    assert names in str(caught.value)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_donor_with_a_gap_is_left_out_and_named(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    frame = pd.read_csv(tmp_path / "figures.csv")
    frame.loc[(frame["place"] == "Place C") & (frame["year"] == 2005), "smoke"] = None
    frame.to_csv(tmp_path / "figures.csv", index=False)
    donors = {item.unit: item for item in run(study).effects.donors}
    assert not donors["Place C"].admitted
    assert "2005" in donors["Place C"].reason
    assert sum(item.admitted for item in donors.values()) == 22


def test_gap_before_the_zone_is_left_out_and_said(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    frame = pd.read_csv(tmp_path / "figures.csv")
    frame.loc[(frame["place"] == "Place A") & (frame["year"] == 2004), "output"] = None
    frame.to_csv(tmp_path / "figures.csv", index=False)
    effects = run(study).effects
    assert any("2004" in note for note in effects.notes)
    assert 2004 not in effects.fit("log_output").periods
    assert 2004 in effects.fit("log_smoke").periods


def test_unit_of_measure_must_be_known(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    study.write_text(study.read_text(encoding="utf-8").replace('"1e6 CNY"', '"1e6 CYN"'), encoding="utf-8")
    with pytest.raises(DataError, match=r"'CYN' is not a known unit.* Did you mean 'CNY'"):
        run(study)


@pytest.mark.parametrize(
    ("says", "line"),
    [
        ("data.units is missing", 'output = "1e6 CNY"\npeople = "person"\nsmoke = "kt"\n'),
        ("data.unit and data.period are missing", 'unit = "place"\nperiod = "year"\n'),
    ],
)
def test_what_a_file_needs_to_be_read(says: str, line: str) -> None:
    text = STUDY.format(title="t", zone="Place A", smoke_label="s")
    assert line in text
    with pytest.raises(StudyError, match=says):
        parse(text.replace(line, ""), "mine")


def test_unit_of_the_figures_does_not_matter(tmp_path: Path) -> None:
    """Output in thousands instead of millions: another unit, other numbers, the same effects."""
    study = write_study(tmp_path)
    expected = run(study)
    frame = pd.read_csv(tmp_path / "figures.csv")
    frame["output"] *= 1000
    frame.to_csv(tmp_path / "figures.csv", index=False)
    study.write_text(study.read_text(encoding="utf-8").replace("1e6 CNY", "1e3 CNY"), encoding="utf-8")
    again = run(study)
    for one, other in zip(expected.verdict.tests, again.verdict.tests, strict=True):
        assert other.estimate == pytest.approx(one.estimate, abs=1e-9)
        assert (other.p_improved, other.p_harm_excluded, other.identification) == (
            one.p_improved,
            one.p_harm_excluded,
            one.identification,
        )


def test_study_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of the data starts from the study file, not from where one happens to be."""
    study = write_study(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load("../invented.toml").folder == tmp_path
    assert run(f"../{study.name}").verdict.label == "green growth"


@pytest.mark.parametrize("bad", [0.0, -5.0])
def test_a_unit_that_is_ruled_out_takes_no_part_in_anything(tmp_path: Path, bad: float) -> None:
    """Its figures may be such that no logarithm can be taken: the study is as it would be without the unit."""
    study = write_study(tmp_path)
    write_figures(tmp_path, Figures(count=10))
    frame = pd.read_csv(tmp_path / "figures.csv")
    rows = frame["place"] == "Place C"
    frame[~rows].to_csv(tmp_path / "figures.csv", index=False)
    without = run(study).verdict
    frame.loc[rows, ["output", "smoke"]] = bad
    frame.to_csv(tmp_path / "figures.csv", index=False)
    with pytest.raises(DataError, match="Place C"):
        run(study)
    with study.open("a", encoding="utf-8") as file:
        file.write('\n[donors]\nexclude = { "Place C" = "figures of another country" }\n')
    found = run(study).verdict
    assert found.label == without.label
    assert found.p_claim == without.p_claim
    assert [test.estimate for test in found.tests] == [test.estimate for test in without.tests]


def test_a_unit_that_one_design_uses_is_refused(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    frame = pd.read_csv(tmp_path / "figures.csv")
    frame.loc[frame["place"] == "Place B", "smoke"] = 0.0
    frame.to_csv(tmp_path / "figures.csv", index=False)
    with study.open("a", encoding="utf-8") as file:
        file.write('\n[donors]\nexclude = { "Place C" = "another" }\n')
    with pytest.raises(DataError, match=r"logarithm of a value that is not positive: Place B"):
        run(study)

"""Studies on quarters, months and weeks: the numbers of the same study on years, in the words of their periods."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.unit.study.invented import PERIODS, STUDY, write_figures, write_study

from pilotzone.core import Period, PilotZoneError, StudyError
from pilotzone.evaluation.few import FewEffects, synthetic_control
from pilotzone.study import load, run, verify

FIRST = {"quarter": "2012Q3", "month": "2014-11", "week": "2020-W45", "day": "2016-02-20"}


def spelled(frequency: str, year: int) -> str:
    """Return the period that stands in place of a year of the invented study."""
    return str(Period(FIRST[frequency]) + (year - PERIODS[0]))


def write_spelled(folder: Path, frequency: str, study: str = STUDY) -> Path:
    """Write the invented study with other periods in place of its years."""
    folder.mkdir(parents=True, exist_ok=True)
    path = write_figures(folder)
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([head, *((row[0], spelled(frequency, int(row[1])), *row[2:]) for row in rows)])
    given = study.format(title="Synthetic test data", zone="Place A", smoke_label="Smoke")
    text = re.sub(r"(?<![\d.e])20[01]\d(?!\d)", lambda found: f'"{spelled(frequency, int(found[0]))}"', given)
    (folder / "spelled.toml").write_text(text, encoding="utf-8")
    return folder / "spelled.toml"


@pytest.fixture(scope="module")
def yearly(tmp_path_factory: pytest.TempPathFactory) -> FewEffects:
    found: FewEffects = run(write_study(tmp_path_factory.mktemp("yearly"))).effects
    return found


@pytest.mark.parametrize("frequency", ["quarter", "month", "week"])
def test_other_periods_give_the_numbers_of_years_and_their_own_words(
    tmp_path: Path, frequency: str, yearly: FewEffects
) -> None:
    done = run(write_spelled(tmp_path, frequency), out=tmp_path / "out")
    assert done.effects.joint.estimate.tolist() == yearly.joint.estimate.tolist()
    for fit, other in zip(done.effects.fits, yearly.fits, strict=True):
        assert fit.actual.tolist() == other.actual.tolist()
        assert fit.synthetic.tolist() == other.synthetic.tolist()
    start, last = spelled(frequency, 2014), spelled(frequency, 2019)
    frame = done.effects.to_frame()
    assert start in set(frame["period"])
    verdict = (tmp_path / "out" / "verdict.json").read_text(encoding="utf-8")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert audit["study"]["settings"]["zone"]["start"] == start
    assert audit["study"]["settings"]["window"]["verdict"] == [start, last]
    # Labels with hyphens have a word between them.
    assert (f"{start} to {last}" if "-" in start else f"{start}\u2013{last}") in report
    assert ("-" in start) != (f"{start}\u2013{last}" in report)
    number = str(int(Period(start)))
    assert re.search(rf"\b{number}\b", verdict) is None
    # On the page the numbers are where charts have their points, and in the labels of their axes.
    drawn = re.sub(r"<script.*?</script>", "", report, flags=re.DOTALL)
    assert re.search(rf"\b{number}\b", drawn) is None
    assert "labelExpr" in report
    effects = pd.read_parquet(tmp_path / "out" / "effects.parquet")
    assert start in set(effects["period"])


def test_dates_of_months_are_months(tmp_path: Path, yearly: FewEffects) -> None:
    """First days of months in the table, and a date of TOML within the month in the file."""
    study = write_spelled(tmp_path, "month")
    frame = pd.read_csv(tmp_path / "figures.csv")
    frame.assign(year=frame["year"] + "-01").to_csv(tmp_path / "figures.csv", index=False)
    text = study.read_text(encoding="utf-8")
    start, last = spelled("month", 2014), spelled("month", 2019)
    text = text.replace(f'start = "{start}"', f"start = {start}-17")
    text = text.replace(f'["{start}", "{last}"]', f"[{start}-17, {last}-28]")
    study.write_text(text, encoding="utf-8")
    done = run(study)
    assert done.effects.joint.estimate.tolist() == yearly.joint.estimate.tolist()
    assert str(done.effects.design.start) == start


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('start = "2013Q1"', "zone.start is 2013Q1, a quarter"),
        ("start = 2014", "they are periods of different kinds"),
        ('start = "March 2016"', "a period is needed"),
        ("start = 2016-03", "in quotes"),
        ("start = true", "a whole number is needed"),
        ('start = "2016"', "without quotes"),
    ],
)
def test_periods_that_do_not_go_with_the_file_or_the_data(tmp_path: Path, given: str, says: str) -> None:
    study = write_spelled(tmp_path, "month")
    text = study.read_text(encoding="utf-8")
    text = text.replace(f'start = "{spelled("month", 2014)}"', given)
    if "2013Q1" in given:
        text = re.sub(r"verdict = \[.*\]", 'verdict = ["2013Q1", "2014Q1"]', text)
    study.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        run(study)
    assert says in str(caught.value)


def test_a_study_of_months_reads_back_from_its_settings(tmp_path: Path) -> None:
    spec = load(write_spelled(tmp_path, "month")).spec
    assert type(spec).model_validate(spec.model_dump(mode="json")) == spec
    assert str(spec.zone.start) == spelled("month", 2014)


def test_gaps_between_years_are_no_error(tmp_path: Path) -> None:
    """A census in 2000, 2003, 2007 and so on: anticipation is counted in censuses, and years stay what they are."""
    study = write_study(tmp_path)
    frame = pd.read_csv(tmp_path / "figures.csv")
    kept = [2000, 2003, 2007, 2008, 2011, 2014, 2019]
    frame[frame["year"].isin(kept)].to_csv(tmp_path / "figures.csv", index=False)
    assert run(study).effects.fits[0].periods == tuple(kept)


def test_periods_of_python(tmp_path: Path) -> None:
    write_spelled(tmp_path, "quarter")
    frame = pd.read_csv(tmp_path / "figures.csv")
    start = spelled("quarter", 2014)
    given: list[Any] = [start, pd.Period(start, "Q"), pd.Period(start, "Q").start_time, Period(start)]
    found = [
        synthetic_control(frame, treated="Place A", start=item, outcomes="smoke", unit="place", time="year")
        for item in given
    ]
    assert len({float(item.joint.estimate[0]) for item in found}) == 1
    assert {str(item.design.start) for item in found} == {start}
    with pytest.raises(PilotZoneError, match="start is 2014, a whole number, and the periods of the data are quarters"):
        synthetic_control(frame, treated="Place A", start=2014, outcomes="smoke", unit="place", time="year")


MONTHS = [str(Period("2014-01") + k) for k in range(12)]


def write_panel(folder: Path, *, spell: bool) -> Path:
    """Write plants that join a scheme in two months, and a study of them; or the same with the months numbered."""
    rows = [
        {
            "plant": plant,
            "month": month if spell else k + 1,
            "joined": "" if plant % 3 == 2 else MONTHS[6 + 2 * (plant % 3)] if spell else 7 + 2 * (plant % 3),
            "power": 10 + plant % 5 + 0.1 * k + ((plant * 31 + k * 17) % 23) / 50,
            "smoke": 5 + ((plant * 13 + k * 29) % 19) / 40,
        }
        for plant in range(60)
        for k, month in enumerate(MONTHS)
    ]
    pd.DataFrame(rows).to_csv(folder / "plants.csv", index=False)
    outcomes = "".join(
        f'[[outcomes]]\nname = "{name}"\nrole = "{role}"\ngood = "{good}"\nscale = "level"\nmargin = 0.4\n'
        for name, role, good in (("power", "development", "up"), ("smoke", "environment", "down"))
    )
    path = folder / "plants.toml"
    path.write_text(
        f'format = 1\n[panel]\nfile = "plants.csv"\nunit = "plant"\ntime = "month"\ncohort = "joined"\n{outcomes}',
        encoding="utf-8",
    )
    return path


def test_a_panel_of_months_gives_the_numbers_of_months_that_are_numbered(tmp_path: Path) -> None:
    folders = {spell: tmp_path / str(spell) for spell in (True, False)}
    found = {}
    for spell, folder in folders.items():
        folder.mkdir()
        found[spell] = run(write_panel(folder, spell=spell), out=folder / "out")
    words = ["at", "cohort", "period"]
    ours, theirs = (found[spell].effects.to_frame() for spell in (True, False))
    pd.testing.assert_frame_equal(ours.drop(columns=words), theirs.drop(columns=words))
    cells = theirs["period"].notna()
    assert ours["period"][cells].tolist() == [MONTHS[int(period) - 1] for period in theirs["period"][cells]]
    out = folders[True] / "out"
    record = json.loads((out / "verdict.json").read_text(encoding="utf-8"))
    assert record["periods"] == MONTHS
    assert [row["cohort"] for row in record["cohorts"]] == [MONTHS[6], MONTHS[8], "never treated"]
    assert {row["cohort"] for row in record["effects"] if row["kind"] == "cell"} == {MONTHS[6], MONTHS[8]}
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "effects by months since treatment" in report
    drawn = re.sub(r"<script.*?</script>", "", report, flags=re.DOTALL)
    assert re.search(r"\b241\d\d\b", drawn) is None
    assert pd.read_parquet(out / "effects.parquet")["period"].dropna().isin(MONTHS).all()
    assert verify(out).differences == ()

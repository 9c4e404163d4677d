"""A study of a zone on damaged figures: refused in one error, or remarked on the terminal, in report and record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from tests.unit.cli.command import call
from tests.unit.study.guizhou import guizhou
from tests.unit.study.invented import write_study

from pilotzone.core import MethodError, StudyError
from pilotzone.evaluation.few import AcceptableKind
from pilotzone.study import run, verify
from pilotzone.study.zone.file import AcceptedFiguresSpec

Damage = Callable[[pd.DataFrame], pd.DataFrame]


def damaged(folder: Path, damage: Damage, *tables: str) -> Path:
    """Write the invented study, its figures damaged; what it says without damage is told in `test_own_data`."""
    path = write_study(folder)
    frame = pd.read_csv(folder / "figures.csv")
    frame["smoke"] = frame["smoke"].round(6)
    damage(frame).to_csv(folder / "figures.csv", index=False)
    path.write_text(path.read_text(encoding="utf-8") + "".join(tables), encoding="utf-8")
    return path


def carried(last: int, place: str | None = None) -> Damage:
    """Return what carries smoke forward from a year on, in one place or all."""

    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        kept = frame.set_index("place").query("year == @last")["smoke"]
        late = (frame["year"] > last) & (True if place is None else frame["place"] == place)
        return frame.assign(smoke=np.where(late, frame["place"].map(kept), frame["smoke"]))

    return damage


def times(place: str, factor: float, first: int, last: int) -> Damage:
    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        hit = (frame["place"] == place) & frame["year"].between(first, last)
        return frame.assign(output=np.where(hit, frame["output"] * factor, frame["output"]))

    return damage


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    donors = frame[frame["place"].between("Place B", "Place M")]
    return pd.concat([frame, donors.assign(place="Copy of " + donors["place"])])


def straight(place: str, first: int, last: int) -> Damage:
    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        own = (frame["place"] == place) & frame["year"].between(first, last)
        ends = frame.loc[own, "smoke"].to_numpy(dtype=float)
        line = np.linspace(ends[0], ends[-1], last - first + 1).round(6)
        frame.loc[own, "smoke"] = line
        return frame

    return damage


def empty(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(smoke=frame["smoke"].where((frame["place"] != "Place D") | (frame["year"] != 2011)))


def constant(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(output=20.0, smoke=20.0, people=1e6)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (carried(2013), "smoke, 2014 to 2019: every unit has the figure of the period before."),
        (carried(2014, "Place A"), "smoke of Place A: the figure of 2014 stands until 2019."),
        (constant, "log_output of Place A has one figure in all periods from 2000 to 2019."),
        (times("Place A", 1000, 2016, 2019), "output of Place A, 2016 to 2019: times 1,000, as by a slip of units."),
        (straight("Place A", 2013, 2019), "as if interpolated"),
    ],
)
def test_figures_of_the_zone_that_cannot_be_believed_are_refused(tmp_path: Path, damage: Damage, words: str) -> None:
    path = damaged(tmp_path, damage)
    if words == "as if interpolated":  # smoke per head: a straight part is remarked, a straight outcome is refused
        text = path.read_text(encoding="utf-8").replace("log(smoke / people)", "log(smoke)")
        path.write_text(text, encoding="utf-8")
    with pytest.raises(MethodError, match="the effect cannot be assessed") as caught:
        run(path)
    assert words in caught.value.what
    done = call("run", str(path))
    assert done.code == MethodError.exit_code
    assert max(map(len, done.err.splitlines())) <= 80


@pytest.mark.parametrize(
    ("damage", "follows", "words", "donors"),
    [
        (carried(2014, "Place D"), "left out", "smoke of Place D: the figure of 2014 stands until 2019; left out.", 22),
        (twice, "counted once", "Copy of Place B and Place B, Copy of Place C and Place C", 23),
        (times("Place D", 1000, 2016, 2016), "remarked", "output of Place D, 2016: times 1,000, as by a slip", 23),
        (straight("Place D", 2008, 2014), "remarked", "smoke of Place D, 2008 to 2014: growth is equal", 23),
        (empty, "left out", "log_smoke of Place D is missing in 2011: no donor; of 23 donors 22 are left.", 22),
    ],
)
def test_figures_of_donors_are_told_on_terminal_report_and_record(
    tmp_path: Path, damage: Damage, follows: str, words: str, donors: int
) -> None:
    path = damaged(tmp_path, damage)
    done = call("run", str(path), "--out", str(tmp_path / "out"))
    assert done.code == 0
    assert words in " ".join(done.out.split())
    lines = done.out.partition("\nReport: ")[0].splitlines()
    assert max(map(len, lines)) <= 80
    record = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))
    assert [item["follows"] for item in record["doubts"]] == [follows]
    assert len(record["zone"]["donors"]) == donors
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Figures that cannot be taken as measured" in page
    assert words.partition(";")[0] in page
    assert verify(tmp_path / "out").state == "same"


def test_donors_entered_twice_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    once = run(damaged(tmp_path / "a", lambda frame: frame)).verdict
    again = run(damaged(tmp_path / "b", twice)).verdict
    assert (once.label, once.p_claim, once.unit_count) == (again.label, again.p_claim, again.unit_count)


def test_a_donor_that_is_excluded_may_have_a_zero(tmp_path: Path) -> None:
    """Its logarithm is needed by nobody; without the exclusion the zero is an error."""

    def zero(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(output=frame["output"].where(frame["place"] != "Place D", 0.0))

    done = run(damaged(tmp_path, zero, '\n[donors]\nexclude = { "Place D" = "zero" }\n'))
    assert done.verdict.unit_count == 23


def test_figures_beside_the_claim_are_remarked_with_the_design(tmp_path: Path) -> None:
    """An alternative whose window the zone's figures do not reach ends nothing."""
    shorter = '\n[[alternatives]]\nname = "long"\nlabel = "longer"\nwhy = "to see"\nwindow = [2014, 2019]\n'
    path = damaged(tmp_path, carried(2016, "Place A"), shorter)
    text = path.read_text(encoding="utf-8").replace("verdict = [2014, 2019]", "verdict = [2014, 2016]")
    path.write_text(text, encoding="utf-8")
    call("run", str(path), "--out", str(tmp_path / "out"))
    record = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))
    assert [(item["design"], item["follows"], item["units"]) for item in record["doubts"]] == [
        ("long", "remarked", ["Place A"])
    ]


# ------------------------------------------------------------------------------------------------------- accepted


def accepting(series: str, kind: str, *places: str) -> str:
    units = f"units = {json.dumps(places)}\n" if places else ""
    table = f'\n[[accepted_figures]]\nseries = "{series}"\nkind = "{kind}"\n'
    return f'{table}{units}why = "The registry counts every sixth year."\n'


@pytest.mark.parametrize(
    ("damage", "told", "accepted"),
    [
        (carried(2013), "every unit has the figure of the period before.", ("smoke", "not measured")),
        (carried(2014, "Place A"), "the figure of 2014 stands until 2019.", ("smoke", "carried forward", "Place A")),
        (times("Place A", 1000, 2016, 2019), "as by a slip of units.", ("output", "jump")),
    ],
)
def test_figures_of_the_zone_are_accepted_with_the_reason(
    tmp_path: Path, damage: Damage, told: str, accepted: tuple[str, ...]
) -> None:
    path = damaged(tmp_path, damage)
    with pytest.raises(MethodError) as caught:
        run(path)
    series, kind, *_ = accepted
    assert f'[[accepted_figures]] with series = "{series}", kind = "{kind}" and why = "..."' in str(caught.value.todo)
    path.write_text(path.read_text(encoding="utf-8") + accepting(*accepted), encoding="utf-8")
    done = call("run", str(path), "--out", str(tmp_path / "out"))
    assert done.code == 0
    words = " ".join(done.out.split())
    assert f"doubtful figures of {series} accepted, {kind} 201" in words
    assert "Doubtful figures: " not in words
    record = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))
    (doubt,) = record["doubts"]
    assert (doubt["follows"], doubt["accepted_because"]) == ("accepted", "The registry counts every sixth year.")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert f"{told} Accepted because: The registry counts every sixth year." in page
    assert "accepted: The registry counts every sixth year." in page
    assert verify(tmp_path / "out").state == "same"


def test_only_the_units_named_are_accepted(tmp_path: Path) -> None:
    """Of two donors with figures carried forward one stays a donor; the other is left out as before."""

    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        return carried(2014, "Place E")(carried(2014, "Place D")(frame))

    done = run(damaged(tmp_path, damage, accepting("smoke", "carried forward", "Place D")))
    doubts = {item["units"][0]: item["follows"] for item in done.record()["doubts"]}
    assert doubts == {"Place D": "accepted", "Place E": "left out"}
    admitted = {item.unit: item.admitted for item in done.effects.donors}
    assert (admitted["Place D"], admitted["Place E"]) == (True, False)


def test_a_donor_entered_twice_counts_twice_where_that_is_accepted(tmp_path: Path) -> None:
    assert run(damaged(tmp_path, twice, accepting("log_output", "same figures"))).verdict.unit_count == 36


def test_an_acceptance_that_no_doubt_meets_is_remarked(tmp_path: Path) -> None:
    done = run(damaged(tmp_path, carried(2014, "Place D"), accepting("smoke", "carried forward", "Place B")))
    remark = "Accepted figures of smoke (carried forward) raise no doubt: leave the table out."
    assert remark in done.findings.notes
    assert [item["follows"] for item in done.record()["doubts"]] == ["left out"]


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        (("smok", "carried forward"), "'smok', which is not a series of the data"),
        (("smoke", "carried forward", "Place Z"), "'Place Z', which is not a unit of the data"),
        (("smoke", "empty cell"), "accepted_figures"),
    ],
)
def test_acceptances_that_name_nothing_are_refused(tmp_path: Path, accepted: tuple[str, ...], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        run(damaged(tmp_path, lambda frame: frame, accepting(*accepted)))


def test_a_study_file_accepts_what_can_be_accepted() -> None:
    assert get_args(AcceptedFiguresSpec.model_fields["kind"].annotation) == get_args(AcceptableKind)


def test_the_bundled_study_raises_no_doubt() -> None:
    assert guizhou().record()["doubts"] == []

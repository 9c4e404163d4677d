"""Whatever is done to a user's figures: they are read as they stand, or refused in words. Kinds of damage are counted.

The oracle is plain: a cell means the number that is declared here beside it, or nothing, or it is refused by name. What
a panel holds is compared with that, cell by cell, so that no number can be another one without a word.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.properties.test_study_damage import ALL_PLACES, KNOWN_KEYS, OTHER_KINDS
from tests.unit.study.invented import Figures, write_study

from pilotzone.core import DataError, PilotZoneError, StudyError
from pilotzone.study import Study, load, run, run_study
from pilotzone.study.zone.material import load_panel

NUMBERS = {
    "1e3": 1000.0, "1E+3": 1000.0, "+5": 5.0, "5.": 5.0, ".5": 0.5, " 5 ": 5.0, "\t5": 5.0, "0.1e1": 1.0,
    "1e300": 1e300, "999999999999999999999": 999999999999999999999.0, "007": 7.0, "5.0000": 5.0,
}  # fmt: skip
"""Texts that a spreadsheet or a program writes for a number, and the number."""

NOTHING = ("", "  ", "\t")
"""Texts that mean that there is no figure."""

REFUSED = (
    "1,234.5", "1234,5", "1 234.5", "1\u00a0234", "1\u202f234", "1'234", "1.234,5", "1,23", "12,34", "1,234,567",
    "12%", "0x10", "0b1", "1_000", "NaN", "nan", "NA", "N/A", "na", "#N/A", "-", "--", "..", "...", "\u2026", "null",
    "None", "true", "inf", "-inf", "Infinity", "1e999", "-1e999", "\u22125", "12a", "a12", "=1+2", "#REF!", "#DIV/0!",
    "12 kt", "kt", "(5)", "5-", "1e", "e3", "1d3", "1e3.5", "1/2", "5;6", "5 6", '"5"', "'5", "5'", "$5", "\u00a55",
    "5\u5143", "1.2.3", "\u00bd", "\u00b2", "\uff11\uff12", "\uff11\uff0e\uff15", "\u0663", "\u4e94", "\u7f3a",
    "\u200b5", "\ufeff5", "5\u200b", "\x0b5", "5\r", "5\n6", "<b>5</b>", "5*", "5 (estimated)", "~5", "<5", ">5",
    "\u22485", "+-5", "++5", ".", "+", "2017-01-01",
)  # fmt: skip
"""Texts that a reader might take for a number, each another one, or for none; nothing is guessed."""

SERIES = ("output", "people", "smoke")
ZONE_2017 = 18  # row of Place A in 2017, in the window; the header is row 0
DONOR_2005 = 26  # row of Place B in 2005
Rows = list[list[str]]


@dataclass(frozen=True)
class Project:
    """A study with its figures, to be damaged."""

    study: Path
    rows: Rows

    def damaged(self, row: int, column: str, text: str) -> Study[Any]:
        rows = [list(line) for line in self.rows]
        rows[row][rows[0].index(column)] = text
        return self.written(rows)

    def written(self, rows: Rows) -> Study[Any]:
        with (self.study.parent / "figures.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return load(self.study)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    study = write_study(tmp_path)
    text = study.read_text(encoding="utf-8")
    # Without logarithms, which have their own to say about figures that are not positive.
    study.write_text(text[: text.index("[derive]")] + text[text.index("[[outcomes]]") :], encoding="utf-8")
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        return Project(study, list(csv.reader(file)))


def expected(rows: Rows, series: str) -> dict[tuple[str, int], float]:
    column = rows[0].index(series)
    return {(row[0], int(row[1])): float(row[column]) for row in rows[1:]}


@pytest.mark.parametrize("series", SERIES)
def test_cells_that_are_numbers_or_nothing(project: Project, series: str) -> None:
    for text, meant in (NUMBERS | dict.fromkeys(NOTHING, math.nan)).items():
        panel = load_panel(project.damaged(ZONE_2017, series, text))
        for name in SERIES:
            figures = expected(project.rows, name)
            if name == series:
                figures["Place A", 2017] = meant
            held = {
                (unit, period): float(panel.values[name][i, k])
                for i, unit in enumerate(panel.units)
                for k, period in enumerate(panel.periods)
            }
            assert held.keys() == figures.keys()
            np.testing.assert_array_equal([held[key] for key in figures], list(figures.values()), err_msg=repr(text))


@pytest.mark.parametrize("series", SERIES)
def test_cells_that_are_refused(project: Project, series: str) -> None:
    """By the column, and by the line or the text itself; never read as another number."""
    for text in REFUSED:
        study = project.damaged(ZONE_2017, series, text)
        with pytest.raises(DataError) as caught:
            load_panel(study)
        said = str(caught.value)
        assert f"'{series}'" in said, repr(text)
        assert "line 19" in said, repr(text)


PERIODS_REFUSED = ("", " ", "2017.5", "2017a", "17/18", "2017-18", "2,017", "1e999", "nan", "\uff12\uff10\uff11\uff17",
                   "2017\u5e74", "MMXVII", "2016", "2018", "2017-01-01", "2017Q1", "9" * 30)  # fmt: skip


def test_periods_that_are_refused(project: Project) -> None:
    """Another year in a row makes one of another year twice."""
    for text in PERIODS_REFUSED:
        with pytest.raises(DataError, match=r"'year'.*line 19|more than once.*lines 1[89]"):
            load_panel(project.damaged(ZONE_2017, "year", text))


NAMES = (
    "Place a",
    "place A",
    "PlaceA",
    "Place  A",
    "Place A.",
    "Pl\u0430ce A",
    "Place \uff21",
    "Z",
    "1",
    "NaN",
    "<b>",
    "\u8d35\u5dde",
)  # fmt: skip
NAMES_REFUSED = ("", " ", "Place A ", " Place A", "Place A\n", "\ufeffPlace A", "Place\tA")


def said_of(study: Study[Any]) -> str:
    """Return every word of a run that is about units, or of the refusal."""
    try:
        done = run_study(study)
    except PilotZoneError as error:
        return str(error)
    units = [f"{item.unit}: {item.reason}" for item in done.effects.donors if not item.admitted]
    return "\n".join([*units, *done.effects.notes])


@pytest.mark.parametrize("row", [ZONE_2017, DONOR_2005], ids=["zone", "donor"])
def test_names_that_belong_to_nobody(tmp_path: Path, row: int) -> None:
    """A row of the zone, or of a donor, under another name: what is missing then is said by name and year."""
    study = write_study(tmp_path)
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        project = Project(study, list(csv.reader(file)))
    unit, year = project.rows[row][:2]
    for text in (*NAMES, *NAMES_REFUSED):
        said = said_of(project.damaged(row, "place", text.replace("A", unit[-1])))
        assert year in said or f"line {row + 1}" in said, (text, said)


# ----------------------------------------------------------------------------------------- the file as a whole


def csv_text(rows: Rows, **form: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=form.get("end", "\n"), delimiter=form.get("delimiter", ",")).writerows(rows)
    return out.getvalue()


HARMLESS: dict[str, Callable[[Rows], bytes]] = {
    "windows line ends": lambda rows: csv_text(rows, end="\r\n").encode(),
    "old mac line ends": lambda rows: csv_text(rows, end="\r").encode(),
    "byte order mark": lambda rows: csv_text(rows).encode("utf-8-sig"),
    "both": lambda rows: csv_text(rows, end="\r\n").encode("utf-8-sig"),
    "no line end at the end": lambda rows: csv_text(rows).rstrip("\n").encode(),
    "empty lines": lambda rows: csv_text(rows).replace("\n", "\n\n").encode(),
    "rows in another order": lambda rows: csv_text([rows[0], *sorted(rows[1:], key=lambda r: r[2])]).encode(),
    "columns in another order": lambda rows: csv_text([row[::-1] for row in rows]).encode(),
    "a column more": lambda rows: csv_text([[*row, "note"] for row in rows]).encode(),
    "every cell in quotes": lambda rows: "".join('"' + '","'.join(row) + '"\n' for row in rows).encode(),
}


@pytest.fixture(scope="module")
def undamaged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    found: dict[str, object] = run(write_study(tmp_path_factory.mktemp("undamaged"))).verdict.to_dict()
    return found


@pytest.mark.parametrize("kind", HARMLESS)
def test_forms_that_change_nothing(tmp_path: Path, undamaged: dict[str, object], kind: str) -> None:
    study = write_study(tmp_path)
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    (tmp_path / "figures.csv").write_bytes(HARMLESS[kind](rows))
    assert run(study).verdict.to_dict() == undamaged


RUINED: dict[str, Callable[[Rows], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b"\n \r\n",
    "only a byte order mark": lambda _: b"\xef\xbb\xbf",
    "header alone": lambda rows: csv_text(rows[:1]).encode(),
    "no header": lambda rows: csv_text(rows[1:]).encode(),
    "header twice": lambda rows: csv_text([rows[0], *rows]).encode(),
    "header below": lambda rows: csv_text([*rows[1:], rows[0]]).encode(),
    "title above": lambda rows: csv_text([["Yearbook"], *rows]).encode(),
    "totals below": lambda rows: csv_text([*rows, ["Total", "", "1", "1", "1"]]).encode(),
    "a row cut": lambda rows: csv_text([*rows[:9], rows[9][:3], *rows[10:]]).encode(),
    "a row longer": lambda rows: csv_text([*rows[:9], [*rows[9], "1"], *rows[10:]]).encode(),
    "a row twice": lambda rows: csv_text([*rows, rows[9]]).encode(),
    "a column gone": lambda rows: csv_text([row[:-1] for row in rows]).encode(),
    "a column twice": lambda rows: csv_text([[*row, row[-1]] for row in rows]).encode(),
    "columns named otherwise": lambda rows: csv_text([[name.upper() for name in rows[0]], *rows[1:]]).encode(),
    "semicolons": lambda rows: csv_text(rows, delimiter=";").encode(),
    "tabs": lambda rows: csv_text(rows, delimiter="\t").encode(),
    "utf-16": lambda rows: csv_text(rows).encode("utf-16"),
    "utf-16 without mark": lambda rows: csv_text(rows).encode("utf-16-le"),
    "older Chinese bytes": lambda rows: csv_text([*rows[:-1], ["\u8d35\u5dde", *rows[-1][1:]]]).encode("gb18030"),
    "latin bytes": lambda rows: csv_text([*rows[:-1], ["\u00cele", *rows[-1][1:]]]).encode("latin-1"),
    "null bytes": lambda rows: csv_text(rows).encode()[:500] + b"\0" + csv_text(rows).encode()[500:],
    "a quote left open": lambda rows: csv_text(rows).replace("Place C", '"Place C', 1).encode(),
    "a web page": lambda _: b"<!doctype html><html><body>404</body></html>",
    "JSON": lambda _: b'{"place": ["A"], "year": [2000]}',
    "a workbook under a wrong name": lambda _: b"PK\x03\x04" + bytes(200),
    "Parquet under a wrong name": lambda _: b"PAR1" + bytes(200) + b"PAR1",
    "the zone gone": lambda rows: csv_text([row for row in rows if row[0] != "Place A"]).encode(),
    "donors gone": lambda rows: csv_text([row for row in rows if row[0] in {"place", "Place A"}]).encode(),
    "years before the zone gone": lambda rows: csv_text([rows[0], *(r for r in rows[1:] if r[1] >= "2014")]).encode(),
    "years of the window gone": lambda rows: csv_text([rows[0], *(r for r in rows[1:] if r[1] < "2014")]).encode(),
    "thousands separators throughout": lambda rows: csv_text(
        [rows[0], *([p, y, f"{float(o):,.2f}", q, s] for p, y, o, q, s in rows[1:])]
    ).encode(),
    "decimal commas throughout": lambda rows: csv_text(
        [rows[0], *([p, y, o.replace(".", ","), q, s] for p, y, o, q, s in rows[1:])]
    ).encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", RUINED)
def test_files_that_are_refused(tmp_path: Path, kind: str) -> None:
    """As data, with the exit code of data, and with something to do or to look for."""
    study = write_study(tmp_path)
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    (tmp_path / "figures.csv").write_bytes(RUINED[kind](rows))
    with pytest.raises(PilotZoneError) as caught:
        run(study, out=tmp_path / "out")
    assert caught.value.exit_code in {2, 3}
    assert caught.value.allowed or caught.value.todo
    assert not (tmp_path / "out").exists()


def test_chinese_throughout(tmp_path: Path, undamaged: dict[str, object]) -> None:
    """Folder, files, columns, places and series in Chinese, with byte order marks and the line ends of Windows."""
    there = tmp_path / "\u8bd5\u9a8c\u533a \u7814\u7a76"
    there.mkdir()
    words = {"place": "\u5730\u533a", "year": "\u5e74\u4efd", "output": "\u4ea7\u51fa", "people": "\u4eba\u53e3",
             "smoke": "\u70df\u5c18"}  # fmt: skip
    text = write_study(there).read_text(encoding="utf-8")
    for old, new in {**words, "figures.csv": "\u6570\u636e.csv", "Place A": "\u8d35\u5dde"}.items():
        text = text.replace(old, new)
    unquoted = there / "\u7814\u7a76.toml"
    unquoted.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match="not valid TOML") as caught:
        run(unquoted)
    assert '"\u4ea7\u51fa" = ...' in str(caught.value.todo)  # TOML wants such names in quotes, and that is said
    text = re.sub(r"^([^\x00-\x7f]\S*|log_\S*[^\x00-\x7f]) =", r'"\1" =', text, flags=re.MULTILINE)
    (there / "\u7814\u7a76.toml").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    (there / "invented.toml").unlink()
    rows = [[words[name] for name in ("place", "year", "output", "people", "smoke")]]
    rows += [["\u8d35\u5dde" if place == "Place A" else place, *map(str, rest)] for place, *rest in Figures().rows()]
    (there / "\u6570\u636e.csv").write_bytes(csv_text(rows, end="\r\n").encode("utf-8-sig"))
    (there / "figures.csv").unlink()
    done = run(there / "\u7814\u7a76.toml", out=there / "\u7ed3\u679c")
    assert done.verdict.label == undamaged["label"]
    tests = undamaged["tests"]
    assert isinstance(tests, list)
    assert [test.estimate for test in done.verdict.tests] == [
        test["estimate"] for test in tests if test["statistic"] == "mean_gap"
    ]
    assert "\u8d35\u5dde" in (there / "\u7ed3\u679c" / "report.html").read_text(encoding="utf-8")


def test_kinds_of_damage_are_counted() -> None:
    """At least two hundred kinds each of studies and of panels, drawn ones aside."""
    cells = len(SERIES) * (len(NUMBERS) + len(NOTHING) + len(REFUSED))
    panels = cells + len(PERIODS_REFUSED) + 2 * (len(NAMES) + len(NAMES_REFUSED)) + len(HARMLESS) + len(RUINED)
    assert len(ALL_PLACES) * (1 + len(OTHER_KINDS)) + len(KNOWN_KEYS) >= 800
    assert panels >= 350
    assert len({*NUMBERS, *NOTHING, *REFUSED}) == len(NUMBERS) + len(NOTHING) + len(REFUSED)

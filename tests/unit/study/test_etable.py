"""Results side by side: numbers are those of the results, whatever format; nothing in a name is a command."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.unit.cli.command import call
from tests.unit.core.test_table_formats import HOSTILE, body, cells, printed, shown

import pilotzone as pz
from pilotzone.core import DataError, Table, UsageError, one_line
from pilotzone.evaluation.many import ManyEffects
from pilotzone.study import KINDS, check_table_file, etable, write_table
from pilotzone.study.runs.models import Estimate, Model, figure_of
from pilotzone.study.runs.modeltable import check_stars, model_table

MINUS = "\N{MINUS SIGN}"


def firms() -> pd.DataFrame:
    rows = [
        (k, year, 2012 * (k < 8), k % 5 + (k < 8 and year >= 2012) * 2.0 + k * year % 7)
        for k in range(20)
        for year in range(2009, 2015)
    ]
    return pd.DataFrame(rows, columns=["firm", "year", "since", "jobs"])


def evaluated(**options: Any) -> ManyEffects:
    return pz.evaluate(firms(), "jobs", unit="firm", time="year", cohort="since", **options)


@pytest.fixture(scope="module")
def two() -> tuple[ManyEffects, ManyEffects]:
    return evaluated(), evaluated(estimator="imputation")


def row(table: Table, name: str) -> tuple[Any, ...]:
    return next(found[1:] for found in table.rows() if found[0] == name)


def beneath(table: Table, name: str) -> tuple[Any, ...]:
    rows = table.rows()
    at = [found[0] for found in rows].index(name) + 1
    assert rows[at][0] == ""
    return rows[at][1:]


def value_of(text: str) -> float:
    return float(text.strip("()[]*").replace(MINUS, "-").replace(",", ""))


# ------------------------------------------------------------------------------------------------- panels


def test_effects_and_errors_are_the_results_own(two: tuple[ManyEffects, ManyEffects]) -> None:
    table = etable(*two, names=("a", "b"))
    for k, effects in enumerate(two):
        (own,) = effects.overall
        assert own.se is not None
        for text, number in ((row(table, "jobs")[k], own.estimate), (beneath(table, "jobs")[k], own.se)):
            places = len(text.strip("()").partition(".")[2])
            assert value_of(text) == round(number, places)
    assert row(table, "Observations") == ("120", "120")
    assert row(table, "Treated units") == ("8", "8")
    assert row(table, "Estimator") == ("Callaway and Sant'Anna", "imputation")
    assert "Standard errors in round brackets." in table.note
    assert "*" not in "".join(map(str, row(table, "jobs")))


def test_p_and_interval_in_place_of_errors(two: tuple[ManyEffects, ManyEffects]) -> None:
    for k, effects in enumerate(two):
        (own,) = effects.overall
        assert own.p is not None
        assert own.interval is not None
        assert beneath(etable(*two, beneath="p"), "jobs")[k] == f"[{own.p:.3f}]"
        low, high = map(value_of, beneath(etable(*two, beneath="interval"), "jobs")[k].strip("[]").split(", "))
        assert (low, high) == (round(own.interval[0], 3), round(own.interval[1], 3))


def test_stars_only_if_asked(two: tuple[ManyEffects, ManyEffects]) -> None:
    table = etable(*two, stars=(0.01, 0.1, 0.05))
    for text, effects in zip(row(table, "jobs"), two, strict=True):
        p = effects.overall[0].p
        assert p is not None
        assert text.count("*") == (p < 0.1) + (p < 0.05) + (p < 0.01)
    assert table.note.endswith("* p < 0.1, ** p < 0.05, *** p < 0.01.")
    assert {text.count("*") for text in row(table, "jobs")} == {1, 2}


def test_one_result_has_a_column_for_each_estimator() -> None:
    found = evaluated(beside=True)
    table = etable(found)
    assert list(table.columns) == ["", "Callaway and Sant'Anna", "Sun and Abraham", "imputation"]
    own = evaluated(estimator="imputation").overall[0]
    assert row(table, "jobs")[2] == f"{own.estimate:.3f}"
    assert beneath(table, "jobs")[2] == f"({own.se:.3f})"
    assert list(etable(found, evaluated()).columns) == ["", "Callaway and Sant'Anna", "Callaway and Sant'Anna (2)"]


def test_effects_by_time_stand_below_the_averages(two: tuple[ManyEffects, ManyEffects]) -> None:
    whole, imputed = two
    table = etable(imputed, whole, names=("a", "b"), events=True)
    heads = [str(found[0]) for found in table.rows() if str(found[0]).startswith("jobs, time ")]
    assert heads == [f"jobs, time {text}" for text in (f"{MINUS}2", f"{MINUS}1", "0", "1", "2")]
    for k, effects in enumerate((imputed, whole)):
        rows: list[dict[str, Any]] = effects.to_table().records()
        known = {found["at"]: found for found in rows if found["kind"] == "dynamic" and found["at"] is not None}
        for head in heads:
            text, at = str(row(table, head)[k]), int(value_of(head.rpartition(" ")[2]))
            assert (text != "") == (at in known)
            if text:
                error = str(beneath(table, head)[k]).strip("()")
                assert value_of(text) == round(known[at]["estimate"], len(text.partition(".")[2]))
                assert value_of(error) == round(known[at]["se"], len(error.partition(".")[2]))
    assert table.note.endswith("0 is the first treated one.")
    assert "time" not in "".join(str(found[0]) for found in etable(*two).rows())


def test_too_few_units_have_p_beneath() -> None:
    table = pd.DataFrame(firms())
    table["since"] = 2012 * (table["firm"] < 2)
    found = pz.evaluate(table, "jobs", unit="firm", time="year", cohort="since")
    (own,) = found.overall
    assert own.se is None
    assert own.p_by_lot is not None
    side = etable(found)
    assert beneath(side, "jobs") == (f"[p = {own.p_by_lot:.3f}]",)
    assert "No standard error of jobs: too few" in side.note


# --------------------------------------------------------------------------------------------- zones, others


def test_synthetic_control_side_by_side() -> None:
    rows = [
        (f"u{k}", year, 10 + k + 0.1 * ((k * year) % 7) + (2.0 if k == 0 and year >= 2010 else 0.0))
        for k in range(12)
        for year in range(2000, 2014)
    ]
    panel = pd.DataFrame(rows, columns=["unit", "period", "gdp"])
    found = [
        pz.synthetic_control(panel, "gdp", unit="unit", time="period", treated="u0", start=2010, estimator=name)
        for name in ("sc", "sc_intercept")
    ]
    table = etable(*found)
    for k, effects in enumerate(found):
        summary = effects.summary().records()[0]
        text = str(next(r for r in table.rows() if str(r[0]).startswith("gdp"))[1 + k])
        assert value_of(text) == pytest.approx(summary["effect"], rel=6e-3)
    assert row(table, "Units ranked") == ("12", "12")
    assert row(table, "Start") == ("2010", "2010")
    assert "p-values in square brackets where there is no standard error." in table.note
    with pytest.raises(UsageError, match="no effects by time since treatment"):
        etable(*found, events=True)


def zone(label: str = "green growth") -> dict[str, Any]:
    test = {
        "outcome": "log_gdp", "statistic": "mean_gap", "effect": 12.34, "effect_unit": "%", "margin": 5.0,
        "p_improved": 0.0476, "p_harm_excluded": 0.0476, "grade": "with allowance",
    }  # fmt: skip
    low = {"low": None, "high": -3.0}
    high = {"low": 4.25, "high": 20.5}
    found = {"outcome": "log_gdp", "statistic": "mean_gap", "attained": 0.952, "intervals": [low, high]}
    return {
        "title": "A zone",
        "zone": {"unit": "X", "start": 2016, "window": [2016, 2019], "donors": ["a", "b"], "estimator": "sc"},
        "verdict": {"label": label, "statistic": "mean_gap", "p_claim": 0.0476, "unit_count": 21, "tests": [test]},
        "confidence_sets": [found],
        "estimators": [{"outcome": "log_gdp", "estimator": "sdid", "effect": 0.1, "p_good": 0.1, "pools": "x"}],
    }  # fmt: skip


def test_a_zone_as_it_is_judged() -> None:
    judged, other = KINDS["zone"].models(zone())
    assert judged.estimates["log_gdp (%)"].intervals == ((None, -3.0), (4.25, 20.5))
    table = model_table({"run": judged}, beneath="interval")
    assert beneath(table, "log_gdp (%)") == (f"({MINUS}\N{INFINITY}, {MINUS}3.00] and [4.25, 20.50]",)
    assert row(table, "Verdict") == ("green growth",)
    assert row(table, "log_gdp: p, harm of 5 % excluded") == ("0.048",)
    assert other.beside
    assert other.estimates["log_gdp (%)"].value == pytest.approx(10.517091807564771, rel=1e-15)  # 100 (e^0.1 - 1)


RECORDS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "siting": (
        {"title": "t", "winner": "A", "clear": False, "method": "weighted_sum", "criteria": [{}],
         "places": [{"place": "A", "first": 0.3512, "mean_rank": 1.75}]},
        {"A": "35.1%", "A: mean rank": "1.750", "First most often": "A", "Clear lead": "no"},
    ),
    "plan": (
        {"open": [{"site": "Home"}], "cost": 1234567.0, "currency": "EUR", "carbon_t": 12.5, "gap": 1e-4,
         "day": "2018-01-01", "books": ["gdpr"], "rules": [{"rule": "r", "cost": -2.0}]},
        {"Cost a year, EUR": "1,235,000", "CO2 a year, t": "12.50", "Sites in use": "Home",
         "Cost of rule r, EUR": f"{MINUS}2.000", "Proven to within": "0.01%"},
    ),
    "campus": (
        {"currency": "CNY", "it_mw": 100.0, "year": 2019,
         "sites": [{"site": "S", "cost": 2e8, "cost_per_kwh_it": 0.345678, "co2": None, "proven": True,
                    "supply": [{"supply": "wind", "capacity_mw": 120.25}]}]},
        {"Cost per kWh of IT, CNY": "0.3457", "wind, MW": "120.2", "IT capacity, MW": "100.0", "Proven": "yes"},
    ),
    "appraisal": (
        {"region": "R", "words": [], "money": {"prices": {"currency": "CNY", "year": 2017}, "npv": {"operator": -2.5e9},
         "real_rate": 0.06, "internal_rates": {"operator": {"roots": [0.0066]}}},
         "stranding": {"probability": 0.33087}},
        {"Net present value, operator, CNY of 2017": f"{MINUS}2,500,000,000", "Real discount rate": "6.0%",
         "Internal rate of return, operator": "0.7%", "Chance of stranded capacity": "33.1%"},
    ),
    "inclusion": (
        {"title": "t", "answer": "described", "rows": 1280,
         "levels": [{"index": "gini", "group": "all", "period": 2010, "estimate": 0.3},
                    {"index": "gini", "group": "all", "period": 2011, "estimate": 0.25},
                    {"index": "gini", "group": "urban", "period": 2011, "estimate": 0.4}],
         "groups": [{"group": "far", "effect": -1.5, "effect_unit": "%"}],
         "convergence": [{"quantity": "zone's mean", "value": -0.5, "unit": "%"}]},
        {"gini": "0.2500", "Effect in far, %": f"{MINUS}1.500", "zone's mean, %": f"{MINUS}0.5000",
         "Answer": "described", "Rows": "1,280"},
    ),
    "transfer": (
        {"treatment": "zone", "outcomes": [
            {"outcome": "gdp", "effect_unit": "%", "zones": 5, "method": "REML", "effect": 1.8125,
             "interval": [-1.0, 4.5], "prediction": None, "se": 0.9, "tau2": 2.0,
             "candidates": [{"place": "Here", "effect": -1.5}, {"place": "There", "effect": None}]}]},
        {"Mean effect on gdp, %": "1.812", "Interval of the mean, gdp, %": f"{MINUS}1.000 to 4.500", "Zones, gdp": "5",
         "Here: gdp, %": f"{MINUS}1.500", "There: gdp, %": "cannot be transported", "Method, gdp": "REML"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_other_kinds_show_what_their_records_hold(name: str) -> None:
    record, wanted = RECORDS[name]
    model = KINDS[name].models(record)[0]
    told = {key: text for group in model.facts for key, text in group.items()}
    for key, text in wanted.items():
        assert told[key] == text
    assert not model.estimates


@pytest.mark.parametrize("name", list(KINDS))
def test_no_record_of_the_kind(name: str) -> None:
    with pytest.raises(DataError):
        KINDS[name].models({"places": 1, "sites": "x", "verdict": [], "overall": {}})


# ------------------------------------------------------------------------------------------------- formats


class Cells(HTMLParser):
    """Reads the cells of a table back."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.opened: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:  # noqa: ARG002
        assert tag in {"html", "meta", "title", "style", "table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.opened.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self.opened and self.opened[-1] in {"td", "th"}:
            self.rows[-1][-1] += data


def hostile(text: str) -> Table:
    model = Model(text, {text or "x": Estimate(-0.5, 0.25, 0.04)}, ({text or "x": text or "y"},), {"": text})
    return model_table({"m": model, "other": model}, stars=(0.05,), title=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_format_prints_names_as_they_are(text: str) -> None:
    table = hostile(text)
    name, fact = shown(text or "x"), shown(text or "y")
    latex = table.to_latex()
    assert [printed(cell.replace("$-$", "m")) for cell in body(latex)[1]] == [name, "m0.500*", "m0.500*"]
    assert latex.count(r"\midrule") == 2
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")
    assert cells(table.to_rtf())[1] == [name, f"{MINUS}0.500*", f"{MINUS}0.500*"]
    read = Cells(table.to_html_page())
    assert [cell.split() for cell in read.rows[1]] == [
        one_line(text or "x").split(),
        [f"{MINUS}0.500*"],
        [f"{MINUS}0.500*"],
    ]
    assert read.opened.count("tbody") == read.opened.count("/tbody") == 2
    lines = [line for line in table.to_markdown().splitlines() if line.startswith("|")]
    unescaped = [re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1] for line in lines]
    assert {len(line) for line in unescaped} == {3}
    assert re.sub(r"\\(.)", r"\1", unescaped[2][0]).split() == name.split()
    assert re.sub(r"\\(.)", r"\1", unescaped[-1][1]).split() == fact.split()


def test_a_table_whole() -> None:
    models = {
        "A": Model("", {"x": Estimate(1.5, 0.25, 0.04)}, ({"N": "10"},)),
        "B": Model("", {"x": Estimate(-0.123456, p=0.2)}, ({"N": "1,000", "Note": "yes"},), {"p": "p: by rank."}),
    }
    table = model_table(models, stars=(0.05,), title="T")
    assert table.rows() == [
        ("x", "1.500*", f"{MINUS}0.123"),
        ("", "(0.250)", "[p = 0.200]"),
        ("N", "10", "1,000"),
        ("Note", "", "yes"),
    ]
    assert [len(line) for line in table.to_text().splitlines()[1:3]] == [21, 26]
    assert table.rules == (2,)
    assert table.to_markdown().splitlines()[2:6] == [
        "|  | A | B |",
        "| :--- | :---: | :---: |",
        r"| x | 1.500\* | -0.123 |",
        r"|  | (0.250) | \[p = 0.200\] |",
    ]
    assert table.to_latex().splitlines()[4:11] == [
        r"  \begin{tabular}{lcc}",
        r"    \toprule",
        r"     & A & B \\",
        r"    \midrule",
        r"    x & 1.500* & $-$0.123 \\",
        r"     & (0.250) & {}[p = 0.200] \\",
        r"    \midrule",
    ]
    assert "B: p: by rank." in table.note


def test_figures_keep_four_digits() -> None:
    assert [figure_of(x) for x in (0.62345678, 1234567, -1.5, True, float("nan"), "a")] == [
        "0.6235", "1,234,567", f"{MINUS}1.500", "yes", "", "a",
    ]  # fmt: skip


# -------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("levels", [(0.0,), (1.0,), (0.05, 0.05), (0.1, 0.2, 0.3, 0.4, 0.5), (float("nan"),)])
def test_stars_that_are_no_levels(levels: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="stars are asked for"):
        check_stars(levels)


def test_nothing_and_strangers(two: tuple[ManyEffects, ManyEffects]) -> None:
    with pytest.raises(UsageError, match="the table has no columns"):
        etable()
    with pytest.raises(UsageError, match="a dict has no column"):
        etable({})
    with pytest.raises(UsageError, match="3 names are given for 2 columns"):
        etable(*two, names=("a", "b", "c"))
    with pytest.raises(UsageError, match="beneath"):
        etable(*two, beneath="t")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["table", "table.docx", "table.tx", ".tex.bak"])
def test_unknown_endings_write_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not end in a format of tables"):
        write_table(Table({"a": (1,)}), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_table(Table({"a": (1,)}), tmp_path / "none" / "t.tex")
    assert check_table_file("T.TEX").name == "T.TEX"


# ------------------------------------------------------------------------------------------------- command


def run_folder(home: Path, name: str, *options: str) -> Path:
    firms().to_csv(home / "firms.csv", index=False)
    said = call(
        "evaluate", home / "firms.csv", "--unit", "firm", "--time", "year", "--cohort", "since", "--outcome", "jobs",
        "--out", home / name, "-q", *options,
    )  # fmt: skip
    assert said.code == 0, said.err
    return home / name


def test_the_command(tmp_path: Path, two: tuple[ManyEffects, ManyEffects]) -> None:
    one, other = run_folder(tmp_path, "one"), run_folder(tmp_path, "other", "--estimator", "imputation")
    said = call("compare", one, other, "--etable", "--stars", "0.1,0.05")
    assert said.code == 0, said.err
    own = etable(*two, names=("one", "other"), stars=(0.1, 0.05), title="Effects on jobs")
    assert said.out.replace("-", MINUS) == f"{own.to_text()}\n".replace("-", MINUS)
    files = [tmp_path / f"t.{ending}" for ending in ("tex", "rtf", "html", "md", "txt")]
    said = call("compare", one, other, "--etable", *(part for file in files for part in ("--out", file)))
    assert said.code == 0, said.err
    assert files[0].read_text(encoding="utf-8").count(r"\label{tab:t}") == 1
    assert all(file.stat().st_size > 0 for file in files)
    assert json.loads(call("compare", one, "--etable", "--json").out)["rows"][0][0] == "jobs"
    assert etable(one, other).rows() == own.rows() or row(etable(one, other), "jobs")[0].rstrip("*") == "1.833"
    (one / "verdict.json").write_text((one / "verdict.json").read_text().replace("1.83", "9.83"), encoding="utf-8")
    assert "is not the file that the run wrote" in etable(one, other).note


def test_errors_of_the_command(tmp_path: Path) -> None:
    one = run_folder(tmp_path, "one")
    assert "two runs, or any number with --etable" in call("compare", one).err.replace("\n    ", " ")
    assert "--stars goes with --etable" in call("compare", one, one, "--stars", "0.1").err
    assert "--events goes with --etable" in call("compare", one, one, "--events").err
    assert "jobs, time 0" in call("compare", one, "--etable", "--events").out
    assert "--stars is" in call("compare", one, "--etable", "--stars", "x").err
    said = call("compare", one, "--etable", "--out", tmp_path / "a.tex", "--out", tmp_path / "a.docx")
    assert said.code == 2
    assert not (tmp_path / "a.tex").exists()
    record = json.loads((one / "verdict.json").read_text(encoding="utf-8"))
    (one / "verdict.json").write_text(json.dumps({**record, "overall": [], "side": {}, "diagnostics": []}))
    assert "has neither effects nor figures" in call("compare", one, "--etable").err.replace("\n  ", " ")

"""What a run of the bundled Guizhou study leaves on disk: complete, reproducible, and derivable from its own parts."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.study.guizhou import guizhou

import pilotzone.study
from pilotzone.evaluation.few import conformal_set
from pilotzone.gather import load_evidence, load_shapes
from pilotzone.judgement import confidence_set
from pilotzone.site import default_assumptions_file
from pilotzone.study import KINDS, Run, load, stages_of

APPRAISED = (
    "capital_formation", "io_flows", "io_totals", "io_sectors", "data_centre_facts", "electricity_forecasts",
)  # fmt: skip
TIDY = ["design", "estimator", "outcome", "unit", "treated", "period", "phase", "measure", "donor"]


@dataclass(frozen=True)
class Written:
    """A run, and where it was written."""

    run: Run[Any]
    folder: Path

    def json(self, name: str) -> Any:  # noqa: ANN401 - plain data
        return json.loads((self.folder / name).read_bytes())

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / name)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("first") / "guizhou"
    return Written(guizhou(), guizhou().write(folder))


@pytest.fixture(scope="module")
def effects(written: Written) -> pd.DataFrame:
    return written.table("effects.parquet")


@pytest.fixture(scope="module")
def evidence(written: Written) -> pd.DataFrame:
    return written.table("evidence.parquet")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ------------------------------------------------------------------------------------------------ the folder


def test_all_artefacts_and_nothing_else(written: Written) -> None:
    assert {path.name for path in written.folder.iterdir()} == set(KINDS["zone"].artefacts)
    assert [path.name for path in written.folder.parent.iterdir()] == ["guizhou"]


def test_same_bytes_from_another_process(written: Written, tmp_path: Path) -> None:
    """Another process, another hash seed, another working folder, a file of its own: the same bytes, timings aside."""
    program = "import sys, pilotzone; pilotzone.run('guizhou', out=sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", program, "again"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONHASHSEED": "12345", "LC_ALL": "C", "TZ": "Asia/Shanghai"},
        check=True,
    )
    again = Written(written.run, tmp_path / "again")
    for name in KINDS["zone"].artefacts:
        if name != "audit.json":
            assert digest(again.folder / name) == digest(written.folder / name), name
    first, second = written.json("audit.json"), again.json("audit.json")
    assert set(first.pop("seconds")) == set(second.pop("seconds"))
    assert first == second


# ------------------------------------------------------------------------------------------------- audit.json


def test_audit_lists_the_outputs(written: Written) -> None:
    outputs = written.json("audit.json")["outputs"]
    assert outputs == {name: digest(written.folder / name) for name in KINDS["zone"].artefacts if name != "audit.json"}


def test_audit_lists_every_input(written: Written) -> None:
    inputs = written.json("audit.json")["inputs"]
    tables = load_evidence().collections["provinces"].files
    files = {f"evidence/provinces/{file.name}": digest(file) for file in tables}
    shapes = load_shapes().file
    places = shapes.parent.parent / "places"
    files |= {f"places/{file.name}": digest(file) for file in places.iterdir()}
    campus = {f"campus/{name}.csv" for name in APPRAISED} | {"campus/datapackage.json"}
    files |= {name: digest(shapes.parent.parent / name) for name in campus}
    study = Path(pilotzone.study.__file__).parent
    files["assumptions/appraisal.toml"] = digest(study / "appraisal" / "assumptions" / "appraisal.toml")
    files["assumptions/assumptions.toml"] = digest(default_assumptions_file())
    assert inputs == files | {f"shapes/{shapes.name}": digest(shapes)}
    beside = written.json("audit.json")["beside"]
    assert beside["siting"]["sha256"] == digest(study / "siting" / "bundled" / "guizhou.toml")
    assert beside["appraisal"]["sha256"] == digest(study / "appraisal" / "bundled" / "guizhou-campus.toml")


def test_audit_holds_the_study_as_it_was_run(written: Written) -> None:
    study = written.json("audit.json")["study"]
    assert study["name"] == "guizhou"
    assert study["sha256"] == load("guizhou").sha256
    settings = study["settings"]
    assert settings["claim"]["alpha"] == 0.05
    assert settings["method"]["pre_from"] is None  # what is not in the file is there as well
    assert type(written.run.study.spec).model_validate(settings) == written.run.study.spec


def test_audit_has_versions_and_timings(written: Written) -> None:
    audit = written.json("audit.json")
    assert audit["versions"]["pilotzone"]
    assert audit["versions"]["numpy"] == np.__version__
    assert list(audit["seconds"]) == [*stages_of(written.run.study), "report"]
    assert all(value >= 0 for value in audit["seconds"].values())
    assert audit["seeds"] == {"siting.draws": 20160, "appraisal.draws": 20172}


# ----------------------------------------------------------------------------------------------- verdict.json


def test_verdict_is_what_judge_gave(written: Written) -> None:
    found, record = written.run.findings, written.json("verdict.json")
    assert record == json.loads(json.dumps(written.run.record()))
    assert record["verdict"] == json.loads(json.dumps(found.main.verdict.to_dict()))
    assert [item["verdict"] for item in record["designs"]] == [
        json.loads(json.dumps(item.verdict.to_dict())) for item in found.alternatives
    ]


def test_verdict_names_zone_donors_and_reasons(written: Written) -> None:
    zone = written.json("verdict.json")["zone"]
    assert (zone["unit"], zone["start"], zone["anticipation"], zone["window"]) == ("CN-GZ", 2016, 1, [2016, 2019])
    assert set(zone["donors"]) & set(zone["not_donors"]) == set()
    assert all(zone["not_donors"].values())
    whole = {*zone["donors"], *zone["not_donors"], zone["unit"]}
    assert whole == set(written.run.findings.panel.units)
    of_policy = {zone.region for zone in load_evidence().zones} - {"CN-GZ"}
    assert of_policy <= set(zone["not_donors"])


def test_verdict_says_what_the_data_cannot_answer(written: Written) -> None:
    limits = written.json("verdict.json")["limits"]
    assert {item["origin"] for item in limits} == {"evidence", "study"}
    own = [item.text for item in written.run.study.spec.limits]
    assert [item["text"] for item in limits if item["origin"] == "study"] == own


def test_verdict_has_only_numbers_that_json_has(written: Written) -> None:
    def refuse(name: str) -> float:
        raise AssertionError(name)

    json.loads((written.folder / "verdict.json").read_bytes(), parse_constant=refuse)


def test_confidence_sets_are_those_of_the_tests(written: Written) -> None:
    record = json.loads((written.folder / "verdict.json").read_text(encoding="utf-8"))
    effects, verdict = written.run.effects, written.run.verdict
    assert len(record["confidence_sets"]) == len(record["verdict"]["tests"])
    for kept, test in zip(record["confidence_sets"], record["verdict"]["tests"], strict=True):
        assert (kept["outcome"], kept["statistic"]) == (test["outcome"], test["statistic"])
        own = confidence_set(effects.joint, kept["outcome"], alpha=verdict.alpha, statistic=kept["statistic"])
        assert kept["intervals"] == json.loads(json.dumps(own.to_table().records()))
        assert kept["attained"] == own.attained
    assert all(item["confidence_sets"] for item in record["designs"])


def test_conformal_sets_are_those_of_the_main_design_by_shifts_and_by_choices(written: Written) -> None:
    record = json.loads((written.folder / "verdict.json").read_text(encoding="utf-8"))
    effects, alpha = written.run.effects, written.run.verdict.alpha
    names = [fit.outcome.name for fit in effects.fits]
    kept = record["conformal_sets"]
    assert [(item["outcome"], item["permutations"]) for item in kept] == list(product(names, ("moving_block", "iid")))
    for item in kept:
        own = conformal_set(effects, item["outcome"], alpha=alpha, permutations=item["permutations"])
        assert item["intervals"] == json.loads(json.dumps(own.to_table().records()))
        assert (item["attained"], item["compared"], item["resolution"]) == (own.attained, own.count, 0.0)
    assert all(len(item["conformal_sets"]) == len(names) for item in record["designs"])


# -------------------------------------------------------------------------------------------- effects.parquet


def test_effects_are_tidy(effects: pd.DataFrame) -> None:
    assert list(effects.columns) == [*TIDY, "value", "unit_of_measure"]
    assert not effects.duplicated(TIDY).any()
    assert effects["value"].notna().all()
    paths = effects["measure"].isin(["actual", "synthetic", "gap"])
    assert (effects["period"].notna() == paths).all()
    assert (effects["phase"].notna() == paths).all()
    assert (effects["donor"].notna() == (effects["measure"] == "weight")).all()
    assert set(effects["measure"]) == {"actual", "synthetic", "gap", "mean_gap", "pre_rmspe", "weight"}


def test_effects_hold_every_design(written: Written, effects: pd.DataFrame) -> None:
    spec = written.run.study.spec
    expected = {
        "main",
        *(item.name for item in spec.alternatives),
        *(f"outcome {item.name}" for item in spec.secondary),
    }
    assert expected <= set(effects["design"])
    assert set(effects.loc[effects["design"] == "main", "outcome"]) == {item.name for item in spec.outcomes}
    assert set(effects.loc[effects["treated"], "unit"]) == {"CN-GZ"}


def paths(effects: pd.DataFrame) -> pd.DataFrame:
    """Return one row per design, outcome, unit and period with the three measures beside one another."""
    rows = effects[effects["period"].notna()]
    keys = ["design", "outcome", "unit", "period", "phase"]
    return rows.pivot_table(index=keys, columns="measure", values="value").reset_index()


def single(effects: pd.DataFrame, measure: str) -> pd.Series:
    rows = effects[effects["measure"] == measure]
    return rows.set_index(["design", "outcome", "unit"])["value"].sort_index()


def test_gap_is_actual_minus_synthetic(effects: pd.DataFrame) -> None:
    wide = paths(effects)
    assert len(wide) > 1000
    assert np.abs(wide["gap"] - (wide["actual"] - wide["synthetic"])).max() <= 1e-13 * np.abs(wide["actual"]).max()


def test_mean_gap_is_the_mean_of_the_window(effects: pd.DataFrame) -> None:
    inside = paths(effects).query("phase == 'window'")
    means = inside.groupby(["design", "outcome", "unit"])["gap"].mean().sort_index()
    pd.testing.assert_series_equal(means, single(effects, "mean_gap"), check_names=False, rtol=0, atol=1e-12)


def test_fit_is_that_of_the_fitted_periods(effects: pd.DataFrame) -> None:
    before = paths(effects).query("phase == 'pre'")
    squares = before.assign(square=before["gap"] ** 2).groupby(["design", "outcome", "unit"])["square"].mean()
    expected = squares.map(math.sqrt).sort_index()
    pd.testing.assert_series_equal(expected, single(effects, "pre_rmspe"), check_names=False, rtol=0, atol=1e-12)


def test_weights_are_shares(effects: pd.DataFrame) -> None:
    rows = effects[effects["measure"] == "weight"]
    assert (rows["value"] > 0).all()
    assert (rows["unit"] != rows["donor"]).all()
    sums = rows.groupby(["design", "outcome", "unit"])["value"].sum()
    assert np.abs(sums - 1).max() <= 1e-9


def test_synthetic_paths_are_weighted_donors(effects: pd.DataFrame) -> None:
    """Paths from weights: each synthetic path is the weighted mean of its donors' paths plus one constant."""
    wide = paths(effects)
    for (design, outcome), group in wide.groupby(["design", "outcome"]):
        actual = group.pivot_table(index="unit", columns="period", values="actual")
        synthetic = group.pivot_table(index="unit", columns="period", values="synthetic")
        rows = effects[
            (effects["design"] == design) & (effects["outcome"] == outcome) & (effects["measure"] == "weight")
        ]
        weights = rows.pivot_table(index="unit", columns="donor", values="value", fill_value=0.0)
        rest = synthetic - weights.loc[synthetic.index] @ actual.loc[weights.columns]
        assert rest.std(axis=1, ddof=0).max() <= 1e-12 * actual.abs().to_numpy().max(), (design, outcome)


def test_estimates_of_the_verdict_are_in_the_effects(written: Written, effects: pd.DataFrame) -> None:
    gaps = single(effects, "mean_gap")
    for test in written.run.verdict.tests:
        assert gaps["main", test.outcome.name, "CN-GZ"] == pytest.approx(test.estimate, rel=0, abs=1e-14)


def test_ranks_of_the_verdict_can_be_counted_in_the_effects(written: Written, effects: pd.DataFrame) -> None:
    """The p-value of an improvement by the gap itself, counted by hand: the share of units that did at least as well.

    The statistic that was fixed takes off placebo effects at earlier dates, which stand in no file; it is held by tests
    of judging.
    """
    gaps = single(effects, "mean_gap")
    assert written.run.verdict.statistic == "excess_gap"
    assert {test.statistic for test in written.run.verdict.other_tests} == {"mean_gap"}
    for test in written.run.verdict.other_tests:
        good = test.outcome.sign * gaps["main", test.outcome.name]
        assert test.p_improved == pytest.approx(float((good >= good["CN-GZ"]).mean()), rel=1e-12)


# ------------------------------------------------------------------------------------------- evidence.parquet


def test_every_figure_has_unit_and_source(evidence: pd.DataFrame) -> None:
    assert list(evidence.columns) == ["unit", "period", "series", "value", "unit_of_measure", "formula", "source"]
    assert not evidence.duplicated(["unit", "period", "series"]).any()
    for column in ("value", "unit_of_measure", "source"):
        assert evidence[column].notna().all()
    assert (evidence["source"].str.len() > 0).all()


def test_evidence_is_that_of_the_package(evidence: pd.DataFrame) -> None:
    from pilotzone.gather import evidence_panel

    raw = evidence[evidence["formula"].isna()]
    names = sorted(raw["series"].unique())
    expected = evidence_panel(names).to_frame().sort_values(["unit", "period", "series"]).reset_index(drop=True)
    found = raw[["unit", "period", "series", "value"]].sort_values(["unit", "period", "series"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_every_figure_that_effects_rest_on_is_there(effects: pd.DataFrame, evidence: pd.DataFrame) -> None:
    used = effects[effects["measure"] == "actual"][["outcome", "unit", "period", "value"]].drop_duplicates()
    known = evidence.rename(columns={"series": "outcome", "value": "known"})
    both = used.merge(known[["outcome", "unit", "period", "known"]], how="left")
    assert (both["value"] == both["known"]).all()


def test_derived_figures_follow_from_the_published(evidence: pd.DataFrame) -> None:
    wide = evidence.pivot_table(index=["unit", "period"], columns="series", values="value")
    per_head = np.log(wide["gdp_nominal_cny"] / wide["population"])
    assert np.abs(wide["log_gdp_per_capita"] - per_head).max() <= 1e-13
    carbon = np.log(wide["co2_t"] / wide["population"])
    assert np.abs(wide["log_co2_per_capita"] - carbon).max() <= 1e-13
    both = wide["co2_t"].notna() & wide["population"].notna()
    assert wide["log_co2_per_capita"].notna().equals(both)


# ------------------------------------------------------------------------------------------------ report.html


def test_report_is_that_of_the_run(written: Written) -> None:
    text = (written.folder / "report.html").read_text(encoding="utf-8")
    assert text == written.run.report()
    assert written.run.verdict.label in text.lower()

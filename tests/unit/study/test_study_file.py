"""What is wrong with a study file is said once, by the name of its key, with what is allowed."""

from __future__ import annotations

import os
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
from tests.unit.study.invented import write_study

from pilotzone.core import PilotZoneError, StudyError, UsageError
from pilotzone.study import bundled_studies, load, parse, run_study
from pilotzone.study.zone.file import StudySpec

GUIZHOU = (resources.files("pilotzone.study.zone") / "bundled" / "guizhou.toml").read_text(encoding="utf-8")


def changed(old: str, new: str, text: str = GUIZHOU) -> str:
    """Replace the first of what must be there."""
    assert old in text
    return text.replace(old, new, 1)


def error_of(text: str) -> StudyError:
    with pytest.raises(StudyError) as caught:
        parse(text, "mine")
    return caught.value


# ------------------------------------------------------------------------------------------- what is read


def test_bundled_study_is_read() -> None:
    study = load("guizhou")
    assert (study.name, study.folder) == ("guizhou", None)
    assert study.sha256 == sha256(GUIZHOU.encode()).hexdigest()
    assert study.spec.zone.unit == "CN-GZ"
    assert {item.role for item in study.spec.outcomes} == {"development", "environment"}
    assert "guizhou" in bundled_studies()


def test_path_gives_name_and_folder(tmp_path: Path) -> None:
    study = load(write_study(tmp_path, name="my zone"))
    assert (study.name, study.folder) == ("my zone", tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(GUIZHOU.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(GUIZHOU.replace("\n", "\r\n").encode(), id="Windows line ends"),
    ],
)
def test_marks_and_line_ends_of_windows(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(raw)
    assert load(path).spec == load("guizhou").spec
    assert load(path).sha256 == sha256(raw).hexdigest()


def test_settings_survive_a_round_trip() -> None:
    spec = load("guizhou").spec
    assert StudySpec.model_validate(spec.model_dump(mode="json")) == spec


# ------------------------------------------------------------------------------------- files that are none


def test_unknown_name() -> None:
    with pytest.raises(UsageError, match=r"no bundled study 'guizou'.* Did you mean 'guizhou'") as caught:
        load("guizou")
    assert "guizhou" in str(caught.value.allowed)


@pytest.mark.parametrize("which", ["guizou.toml", "there/is/none", Path("none")])
def test_unknown_file(which: str | Path) -> None:
    with pytest.raises(UsageError, match="no study file") as caught:
        load(which)
    assert "pilotzone init" in str(caught.value.todo)


def test_folder_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        load(tmp_path)


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_study(tmp_path)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        load(path)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (GUIZHOU.encode("utf-16"), "not UTF-8"),
        (b"title = '\xe9'", "not UTF-8"),
        (b"#" * 1_000_001, "1,000,001 bytes"),
        (b"PAR1\x00\x00", "not valid TOML"),
        (b"{'json': 1}", "not valid TOML"),
        (b"a = " + b"[" * 5000, "not valid TOML"),
        (b"[zone]\n[zone]\n", "not valid TOML"),
    ],
)
def test_not_a_text_of_this_kind(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(raw)
    with pytest.raises(StudyError, match=says) as caught:
        load(path)
    assert "odd" in str(caught.value)


def test_not_toml_names_the_line() -> None:
    assert "line 5" in str(error_of(changed('question = "Did', 'question = Did"')))


# ------------------------------------------------------------------------------------------ key by key

MISSPELT = [
    ("title =", "titel =", "titel", "title"),
    ("[donors]", "[donor]", "donor", "donors"),
    ("[[outcomes]]", "[[outcome]]", "outcome", "outcomes"),
    ("start = 2016", "strat = 2016", "zone.strat", "start"),
    ("margin = 5", "margins = 5", "outcomes[1].margins", "margin"),
    ("why_margin =", "why_margins =", "outcomes[1].why_margins", "why_margin"),
    ("series = [", "serie = [", "data.serie", "series"),
    ("verdict = [", "verdicts = [", "window.verdicts", "verdict"),
    ("policy_zones =", "policy_zone =", "donors.policy_zone", "policy_zones"),
    ("estimator =", "estimators =", "method.estimators", "estimator"),
    ("alpha =", "alhpa =", "claim.alhpa", "alpha"),
    ('why = "The bet', 'wy = "The bet', "alternatives[1].wy", "why"),
    ('text = "One', 'txt = "One', "limits[1].txt", "text"),
]


@pytest.mark.parametrize(("old", "new", "key", "meant"), MISSPELT)
def test_misspelt_key(old: str, new: str, key: str, meant: str) -> None:
    error = error_of(changed(old, new))
    assert f"{key} is not a key" in error.what
    assert f"{meant!r}" in error.what.partition("Did you mean")[2]
    assert meant in str(error.allowed).split(", ")


MISSING = [
    ("format = 1", "format"),
    ('title = "Guizhou\'s big data pilot zone, 2016"', "title"),
    ('question = "Did the zone raise development without harming the environment?"', "question"),
    ('unit = "CN-GZ"', "zone.unit"),
    ("start = 2016", "zone.start"),
    ('name = "log_gdp_per_capita"', "outcomes[1].name"),
    ('role = "development"', "outcomes[1].role"),
    ('good = "up"', "outcomes[1].good"),
    ('scale = "log"', "outcomes[1].scale"),
    ("margin = 5\n", "outcomes[1].margin"),
    ("verdict = [2016, 2019]", "window.verdict"),
    ('name = "dated_2014"', "alternatives[1].name"),
    ('text = "One', "limits[1].text"),
]


@pytest.mark.parametrize(("line", "key"), MISSING)
def test_missing_key(line: str, key: str) -> None:
    error = error_of(changed(line, f"# {line}"))
    assert f"{key} is missing" in error.what
    assert "pilotzone init" in str(error.todo)


def test_margin_has_no_default_for_any_outcome() -> None:
    """The one number that nobody may choose for the user."""
    before, _, after = GUIZHOU.rpartition("margin = 5\n")
    assert "outcomes[2].margin is missing" in error_of(before + after).what


WRONG = [
    # key, line, what is written instead, words of the error
    ("zone.start", "start = 2016", 'start = "2016"', "a whole number is needed, without quotes"),
    ("zone.start", "start = 2016", "start = true", "a whole number is needed"),
    ("zone.start", "start = 2016", "start = 2016.0", "a whole number is needed"),
    ("zone.start", "start = 2016", "start = 2016-02-01", "periods of different kinds"),
    ("zone.start", "start = 2016", "start = 2016-02-01T12:00:00", "a period is needed"),
    ("zone.start", "start = 2016", "start = 12:00:00", "a period is needed"),
    ("zone.start", "start = 2016", 'start = "2016-13"', "a period is needed"),
    ("zone.start", "start = 2016", "start = [2016]", "a whole number is needed"),
    ("zone.anticipation", "anticipation = 1", "anticipation = -1", "0 or more"),
    ("zone.unit", 'unit = "CN-GZ"', "unit = 52", "text in quotes"),
    ("zone.unit", 'unit = "CN-GZ"', 'unit = ""', "empty"),
    ("title", 'title = "Guizhou', 'title = """' + "x" * 2001 + '""" # "', "at most 2000"),
    ("outcomes[1]", "margin = 5", 'margin = "five %"', "the margin of 'log_gdp_per_capita' is 'five %'"),
    ("outcomes[1]", "margin = 5", 'margin = "5 t"', "its scale is log"),
    ("outcomes[1]", "margin = 5", "margin = 0.05", "may mean 0.05 or 5 percent"),
    ("outcomes[1].margin", "margin = 5", 'margin = "100 %"', "a loss cannot reach 100 percent"),
    ("outcomes[1].margin", "margin = 5", "margin = [5]", "a number is needed, or text with its unit"),
    ("outcomes[1].margin", "margin = 5", "margin = true", "a number is needed"),
    ("outcomes[1].margin", "margin = 5", "margin = 0", "above 0"),
    ("outcomes[1].margin", "margin = 5", "margin = -5", "above 0"),
    ("outcomes[1].margin", "margin = 5", "margin = nan", "finite"),
    ("outcomes[1].margin", "margin = 5", "margin = inf", "finite"),
    ("outcomes[1].margin", "margin = 5", "margin = 100", "a loss cannot reach 100 percent"),
    ("outcomes[1].role", 'role = "development"', 'role = "enviroment"', "Did you mean 'environment'"),
    ("outcomes[1].good", 'good = "up"', 'good = "UP"', "Did you mean 'up'"),
    ("outcomes[1].scale", 'scale = "log"', "scale = 1", "'log' or 'level'"),
    ("outcomes[1].name", 'name = "log_gdp_per_capita"', 'name = "log gdp"', "letters, digits and _"),
    ("window.verdict[2]", "verdict = [2016, 2019]", "verdict = [2016]", "missing"),
    ("window.verdict", "verdict = [2016, 2019]", "verdict = [2016, 2017, 2019]", "3 items, and 2"),
    ("window.verdict", "verdict = [2016, 2019]", 'verdict = "2016-2019"', "a list in brackets"),
    ("window.verdict[1]", "verdict = [2016, 2019]", 'verdict = ["2016", 2019]', "without quotes"),
    ("window.longer[1]", "longer = [[2016, 2023]]", "longer = [2016, 2023]", "a list in brackets"),
    ("donors.policy_zones", 'policy_zones = "exclude"', "policy_zones = true", "'exclude' or 'keep'"),
    ("donors.policy_zones", 'policy_zones = "exclude"', 'policy_zones = "excluded"', "Did you mean 'exclude'"),
    ("method.estimator", 'estimator = "sc_intercept"', 'estimator = "sc-intercept"', "Did you mean 'sc_intercept'"),
    ("method.compare", 'compare = ["sc", "sdid"]', 'compare = "sc"', "a list in brackets"),
    ("method.compare[2]", 'compare = ["sc", "sdid"]', 'compare = ["sc", "did"]', "Did you mean 'sdid'"),
    ("claim.alpha", "alpha = 0.05", "alpha = 5", "below 0.5"),
    ("claim.alpha", "alpha = 0.05", "alpha = 0", "above 0"),
    ("claim.development", 'development = "all"', 'development = ["all"]', "'all' or 'any'"),
    ("data.source", 'source = "bundled"', 'source = "http://x"', "'bundled' or 'file'"),
    ("data.file", 'source = "bundled"', 'source = "file"', "goes with data.source"),
    ("data.file", 'source = "bundled"', 'file = "x.csv"', "goes with data.source"),
    ("data.series", 'series = ["gdp_nominal_cny", "population", "co2_t"]', 'series = "co2_t"', "a list in brackets"),
    ("derive.log co2", 'log_co2 = "log(co2_t)"', '"log co2" = "log(co2_t)"', "letters, digits and _"),
    ("derive.log_co2", 'log_co2 = "log(co2_t)"', "log_co2 = 1", "text in quotes"),
    ("zone", "[zone]", "[[zone]]", "a table is needed"),
    ("format", "format = 1", "format = 2", "1"),
    ("format", "format = 1", 'format = "1"', "1"),
]


@pytest.mark.parametrize(("key", "line", "instead", "says"), WRONG)
def test_wrong_value(key: str, line: str, instead: str, says: str) -> None:
    error = error_of(changed(line, instead))
    assert error.what.startswith(f"study 'mine': {key}") or f" {key}" in error.what
    assert says in str(error)


def test_every_threshold_is_a_positive_number() -> None:
    fields = StudySpec.model_fields["thresholds"].annotation
    assert fields is not None
    for name in fields.model_fields:
        for value in ("0", "-1", "inf", '"1"'):
            assert f"thresholds.{name}" in str(error_of(f"{GUIZHOU}\n[thresholds]\n{name} = {value}\n"))


def test_several_faults_are_counted() -> None:
    error = error_of(changed("alpha = 0.05", "alpha = 2", changed("start = 2016", "start = 1.5")))
    assert "zone.start is 1.5" in error.what
    assert "1 more to mend" in error.what


# ------------------------------------------------------------------------- parts that contradict one another

CONTRADICTIONS = [
    ("window.verdict", "verdict = [2016, 2019]", "verdict = [2019, 2016]", "2019 to 2016"),
    ("window.verdict", "verdict = [2016, 2019]", "verdict = [2015, 2019]", "starts in 2016"),
    ("window.verdict", "start = 2016", "start = 2030", "starts in 2030"),
    ("window.longer[1]", "longer = [[2016, 2023]]", "longer = [[2023, 2016]]", "2023 to 2016"),
    ("method.pre_from", "[method]", "[method]\npre_from = 2016", "a period before the start"),
    ("secondary[1].pre_from", 'name = "log_co2"\n', 'name = "log_co2"\npre_from = 2020\n', "a period before the start"),
    ("alternatives[1] (dated_2014), window", "window = [2014, 2019]", "window = [2013, 2019]", "starts in 2014"),
    ("alternatives[2] (no_neighbours), window", 'name = "no_neighbours"', 'name = "no_neighbours"\nstart = 2018',
     "starts in 2018"),
    ("alternatives[1] (dated_2014), pre_from", "start = 2014", "start = 2014\npre_from = 2014", "before the start"),
    ("name in outcomes and secondary", 'name = "log_co2"\n', 'name = "log_co2_per_capita"\n', "stands there twice"),
    ("name in alternatives", 'name = "dated_2014"', 'name = "main"', "stands there twice"),
    ("method.compare", 'compare = ["sc", "sdid"]', 'compare = ["sc", "sc"]', "stands there twice"),
    ("data.series", '"population", "co2_t"]', '"population", "population"]', "stands there twice"),
    ("data.unit", 'source = "bundled"', 'source = "bundled"\nunit = "region"', "has no effect"),
    ("donors.exclude", 'neighbours = "keep"', 'exclude = { CN-GZ = "itself" }', "is a zone itself"),
    ("donors.only", 'neighbours = "keep"', 'only = ["CN-GZ", "CN-HN"]', "is a zone itself"),
    ("donors.only and donors.exclude", 'neighbours = "keep"', 'only = ["CN-HN"]\nexclude = { CN-HN = "x" }', "'CN-HN'"),
    ("method", 'estimator = "sc_intercept"', 'estimator = "sdid"', "exclude_treated"),
    ("alternatives[2] (no_neighbours)", 'name = "no_neighbours"', 'name = "no_neighbours"\nestimator = "sdid"',
     "exclude_treated"),
    ("method: 'sc_predictors'", 'estimator = "sc_intercept"', 'estimator = "sc_predictors"', "[[method.predictors]]"),
    ("method.compare: 'sc_predictors'", '["sc", "sdid"]', '["sc_predictors"]', "needs predictors"),
    ("alternatives[2] (no_neighbours): 'sc_predictors'", 'name = "no_neighbours"',
     'name = "no_neighbours"\nestimator = "sc_predictors"', "needs predictors"),
    ("method.predictors", '["sc", "sdid"]', '["sc"]\npredictors = [{ name = "log_co2" }]', "no estimator here"),
    ("name in method.predictors", '["sc", "sdid"]',
     '["sc_predictors"]\npredictors = [{ name = "log_co2" }, { name = "log_co2" }]', "stands there twice"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "line", "instead", "says"), CONTRADICTIONS)
def test_contradiction(key: str, line: str, instead: str, says: str) -> None:
    error = error_of(changed(line, instead))
    assert error.what.startswith(f"study 'mine': {key}")
    assert says in str(error)
    assert error.allowed or error.todo


def test_predictors_are_read_for_any_estimator_that_fits_on_them() -> None:
    named = 'predictors = [{ name = "log_co2", fitted = [2012, 2013], training = [2006] }, { name = "population" }]'
    for old, new in (
        ('compare = ["sc", "sdid"]', f'compare = ["sc_predictors"]\n{named}'),
        ('estimator = "sc_intercept"', f'estimator = "sc_predictors"\n{named}'),
    ):
        first, second = parse(changed(old, new), "mine").spec.method.predictors
        assert (first.name, first.fitted, first.training) == ("log_co2", (2012, 2013), (2006,))
        assert (second.name, second.fitted, second.training) == ("population", (), ())


def test_sdid_with_pools_that_fit_is_read() -> None:
    both = changed('pools = "symmetric"', 'pools = "exclude_treated"', changed('"sc_intercept"', '"sdid"'))
    assert parse(both, "mine").spec.method.pools == "exclude_treated"


# --------------------------------------------------------------------------- what only the data can tell

AGAINST_DATA = [
    ("'log_gdp_per_head'", 'name = "log_gdp_per_capita"', 'name = "log_gdp_per_head"', "Did you mean"),
    ("'gdp_per_capita_cny'", 'name = "log_gdp_per_capita"', 'name = "gdp_per_capita_cny"', "scale 'log'"),
    ("'log_gdp_per_capita'", 'scale = "log"', 'scale = "level"', "is a logarithm"),
    ("zone.unit", 'unit = "CN-GZ"', 'unit = "CN-ZG"', "Did you mean"),
    ("donors.exclude", 'neighbours = "keep"', 'exclude = { CN-XX = "x" }', "not a unit of the data"),
    ("donors.only", 'neighbours = "keep"', 'only = ["Hunan"]', "not a unit of the data"),
    ("'population'", '"population", "co2_t"]', '"co2_t"]', "no series 'population'"),
    ("'co2'", '"co2_t"]\n\n', '"co2"]\n\n', "Did you mean 'co2_t'"),
    ("'log_co2'", 'log_co2 = "log(co2_t)"', 'log_co2 = "log(co2_t"', "not an expression"),
    ("'log_co2'", 'log_co2 = "log(co2_t)"', "log_co2 = \"__import__('os')\"", ""),
    ("'log_co2'", 'log_co2 = "log(co2_t)"', 'log_co2 = "log(co2_t + population)"', ""),
    ("2016 to 2040", "verdict = [2016, 2019]", "verdict = [2016, 2040]", ""),
    ("1900", "start = 2016", "start = 1900", ""),
    ("anticipation", "anticipation = 1", "anticipation = 50", ""),
]


@pytest.mark.parametrize(("key", "line", "instead", "says"), AGAINST_DATA)
def test_file_against_its_data(key: str, line: str, instead: str, says: str) -> None:
    with pytest.raises(PilotZoneError) as caught:
        run_study(parse(changed(line, instead), "mine"))
    assert key in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize("key", ["policy_zones", "neighbours"])
def test_rules_that_need_the_bundled_evidence(tmp_path: Path, key: str) -> None:
    path = write_study(tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write(f'\n[donors]\n{key} = "exclude"\n')
    with pytest.raises(StudyError, match=rf"donors\.{key} = 'exclude' needs the bundled evidence"):
        run_study(load(path))


def test_figures_that_are_no_logarithms(tmp_path: Path) -> None:
    text = write_study(tmp_path).read_text(encoding="utf-8")
    text = changed('output = "1e6 CNY"', 'output = "log(CNY)"', text)
    text = changed('log_output = "log(output / people)"', 'log_output = "output"', text)
    with pytest.raises(StudyError, match=r"'log_output' is said to be a logarithm, but is as large as") as caught:
        run_study(parse(text, "mine", folder=tmp_path))
    assert "data.units" in str(caught.value.todo)

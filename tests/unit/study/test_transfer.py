"""Transfers: published figures through a study file, what is refused, first screens, names that try something.

The thirteen trials of BCG: a mean of -0.7150 with a standard error of 0.1809 by Paule and Mandel with Hartung and
Knapp (see tests/golden/data/bcg.md). The trials' latitudes are 13 to 55 degrees.
"""

from __future__ import annotations

import csv
import html
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.unit.study.test_several_zones import two_zones

from pilotzone.core import PilotZoneError
from pilotzone.report import Grid, Words
from pilotzone.study import KINDS, Run, load, parse, run
from pilotzone.study.transfer import TransferFindings
from pilotzone.study.transfer.answer import transfer_answer
from pilotzone.study.transfer.handing import shared_correlation
from pilotzone.study.transfer.hatching import hatch_rows
from pilotzone.study.transfer.map import effects_map
from pilotzone.study.transfer.wording import transfer_limits
from pilotzone.transfer import pool_effects

BCG = Path(__file__).parents[2] / "golden" / "data" / "bcg.csv"
DIGITS = 5e-5
TRIALS = """
title = "BCG against tuberculosis"
[transfer]
treatment = "BCG vaccine"
horizon = "whole trial"
effects = "trials.csv"
between = "PM"
draws = 2000
[[outcomes]]
name = "risk"
good = "down"
scale = "log"
[[moderator]]
name = "latitude"
unit = "degrees"
declared = "Colditz and others 1994"
[[candidate]]
name = "Middle"
moderators = { latitude = 40.0 }
[[candidate]]
name = "North"
moderators = { latitude = 64.0 }
[[candidate]]
name = "South"
moderators = { latitude = 20.0 }
[[priors]]
tau_scale = 0.5
why = "a test"
"""
HEAD = """
title = "Zones"
[transfer]
treatment = "zone"
horizon = "5 years"
{more}
[[outcomes]]
name = "gdp"
unit = "%"
"""


def effect(zone: str, value: float, se: float = 1.0, more: str = "") -> str:
    return f'[[effect]]\nzone = "{zone}"\neffect = {value}\nse = {se}\nsource = "a test"\n{more}\n'


def small(*values: float, more: str = "", tail: str = "") -> str:
    zones = "".join(effect(name, value) for name, value in zip("ABCDEFGHIJKLM", values, strict=False))
    return f"{HEAD.format(more=more)}{zones}{tail}"


def trials(folder: Path) -> Path:
    with BCG.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = ["zone,effect,se,latitude"]
    for row in rows:
        a, b, c, d = (float(row[key]) for key in ("tpos", "tneg", "cpos", "cneg"))
        value = math.log(a / (a + b)) - math.log(c / (c + d))
        se = math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
        lines.append(f"{row['trial']} {row['author']},{value!r},{se!r},{row['ablat']}")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "bcg.toml"
    path.write_text(TRIALS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def bcg(tmp_path_factory: pytest.TempPathFactory) -> Run[TransferFindings]:
    return run(trials(tmp_path_factory.mktemp("bcg")))


@pytest.fixture(scope="module")
def inland() -> Run[TransferFindings]:
    return run("inland-provinces")


def found_of(text: str, folder: Path) -> TransferFindings:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    found: TransferFindings = run(path).findings
    return found


# ---------------------------------------------------------------------------------------------------- figures


def test_published_mean_through_a_study_file(bcg: Run[TransferFindings]) -> None:
    record = bcg.record()["outcomes"][0]
    assert record["estimate"] == pytest.approx(-0.7150, abs=DIGITS)
    assert record["se"] == pytest.approx(0.1809, abs=DIGITS)
    assert record["zones"] == 13
    assert record["effect"] == pytest.approx(100 * math.expm1(record["estimate"]), rel=1e-12)


def test_priors_on_the_page_are_headed_by_what_outcomes_are_called(inland: Run[TransferFindings]) -> None:
    study = load("inland-provinces")
    heads = [item.group for item in study.kind.choices(study, inland.findings) if item.key.startswith("priors.")]
    assert list(dict.fromkeys(heads)) == ["Priors, GDP per head", "Priors, CO2 per head"]


def test_candidates_inside_are_predicted_and_others_told_why(bcg: Run[TransferFindings]) -> None:
    rows = {row["place"]: row for row in bcg.record()["outcomes"][0]["candidates"]}
    north = rows["North"]
    assert (north["effect"], north["transported"], north["forbids"]) == (None, False, "latitude")
    assert north["refusal"] == (
        "cannot be transported: latitude is outside the range of zones and would have to be 9 degrees lower"
    )
    # The published slope is negative: the vaccine does more far from the equator.
    assert rows["Middle"]["effect"] < rows["South"]["effect"] < 0
    assert rows["Middle"]["first"] + rows["South"]["first"] == pytest.approx(1.0)
    assert rows["Middle"]["first"] > rows["South"]["first"]


def test_a_covariance_of_zones_enters_by_the_formula(tmp_path: Path) -> None:
    """Two zones with equal errors: the variance of their mean without differences is (s² + c) / 2."""
    tail = '[[covariance]]\nbetween = ["A", "B"]\nvalue = 0.5\n'
    pooled = found_of(small(1.0, 1.0, tail=tail), tmp_path).main.pooled
    assert pooled.plain_se == pytest.approx(math.sqrt((1.0 + 0.5) / 2), rel=1e-12)
    assert found_of(small(1.0, 1.0), tmp_path).main.pooled.plain_se == pytest.approx(math.sqrt(0.5), rel=1e-12)


def test_correlations_by_shared_donors_are_those_of_the_weights() -> None:
    first = SimpleNamespace(pool=("x", "y", "z"), weights=np.array([[0.0, 0.5, 0.5]]), treated=0)
    second = SimpleNamespace(pool=("y", "z", "q"), weights=np.array([[0.25, 0.0, 0.75]]), treated=0)
    found = shared_correlation([first, second])
    expected = 0.5 * 0.25 / math.sqrt((1 + 0.5) * (1 + 0.0625 + 0.5625))
    np.testing.assert_allclose(found, [[1, expected], [expected, 1]], rtol=1e-12)


def test_effects_are_handed_over_by_a_study_of_two_zones(tmp_path: Path) -> None:
    zones = two_zones(tmp_path, extra='\n[method]\nestimator = "sc_intercept"\n')
    own = load(zones)
    outcome = own.spec.outcomes[0]
    text = HEAD.format(more='source = "zone"').replace('name = "gdp"\nunit = "%"', f'name = "{outcome.name}"')
    text = text.replace("[transfer]", f'[beside]\nzone = "{zones.name}"\n[transfer]', 1)
    text = text.replace(f'name = "{outcome.name}"', f'name = "{outcome.name}"\nscale = "log"\ngood = "{outcome.good}"')
    path = tmp_path / "elsewhere.toml"
    path.write_text(text, encoding="utf-8")
    done = run(path)
    parts = done.beside["zone"].findings.zones.parts
    effects = done.findings.main.synthesis.effects
    for k, part in enumerate(parts):
        fit = part.fit(outcome.name)
        gaps = np.delete(fit.mean_gap, fit.treated)
        assert effects.estimate[k] == pytest.approx(float(fit.mean_gap[fit.treated]), rel=1e-12)
        assert effects.effects[k].se == pytest.approx(math.sqrt(float((gaps**2).mean())), rel=1e-12)
    one = path.read_text(encoding="utf-8").replace('source = "zone"', "")
    with pytest.raises(PilotZoneError, match="there are no effects"):
        parse(one, "x")


def test_a_study_may_take_tau_as_uncertain(tmp_path: Path) -> None:
    """Everything that shows a prediction has the other interval, and what warned of the first one is gone."""
    values = (1.0, 2.5, 0.5, 3.0, 2.0, 1.5)
    tail = '[[candidate]]\nname = "Here"\n'
    plain = found_of(small(*values, tail=tail), tmp_path)
    wide = found_of(small(*values, more='prediction = "NNF"', tail=tail), tmp_path)
    assert wide.main.pooled.interval == plain.main.pooled.interval
    ends = pool_effects(wide.main.synthesis.effects, prediction="NNF").pooled[0].prediction
    row = wide.main.candidates[0]
    assert ends == wide.main.pooled.prediction == (row.low, row.high)
    assert ends != plain.main.pooled.prediction
    assert "degrees of freedom" in transfer_answer(plain).strength
    assert "allow for what is not known" in transfer_answer(wide).strength
    warned = [any("NNF" in limit.text for limit in transfer_limits(found)) for found in (plain, wide)]
    assert warned == [True, False]
    with pytest.raises(PilotZoneError, match="prediction"):
        found_of(small(*values, more='prediction = "PI"'), tmp_path)


def test_zones_that_differ_by_far_more_than_they_err_need_no_warning(tmp_path: Path) -> None:
    found = found_of(small(10.0, 25.0, -50.0, 30.0, 20.0, -15.0), tmp_path)
    assert not any("NNF" in limit.text for limit in transfer_limits(found))


# --------------------------------------------------------------------------------------------------- few zones


def test_two_zones_predict_nothing_and_three_warn(tmp_path: Path) -> None:
    tail = '[[candidate]]\nname = "Here"\n'
    two = found_of(small(1.0, 2.0, tail=tail), tmp_path)
    assert two.main.pooled.prediction is None
    assert [row.effect for row in two.main.candidates] == [None]
    assert transfer_answer(two).label == "no candidate can be told"
    three = found_of(small(1.0, 2.0, 3.0, tail=tail), tmp_path)
    row = three.main.candidates[0]
    assert (row.low, row.high) == three.main.pooled.prediction
    assert "3 zones hardly tell" in " ".join(transfer_answer(three).why)
    assert three.main.forecasts is None
    assert "forecasts of 3 zones cannot be scored" in transfer_answer(three).strength


@pytest.mark.parametrize(
    ("good", "values", "label"),
    [
        ("up", (9.0, 9.1, 8.9, 9.0, 9.0, 9.05), "better in the candidate"),
        ("down", (9.0, 9.1, 8.9, 9.0, 9.0, 9.05), "worse in the candidate"),
        ("up", (-9.0, 9.1, 8.9, -9.0, 0.0, 1.0), "even the direction elsewhere cannot be told"),
    ],
)
def test_the_label_says_the_direction_where_the_interval_does(
    good: str, values: tuple[float, ...], label: str, tmp_path: Path
) -> None:
    text = small(*values, tail='[[candidate]]\nname = "Here"\n').replace('unit = "%"', f'unit = "%"\ngood = "{good}"')
    assert transfer_answer(found_of(text, tmp_path)).label == label


# ----------------------------------------------------------------------------------------------------- refused

MODERATOR = '[[moderator]]\nname = "income"\ndeclared = "a test"\n'
REFUSED = {
    "four zones, one moderator": (small(1.0, 2.0, 3.0, 4.0, tail=MODERATOR), "4 zones have 1 moderator: income."),
    "no figure": (small(*range(1, 6), tail=MODERATOR), "'A' has no 'income'"),
    "no figure, no unit": (small(*range(1, 6), tail=MODERATOR), "a number for every zone and candidate"),
    "no figure, a unit": (small(*range(1, 6), tail=MODERATOR + 'unit = "t"\n'), "a number in t for every zone"),
    "moderator not declared": (
        HEAD.format(more="") + effect("A", 1.0, more="moderators = { age = 1.0 }") + effect("B", 2.0),
        "'A' has 'age', not a moderator here",
    ),
    "called as a column": (small(1.0, 2.0, tail=MODERATOR.replace("income", "region")), "called 'region'"),
    "series without year": (small(1.0, 2.0, tail=MODERATOR + 'series = "population"\n'), "series and year go together"),
    "unknown series": (
        small(*range(1, 6), tail=MODERATOR + 'series = "populatoin"\nyear = 2015\n'),
        "Did you mean 'population'",
    ),
    "one zone": (small(1.0), "has an effect of one zone"),
    "a zone twice": (small(1.0, 2.0) + effect("A", 3.0), "has two effects on"),
    "a candidate twice": (small(1.0, 2.0, tail='[[candidate]]\nname = "Q"\n' * 2), "candidate 'Q' stands twice"),
    "a candidate is a zone": (small(1.0, 2.0, tail='[[candidate]]\nname = "A"\n'), "candidate 'A' is one of the zones"),
    "no name": (small(1.0, 2.0, tail="[[candidate]]\n"), "a candidate has a name or a region"),
    "unknown outcome": (small(1.0) + effect("B", 2.0, more='outcome = "gpd"'), "gpd"),
    "unknown zone": (small(1.0, 2.0, tail='[[covariance]]\nbetween = ["A", "X"]\nvalue = 0.1\n'), "'X'"),
    "with itself": (small(1.0, 2.0, tail='[[covariance]]\nbetween = ["A", "A"]\nvalue = 0.1\n'), "and itself"),
    "not a covariance": (small(1.0, 2.0, tail='[[covariance]]\nbetween = ["A", "B"]\nvalue = 1.5\n'), "definite"),
    "two priors": (small(1.0, 2.0, tail='[[priors]]\ntau_scale = 1.0\nwhy = "x"\n' * 2), "has two priors"),
    "nothing beside": (small(1.0, 2.0, more='source = "zone"'), "no study of zones stands beside"),
    "nothing to estimate": (small(1.0, 2.0, more='source = "evidence"'), "go together"),
    "no error": (small(1.0) + effect("B", 2.0, se=0.0), "se"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_one_clear_statement(case: str, tmp_path: Path) -> None:
    text, said = REFUSED[case]
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PilotZoneError) as error:
        run(path)
    assert said in str(error.value)
    assert "mine" in str(error.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("zone,effect\nA,1\n", "has no column se"),
        ("zone,effect,se,colour\nA,1,1,red\n", "has the column 'colour', which is not known"),
        ("zone,effect,se,se\nA,1,1,1\n", "has the column 'se' twice"),
        ("zone,effect,se\nA,x,1\n", "line 2: effect is 'x'"),
        ("zone,effect,se\nA,1,-1\n", "line 2: se is '-1'"),
        ("zone,effect,se\n,1,1\n", "line 2: zone is empty"),
        ("zone,effect,se\n", "has no rows"),
    ],
)
def test_tables_name_the_line(rows: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "zones.csv").write_text(rows, encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(HEAD.format(more='effects = "zones.csv"'), encoding="utf-8")
    with pytest.raises(PilotZoneError) as error:
        run(path)
    assert said in str(error.value)


def test_a_moderator_after_the_first_zone_is_refused(tmp_path: Path) -> None:
    text = KINDS["transfer"].bundled_file("inland-provinces").decode().replace("year = 2015", "year = 2016")
    path = tmp_path / "late.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PilotZoneError, match="is measured in 2016, and the first zone began in 2016"):
        run(path)


# ------------------------------------------------------------------------------------------------ what is shown


def height(done: Run[Any], width: int) -> int:
    """Return the lines of a screen, tables with their heads, wrapped as narrow as they are."""
    count = 0
    for block in done.lines(width):
        if isinstance(block, Grid):
            count += 1 + len(block.rows)
        elif isinstance(block, Words):
            count += max(1, -(-len(block.text) // width))
        else:
            assert len(block.text) <= width
            count += 1
    return count


@pytest.mark.parametrize(("width", "most"), [(80, 31), (120, 24)])
def test_the_first_screen_fits(
    inland: Run[TransferFindings], bcg: Run[TransferFindings], width: int, most: int
) -> None:
    assert height(inland, width) <= most
    assert height(bcg, width) <= most


def test_the_bundled_example_says_how_little_seven_zones_tell(inland: Run[TransferFindings]) -> None:
    found = inland.findings
    assert inland.study.kind.found["inland-provinces"] == inland.study.kind.brief(found)
    assert len(found.main.pooled.zones) == 7
    assert transfer_answer(found).label == "even the direction elsewhere cannot be told"
    assert {row.place for row in found.main.refused} == {"Gansu"}
    assert {row.forbids for row in found.main.refused} == {"income in 2015"}
    effects = found.main.synthesis.effects
    assert effects.covariance is not None
    off = effects.covariance - np.diag(effects.covariance.diagonal())
    assert off.max() > 0
    assert off.min() >= 0


def test_the_map_hatches_who_cannot_be_told(inland: Run[TransferFindings]) -> None:
    figure = effects_map(inland.findings)
    assert figure is not None
    kinds = {row["code"]: row["kind"] for row in figure.chart.data["shapes"]}
    assert [code for code, kind in kinds.items() if "hatched" in kind] == ["CN-GS"]
    assert {code for code, kind in kinds.items() if kind == "zone"} == {
        "CN-GZ", "CN-BJ", "CN-HE", "CN-GD", "CN-SH", "CN-HA", "CN-CQ",
    }  # fmt: skip
    assert len(figure.chart.data["hatches"]) > 5


def test_hatches_stay_inside_and_leave_holes_out() -> None:
    square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    hole = [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]
    rows = hatch_rows({"type": "Polygon", "coordinates": [square, hole]}, 0.25)
    for row in rows:
        lon, lat = (row["lon"] + row["lon2"]) / 2, (row["lat"] + row["lat2"]) / 2
        assert 0 <= lon <= 4
        assert 0 <= lat <= 4
        assert not (1 < lon < 3 and 1 < lat < 3)
    # Lines a quarter apart along the latitude cover the area that is left: length along the longitude times 0.25.
    assert sum(row["lon2"] - row["lon"] for row in rows) * 0.25 == pytest.approx(16 - 4, rel=0.02)
    assert hatch_rows({"type": "MultiPolygon", "coordinates": []}, 1.0) == []


def test_names_that_try_something_are_inert(tmp_path: Path) -> None:
    odd = "<script>alert(1)</script>"
    tail = f'[[candidate]]\nname = "{odd}"\n[[candidate]]\nname = "\\u001b[31mred"\n'
    text = small(1.0, 2.0, 3.0, tail=tail).replace('zone = "A"', f'zone = "{odd}zone"')
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    done = run(path)
    page = done.report()
    assert odd not in page
    assert html.escape(odd) in page
    assert "\x1b" not in page
    for block in done.lines(80):
        cells = [cell for row in block.rows for cell in row] if isinstance(block, Grid) else []
        assert "\x1b" not in " ".join(map(str, [*cells, getattr(block, "text", "")])) or cells

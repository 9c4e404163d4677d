"""Every key of a siting file: what it does, and how it is said that it is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

import pilotzone as pz
from pilotzone.core import PilotZoneError, StudyError
from pilotzone.site import Siting
from pilotzone.study.siting.answer import siting_answer
from pilotzone.study.siting.record import siting_record
from pilotzone.study.siting.wording import siting_limits

if TYPE_CHECKING:
    from pathlib import Path

EVERY = """\
title = "Everything"
regions = ["CN-GZ"]
method = "topsis"
draws = 200
batches = 10
gaps = "leave_out"
uncertain_figures = false
spot = "chosen"
systems = ["waterside"]
year = 2014
seed = 7
alternatives = { tariff = "rent" }

[weights]
intervals = { tariff = [0.1, 0.9] }
order = [["tariff", "plants_gw"]]

[[correlation]]
between = ["tariff", "rent"]
value = 0.5

[[criterion]]
name = "tariff"
good = "down"
unit = "CNY/kWh"
shape = "linear"
indifference = 0.01
preference = 0.2
common = 0.5
scale = [0.2, 0.8]
reference = [0.3, 0.5]

[[criterion]]
name = "rent"
good = "down"

[[criterion]]
name = "plants_gw"

[[place]]
region = "CN-YN"
figures = { tariff = [0.3, 0.4], rent = [1, 2] }
source = "a letter"

[[place]]
name = "Here"
latitude = 26.5
longitude = 106.6
spot_of = "There"
figures = { tariff = 0.4, rent = [1, 3], plants_gw = 3 }
"""

LINES = sorted({line for line in EVERY.splitlines() if " = " in line})


def write(folder: Path, text: str = EVERY) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def ranked(which: Path | str) -> Siting:
    found = pz.rank_sites(which)
    assert isinstance(found, Siting)
    return found


def test_what_every_key_does(tmp_path: Path) -> None:
    found = ranked(write(tmp_path))
    spec = found.spec
    assert (spec.title, spec.method, spec.draws, spec.batches) == ("Everything", "topsis", 200, 10)
    assert spec.uncertain_figures is False
    assert (spec.gaps, spec.spot, spec.systems, spec.year, spec.seed) == (
        "leave_out",
        "chosen",
        ("waterside",),
        2014,
        7,
    )
    assert [place.region for place in spec.places] == ["CN-GZ", "CN-YN", ""]
    assert spec.space.intervals == {"tariff": (0.1, 0.9)}
    assert spec.space.order == (("tariff", "plants_gw"),)
    assert spec.correlations == {("tariff", "rent"): 0.5}
    assert spec.alternatives == {"tariff": "rent"}
    assert spec.common == {"tariff": 0.5}
    tariff = spec.criteria[0]
    assert (tariff.good, tariff.unit, tariff.shape) == ("down", "CNY/kWh", "linear")
    assert (tariff.indifference, tariff.preference) == (0.01, 0.2)
    assert (tariff.scale, tariff.reference) == ((0.2, 0.8), (0.3, 0.5))
    # One of the evidence has its own direction, unit, scale and reference.
    plants = spec.criteria[2]
    assert (plants.good, plants.unit, plants.scale is None, plants.reference is None) == ("up", "GW", False, False)
    here = spec.places[2]
    assert (here.latitude, here.longitude, here.belongs) == (26.5, 106.6, "There")
    assert spec.places[1].figures["rent"].source == "a letter"
    assert here.figures["rent"].source == "given in the siting file"
    assert found.acceptability.method == "topsis"
    assert set(found.left_out) == {"Guizhou"}
    assert set(found.places) == {"Yunnan", "There"}


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    spec = ranked(write(tmp_path, 'title = "T"\nregions = ["CN-GZ", "CN-YN"]\ndraws = 100\nbatches = 5\n')).spec
    assert (spec.method, spec.gaps, spec.spot, spec.year, spec.seed) == ("weighted_sum", "range", "chosen", None, 20160)
    assert spec.systems == ("airside", "waterside")
    assert spec.names == list(ranked("guizhou").spec.names)
    assert not spec.space.intervals
    assert not spec.space.order
    assert spec.alternatives == {"water_l_per_kwh": "water_without_reservoirs_l_per_kwh"}


FEW = 'title = "T"\nregions = ["CN-GZ", "CN-YN", "CN-SN"]\ndraws = 400\nbatches = 20\n'
FIXED = '[[criterion]]\nname = "pue"\n[[criterion]]\nname = "heat_c"\n[weights.fixed]\npue = 0.5\nheat_c = 0.5\n'


def test_figures_that_are_not_uncertain_are_in_the_middle_of_their_ranges(tmp_path: Path) -> None:
    uncertain = ranked(write(tmp_path, FEW))
    found = ranked(write(tmp_path, f"{FEW}uncertain_figures = false\n"))
    assert uncertain.spec.uncertain_figures
    assert found.alternatives.certain
    assert found.sensitivity.groups == ("weights",)
    # Middles, weights and scores are those of the ranking that draws figures; only the draws differ.
    np.testing.assert_array_equal(found.alternatives.low, uncertain.alternatives.settled().low)
    assert uncertain.alternatives.middle.shape == found.alternatives.middle.shape
    np.testing.assert_array_equal(found.alternatives.middle, uncertain.alternatives.middle)
    np.testing.assert_array_equal(found.scores, uncertain.scores)
    assert found.acceptability.first.tolist() != uncertain.acceptability.first.tolist()
    assert siting_answer(found).why[0] == "figures are taken at the middle of their ranges, so only weights vary."
    told = " ".join(limit.text for limit in siting_limits(found))
    assert "What uncertain figures could change" in told
    assert "What uncertain figures could change" not in " ".join(limit.text for limit in siting_limits(uncertain))
    assert siting_record("x", found)["uncertain_figures"] is False


def test_with_fixed_weights_as_well_nothing_is_drawn(tmp_path: Path) -> None:
    found = ranked(write(tmp_path, f"{FEW}uncertain_figures = false\n{FIXED}"))
    assert sorted(found.acceptability.first.tolist()) == [0.0, 0.0, 1.0]
    best = found.places[int(found.scores.argmax())]
    assert found.winner == best
    answer = siting_answer(found)
    assert "figures at the middle of their ranges" in answer.said[0]
    assert "nothing is simulated" in answer.strength
    assert ranked(write(tmp_path, f"{FEW}{FIXED}")).acceptability.first.tolist() != found.acceptability.first.tolist()


def test_a_spot_that_is_unknown_stays_so(tmp_path: Path) -> None:
    found = ranked(write(tmp_path, f'{FEW}uncertain_figures = false\nspot = "unknown"\n'))
    assert [unknown.name for unknown in found.alternatives.unknowns] == ["spot"]


def test_no_alternatives_at_all(tmp_path: Path) -> None:
    text = 'title = "T"\nregions = ["CN-GZ", "CN-YN"]\ndraws = 100\nbatches = 5\nalternatives = {}\n'
    assert not ranked(write(tmp_path, text)).instead


@pytest.mark.parametrize("line", LINES)
def test_a_misspelt_key_is_named_with_the_one_that_is_meant(tmp_path: Path, line: str) -> None:
    key = line.split(" = ", 1)[0]
    wrong = key[:-1]
    with pytest.raises(StudyError) as caught:
        ranked(write(tmp_path, EVERY.replace(line, line.replace(key, wrong, 1), 1)))
    assert re.search(rf"siting 'mine': [\w\[\].]*\b{wrong} is not a key that is known here", str(caught.value))
    assert re.search(rf"Did you mean [^?]*'{key}'", str(caught.value))


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('title = "Everything"\n', "title"),
        ('name = "tariff"\n', "criterion[1].name"),
        ("value = 0.5\n", "correlation[1].value"),
        ('between = ["tariff", "rent"]\n', "correlation[1].between"),
    ],
)
def test_a_key_that_is_needed(tmp_path: Path, line: str, key: str) -> None:
    with pytest.raises(StudyError, match=rf"siting 'mine': {re.escape(key)} is missing"):
        ranked(write(tmp_path, EVERY.replace(line, "", 1)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "Everything"', "title = 3", r"title is 3: text in quotes is needed"),
        ('regions = ["CN-GZ"]', 'regions = "some"', r"regions is 'some'"),
        ('regions = ["CN-GZ"]', 'regions = ["CN-GZ", "CN-GZ"]', r"places are Guizhou, Guizhou, Yunnan, Here"),
        ('"topsis"', '"best"', r"(?s)method is 'best'.*'weighted_sum', 'topsis' or 'promethee_2'"),
        ("draws = 200", 'draws = "200"', r"draws is '200': a whole number is needed, without quotes"),
        ("draws = 200", "draws = 200.5", r"draws is 200.5: a whole number is needed"),
        ("draws = 200", "draws = true", r"(?i)draws is true: a whole number is needed"),
        ("batches = 10", "batches = 0", r"batches is 0: it has to be 1 or more"),
        ("batches = 10", "batches = 201", r"(?s)200 weights and 201 values are drawn.*batches <= draws"),
        ("uncertain_figures = false", 'uncertain_figures = "no"', r"uncertain_figures is 'no'"),
        ('"leave_out"', '"fill"', r"(?s)gaps is 'fill'.*'range' or 'leave_out'"),
        ('["waterside"]', '["seawater"]', r"(?s)systems\[1\] is 'seawater'.*'airside' or 'waterside'"),
        ("year = 2014", "year = 2014.5", r"year is 2014.5: a whole number is needed"),
        ("seed = 7", "seed = -1", r"seed is -1: it has to be 0 or more"),
        ("[0.1, 0.9]", "[0.9, 0.1]", r"the weight of 'tariff' lies from 0.9 to 0.1"),
        ("[0.1, 0.9]", "[0.1]", r"weights\.intervals\.tariff\[2\] is missing"),
        ('[["tariff", "plants_gw"]]', '[["tariff"]]', r"weights\.order\[1\]\[2\] is missing"),
        ('[["tariff", "plants_gw"]]', '[["tariff", "tariff"]]', r"compares 'tariff' with itself"),
        ('[["tariff", "plants_gw"]]', '[["tarif", "rent"]]', r"'tarif'\. Did you mean 'tariff'"),
        ("value = 0.5", "value = 2", r"correlation\[1\]\.value is 2: it has to be 1 or less"),
        ('["tariff", "rent"]', '["tariff", "plants_gw"]', r"of 'plants_gw', of which no place has a range"),
        ('["tariff", "rent"]', '["tariff", "tariff"]', r"of 'tariff' and itself"),
        ('"linear"', '"round"', r"(?s)criterion\[1\]\.shape is 'round'.*'usual', 'v_shape' or 'linear'"),
        ("preference = 0.2", "preference = 0.005", r"thresholds of criterion 'tariff' are 0.01 and 0.005"),
        ("common = 0.5", "common = 2", r"criterion\[1\]\.common is 2: it has to be 1 or less"),
        ("[0.3, 0.5]", '["a"]', r"criterion\[1\]\.reference\[1\] is 'a': a number is needed, without quotes"),
        ("latitude = 26.5", "latitude = 126.5", r"place\[2\]\.latitude is 126.5: it has to be 90 or less"),
        ("latitude = 26.5\n", "", r"place\[2\]: latitude and longitude go together"),
        ('name = "Here"', 'name = "Yunnan"', r"places are Guizhou, Yunnan, Yunnan"),
        ('name = "Here"', 'name = "Here"\nweather = "absent.epw"', r"no weather file '.*absent\.epw'"),
        (
            'spot_of = "There"',
            'spot_of = "Here"\n[[place]]\nname = "X"\nspot_of = "Y"\n[[place]]\nname = "Z"\nspot_of = "X"',
            r"Z is a spot of X, which is itself a spot of Y",
        ),
        ("[weights]", "[weights", r"not valid TOML: .*line 14"),
    ],
)
def test_a_value_that_cannot_be(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in EVERY
    with pytest.raises(PilotZoneError, match=says):
        ranked(write(tmp_path, EVERY.replace(old, new, 1)))


def test_several_faults_are_counted(tmp_path: Path) -> None:
    text = EVERY.replace("draws = 200", "draws = 5").replace('"topsis"', '"best"').replace("seed = 7", "seed = -7")
    with pytest.raises(StudyError, match=r"\(2 more to mend after it\)"):
        ranked(write(tmp_path, text))


@pytest.mark.parametrize("key", ["seed", "year", "method", "spot"])
def test_a_choice_changes_what_is_found(tmp_path: Path, key: str) -> None:
    """A key that is read and never used would leave all numbers as they were."""
    base = 'title = "T"\nregions = ["CN-GZ", "CN-YN", "CN-SC"]\ndraws = 200\nbatches = 20\n'
    told = {"seed": "seed = 5", "year": "year = 2010", "method": 'method = "topsis"', "spot": 'spot = "unknown"'}
    one, other = (ranked(write(tmp_path, base + more)).acceptability.ranks for more in ("", told[key]))
    assert np.abs(one - other).max() > 0

"""Siting files: what is read, what is refused and how that is said, and what a ranking writes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import pilotzone as pz
from pilotzone.core import DataError, PilotZoneError, StudyError, UsageError
from pilotzone.gather import load_shapes
from pilotzone.site import Siting
from pilotzone.study import KINDS, run, siting_spec
from pilotzone.study.former import load_siting
from pilotzone.study.front import load
from pilotzone.study.siting.section import siting_section
from pilotzone.study.siting.terminal import siting_lines

OWN = """
title = "Two places"
draws = 500
batches = 20

[[criterion]]
name = "tariff"
good = "down"
unit = "CNY/kWh"
common = 0.5

[[criterion]]
name = "gdp_gap"

[[place]]
name = "Here"
figures = { tariff = [0.3, 0.5], gdp_gap = -0.2 }
source = "my own notes"

[[place]]
region = "CN-GZ"
figures = { tariff = 0.4 }
"""


def write(folder: Path, text: str = OWN) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_bundled_files() -> None:
    assert KINDS["siting"].bundled == ("guizhou", "provinces")
    six, all_of_them = siting_spec("guizhou"), siting_spec("provinces")
    assert [place.name for place in six.places][:2] == ["Guizhou", "Sichuan"]
    assert (len(six.places), len(all_of_them.places), six.year) == (6, 31, 2015)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    study = load_siting(write(tmp_path))
    here, guizhou = study.spec.places
    assert (here.name, here.region, guizhou.name, guizhou.region) == ("Here", "", "Guizhou", "CN-GZ")
    assert here.figures["tariff"].source == "my own notes"
    assert (here.figures["tariff"].low, here.figures["tariff"].high, here.figures["tariff"].unit) == (
        0.3,
        0.5,
        "CNY/kWh",
    )
    assert study.spec.common == {"tariff": 0.5}
    found = pz.rank_sites(tmp_path / "mine.toml")
    assert isinstance(found, Siting)
    assert set(found.places) == {"Here", "Guizhou"}
    assert found.profiles[1].figures[1].kind == "data"


MORE = """
title = "Spots, scales and fixed weights"
draws = 300
batches = 20
spot = "unknown"

[[criterion]]
name = "tariff"
good = "down"
unit = "CNY/kWh"
scale = [0.2, 0.8]
reference = [0.3, 0.4, 0.6]

[[criterion]]
name = "plants_gw"

[weights]
fixed = { tariff = 0.6, plants_gw = 0.4 }

[[place]]
name = "Gui'an"
spot_of = "Guizhou"
region = "CN-GZ"
latitude = 26.4
longitude = 106.5
figures = { tariff = [0.3, 0.5] }

[[place]]
name = "Bijie"
spot_of = "Guizhou"
figures = { tariff = 0.3, plants_gw = 12 }

[[place]]
name = "Here"
figures = { tariff = 0.5, plants_gw = [1, 3] }
"""


def test_scales_spots_and_fixed_weights(tmp_path: Path) -> None:
    spec = siting_spec(write(tmp_path, MORE))
    assert (spec.spot, spec.criteria[0].scale, spec.criteria[0].reference) == (
        "unknown",
        (0.2, 0.8),
        (0.3, 0.4, 0.6),
    )
    assert spec.space.intervals == {"tariff": (0.6, 0.6), "plants_gw": (0.4, 0.4)}
    done = run(load(tmp_path / "mine.toml", kind="siting"))
    found = done.findings
    assert found.siting.places == ("Guizhou", "Here")
    assert found.siting.weights is not None
    assert not found.siting.set_dependent
    record = json.loads((done.write(tmp_path / "out") / "siting.json").read_text(encoding="utf-8"))
    assert record["fixed_weights"] == pytest.approx({"tariff": 0.6, "plants_gw": 0.4})
    assert record["criteria"][0] == {
        "name": "tariff",
        "better": "lower",
        "unit": "CNY/kWh",
        "scale": [0.2, 0.8],
        "leaning": "",
    }
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "A spot of Guizhou, which ranks first in" in page
    assert "regions with large plants, coal-fired ones too" in page


SPOTS = """
title = "Two spots of Guizhou beside Yunnan"
draws = 600

[[criterion]]
name = "tariff"
good = "down"
scale = [0.2, 0.8]

[[criterion]]
name = "risk"
good = "down"
scale = [0, 1]

[weights]
fixed = { tariff = 0.6, risk = 0.4 }

[[place]]
name = "Gui'an"
region = "CN-GZ"
spot_of = "Guizhou"
figures = { tariff = [0.3, 0.5], risk = 0.1 }

[[place]]
name = "Liupanshui"
region = "CN-GZ"
spot_of = "Guizhou"
figures = { tariff = [0.3, 0.4], risk = 0.2 }

[[place]]
region = "CN-YN"
figures = { tariff = [0.3, 0.5], risk = 0.2 }

[[place]]
name = "Elsewhere"
figures = { tariff = 0.5, risk = 0.1 }
"""


def test_spots_are_on_the_map_as_the_place_that_they_belong_to(tmp_path: Path) -> None:
    found = run(load(write(tmp_path, SPOTS), kind="siting")).findings.siting
    assert found.winner == "Guizhou"
    (drawn,) = [figure for figure in siting_section(found, load_shapes()).figures if figure.id == "site-map"]
    assert drawn.title.startswith("Where 2 of the 3 places lie, ")
    assert drawn.chart is not None
    shown = {row["code"]: row for row in drawn.chart.data["shapes"]}
    share = found.acceptability.first[found.places.index("Guizhou")]
    assert (shown["CN-GZ"]["unit"], shown["CN-GZ"]["share"]) == ("Guizhou", f"{share:.1%}")
    assert {row["kind"] for row in shown.values() if "left out" in row["kind"]} == set()
    (row,) = [row for row in drawn.sheet.rows if row[0].text == "Guizhou"]
    assert row[1].text == f"{share:.1%}"
    assert len(drawn.chart.data["signs"]) == 2
    (ranks,) = [figure for figure in siting_section(found, load_shapes()).figures if figure.id == "site-ranks"]
    assert ranks.note.startswith("Weights are fixed, figures are drawn")


def test_spots_with_one_climate_are_lowest_together(tmp_path: Path) -> None:
    text = SPOTS.replace('name = "risk"\ngood = "down"\nscale = [0, 1]', 'name = "pue"').replace(
        "risk = 0.4", "pue = 0.4"
    )
    text = text.replace(", risk = 0.1", "").replace(", risk = 0.2", "").replace('region = "CN-YN"', 'region = "CN-GD"')
    found = run(load(write(tmp_path, text), kind="siting")).findings.siting
    (pue,) = [figure for figure in siting_section(found, load_shapes()).figures if figure.id == "site-pue"]
    assert pue.title.startswith("PUE as modelled: Gui'an and Liupanshui lowest, ")


def test_a_region_of_several_places_shows_the_best_and_names_all(tmp_path: Path) -> None:
    text = SPOTS.replace('spot_of = "Guizhou"\n', "")
    found = run(load(write(tmp_path, text), kind="siting")).findings.siting
    (drawn,) = [figure for figure in siting_section(found, load_shapes()).figures if figure.id == "site-map"]
    assert drawn.title.startswith("Where 3 of the 4 places lie, ")
    assert "it is that of the one that is first most often" in drawn.note
    assert {"Gui'an", "Liupanshui", "Yunnan"} <= {row[0].text for row in drawn.sheet.rows}
    # One spot without its figure leaves the place where it is; a place without any is left out.
    text = 'gaps = "leave_out"\n' + SPOTS.replace("tariff = [0.3, 0.4], ", "")
    gapped = run(load(write(tmp_path, text), kind="siting")).findings.siting
    assert set(gapped.left_out) == {"Liupanshui"}
    (drawn,) = [figure for figure in siting_section(gapped, load_shapes()).figures if figure.id == "site-map"]
    assert "left out" not in " ".join(row[2].text for row in drawn.sheet.rows)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("scale = [0.2, 0.8]", "scale = [0.8, 0.2]", "scale of criterion 'tariff' is 0.8 to 0.2"),
        ("reference = [0.3, 0.4, 0.6]", "reference = []", "reference of criterion 'tariff' has gaps"),
        ("tariff = 0.6, plants_gw = 0.4", "tariff = 0.6, plants_gw = 0.3", "fixed weights sum to 0.9"),
        ("tariff = 0.6, plants_gw = 0.4", "tariff = 0.6, plants_gw = 0.5", "fixed weights sum to 1.1"),
        ("tariff = 0.6, plants_gw = 0.4", "tariff = 60, plants_gw = 40", "(?s)fixed weight of 'tariff' is 60.* by 100"),
        ("tariff = 0.6, plants_gw = 0.4", "tariff = -0.6, plants_gw = 1.6", "fixed weight of 'tariff' is -0.6"),
        ("tariff = 0.6, plants_gw = 0.4", "tarif = 0.6, plants_gw = 0.3", "there is no criterion 'tarif'"),
        ("fixed = {", "intervals = { tariff = [0, 1] }\nfixed = {", "'tariff' is both fixed and an interval"),
        ('spot = "unknown"', 'spot = "best"', "spot is 'best'"),
        ('name = "plants_gw"', 'name = "plants_gw"\nunit = "MW"', "plants_gw is in GW, not in MW"),
        ("latitude = 26.4", "latitude = 36.4", "lies at 36.4, 106.5, which is outside CN-GZ"),
        ("plants_gw = 12 }", "plants_gw = 12000 }", "plants_gw of Bijie is 12000 GW"),
    ],
)
def test_what_is_wrong_with_scales_spots_and_weights(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in MORE
    with pytest.raises(PilotZoneError, match=words):
        pz.rank_sites(write(tmp_path, MORE.replace(old, new, 1)))


def test_assumptions_say_what_is_shared(tmp_path: Path) -> None:
    """Of one that is replaced what is shared stays, unless the new one says otherwise."""
    entry = '[[assumption]]\nname = "{}"\nstatus = "ASSUMED"\nlow = 0.5\nhigh = 0.6\nunit = "1"\nsource = "t"\n{}'
    (tmp_path / "a.toml").write_text(
        entry.format("rel_humidity", "")
        + entry.format("crac_fan_efficiency", "shared = 0.25\n")
        + entry.format("tower_fan_efficiency", ""),
        encoding="utf-8",
    )
    found = siting_spec(write(tmp_path, 'assumptions = "a.toml"\n' + OWN)).assumptions
    shares = [found.of(name).share for name in ("rel_humidity", "crac_fan_efficiency", "tower_fan_efficiency")]
    assert shares == [0.0, 0.25, 1.0]
    told = {row["quantity"]: row["drawn"] for row in found.to_table().records()}
    assert told["rel_humidity"] == "for each place"
    assert told["tower_fan_efficiency"] == "once for all places"
    assert told["crac_fan_efficiency"] == "25% of the variance once for all places, the rest for each"
    (tmp_path / "a.toml").write_text(entry.format("rel_humidity", "shared = 1.5\n"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"shared part of assumption 'rel_humidity' is 1.5"):
        load_siting(tmp_path / "mine.toml")


def test_figures_weather_and_assumptions_in_files_beside(tmp_path: Path) -> None:
    (tmp_path / "figures.csv").write_text(
        "place,criterion,low,high,source\nGuizhou,tariff,0.4,,a contract\nHere,tariff,0.2,0.3,another\n",
        encoding="utf-8",
    )
    (tmp_path / "assumed.toml").write_text(
        '[[assumption]]\nname = "rel_humidity"\nstatus = "ASSUMED"\nlow = 0.7\nhigh = 0.8\nunit = "1"\nsource = "t"\n',
        encoding="utf-8",
    )
    text = OWN.replace("figures = { tariff = 0.4 }", "").replace("tariff = [0.3, 0.5], ", "")
    text = 'figures = "figures.csv"\nassumptions = "assumed.toml"\n' + text
    study = load(write(tmp_path, text), kind="siting")
    spec = siting_spec(study)
    here, guizhou = spec.places
    assert (guizhou.figures["tariff"].low, guizhou.figures["tariff"].high) == (0.4, 0.4)
    assert here.figures["tariff"].high == 0.3
    assert spec.assumptions.of("rel_humidity", "CN-GZ").low == 0.7
    assert spec.assumptions.of("height_m", "CN-GZ").low == 1000.0
    assert [item.name for item in study.kind.inputs(study) if item.own] == ["figures.csv", "assumed.toml"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("draws = 500", "drws = 500", r"drws is not a key .* Did you mean 'draws'"),
        ("draws = 500", "draws = 5", r"draws is 5: it has to be 100 or more"),
        ('good = "down"', 'good = "dwn"', r"good is 'dwn'"),
        ('good = "down"\n', "", r"criterion 'tariff' has no good direction"),
        ('name = "gdp_gap"', 'name = "gdp_gapp"', r"the evidence has no criterion 'gdp_gapp'\. Did you mean 'gdp_gap'"),
        ('region = "CN-GZ"', 'region = "CN-GU"', r"no region 'CN-GU'"),
        ('name = "Here"\n', "", r"place.* has a name or a region"),
        ("gdp_gap = -0.2", "gdp_gapp = -0.2", r"'gdp_gapp', which is not a criterion here. Did you mean 'gdp_gap'"),
        ("[0.3, 0.5]", "[0.5, 0.3]", r"tariff of Here ranges from 0.5 to 0.3"),
        ("[0.3, 0.5]", '"cheap"', r"place\[1\]\.figures\.tariff is 'cheap': a number is needed, without quotes\.$"),
        ("[0.3, 0.5]", "[0.3, 'a']", r"place\[1\]\.figures\.tariff\[2\] is 'a': a number is needed"),
        ("[0.3, 0.5]", "inf", r"place\[1\]\.figures\.tariff is inf: a finite number is needed\.$"),
        ("draws = 500", "draws = 10000000", r"draws is 10000000: it has to be 1,000,000 or less"),
        ('title = "Two places"', 'title = "Two places', r"siting 'mine' is not valid TOML"),
        (
            'title = "Two places"',
            'title = "T"\nassumptions = "absent.toml"',
            r"there is no file of assumptions .*absent\.toml",
        ),
        ('title = "Two places"', 'title = "T"\nfigures = "absent.csv"', r"there is no table of figures .*absent\.csv"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in OWN
    with pytest.raises(PilotZoneError, match=words):
        pz.rank_sites(write(tmp_path, OWN.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Guizhou,tariff,cheap,,s", "row 2: low and high are 'cheap'"),
        ("Guizhou,tarif,0.4,,s", "which is not a criterion here. Did you mean 'tariff'"),
        ("Guizhu,tariff,0.4,,s", "'Guizhu', which is not a place of the file. Did you mean 'Guizhou'"),
        ("Guizhou,tariff,0.4,,", "row 2: the figure has no source"),
        ("Guizhou,tariff,0.4,,s\nGuizhou,tariff,0.5,,s", "row 3: tariff of Guizhou stands twice"),
    ],
)
def test_what_is_wrong_with_a_table_of_figures(tmp_path: Path, row: str, words: str) -> None:
    (tmp_path / "figures.csv").write_text(f"place,criterion,low,high,source\n{row}\n", encoding="utf-8")
    with pytest.raises((DataError, StudyError), match=words):
        load_siting(write(tmp_path, 'figures = "figures.csv"\n' + OWN))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('status = "ASSUMED"', 'status = "known"', "status is 'known'"),
        ('status = "ASSUMED"\n', "", "status is missing"),
        ("low = 0.4", 'low = "0.4"', "low is '0.4'"),
        ("low = 0.4", "lo = 0.4", "lo is not a key that is known here. Did you mean 'low'"),
        ("low = 0.4", "low = 0.9", "has the range 0.9 to 0.8"),
        ('source = "s"', 'source = " "', "has no source"),
        ("[[assumption]]", "[[assumptions]]", "'assumptions' is not a key that is known here"),
    ],
)
def test_what_is_wrong_with_a_file_of_assumptions(tmp_path: Path, old: str, new: str, words: str) -> None:
    entry = '[[assumption]]\nname = "x"\nstatus = "ASSUMED"\nlow = 0.4\nhigh = 0.8\nunit = "1"\nsource = "s"\n'
    (tmp_path / "a.toml").write_text(entry.replace(old, new), encoding="utf-8")
    with pytest.raises(StudyError, match=words):
        load_siting(write(tmp_path, 'assumptions = "a.toml"\n' + OWN))


def test_criteria_that_vary_together_are_told_apart(tmp_path: Path) -> None:
    text = OWN.replace("gdp_gap = -0.2", "gdp_gap = [-0.4, 0.1]")
    text += '\n[[correlation]]\nbetween = ["tariff", "gdp_gap"]\nvalue = 0.6\n'
    done = run(load(write(tmp_path, text), kind="siting"))
    folder = done.write(tmp_path / "out")
    record = json.loads((folder / "siting.json").read_text(encoding="utf-8"))
    effects = {item["unknown"]: item["share"] for item in record["shapley_effects"]}
    assert set(effects) == {"weights", "tariff", "gdp_gap"}
    assert sum(effects.values()) == pytest.approx(1, abs=1e-12)
    assert {item["unknown"] for item in record["sensitivity"]} == {"weights", "tariff, gdp_gap"}
    words = "Shapley effects tell them apart"
    assert words in (folder / "report.html").read_text(encoding="utf-8")
    assert words in " ".join(line.text for line in siting_lines(done.findings, 400))


def test_what_a_ranking_writes(tmp_path: Path) -> None:
    done = run(load(write(tmp_path), kind="siting"))
    found = done.findings
    folder = done.write(tmp_path / "out")
    assert sorted(item.name for item in folder.iterdir()) == sorted(KINDS["siting"].artefacts)
    record = json.loads((folder / "siting.json").read_text(encoding="utf-8"))
    assert record["winner"] == found.siting.winner
    assert {item["place"] for item in record["places"]} == {"Here", "Guizhou"}
    assert any("tariff" in text for text in record["cannot_say"]) is False
    audit = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    assert set(audit["outputs"]) == set(KINDS["siting"].artefacts) - {"audit.json"}
    assert audit["study"]["sha256"] == hashlib.sha256((tmp_path / "mine.toml").read_bytes()).hexdigest()
    assert "places/earthquakes.csv" in audit["inputs"]
    assert pz.verify(folder).state == "same"
    # Again into the same folder, and never into one that holds something else.
    done.write(folder)
    (folder / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.txt"):
        done.write(folder)


def test_names_from_a_file_cannot_reach_the_page_as_markup(tmp_path: Path) -> None:
    text = OWN.replace('name = "Here"', 'name = "<script>alert(1)</script>"')
    page = (run(load(write(tmp_path, text), kind="siting")).write(tmp_path / "out") / "report.html").read_text(
        encoding="utf-8"
    )
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("sizes", "count", "says"),
    [
        ("draws = 1000000", 101, "draws is 1,000,000, which for 101 places and 2 criteria are 101,000,000 values"),
        (
            "draws = 100000\nbatches = 100000",
            501,
            "batches is 100,000, which for 501 places and 2 criteria are 100,200",
        ),
        ("draws = 1000000", 100, ""),
        ("draws = 100000\nbatches = 100000", 500, ""),
    ],
)
def test_draws_and_places_together_are_bounded(tmp_path: Path, sizes: str, count: int, says: str) -> None:
    places = "".join(f'[[place]]\nname = "P{k}"\nfigures = {{ a = 1.0, b = 1.0 }}\n' for k in range(count))
    criteria = '[[criterion]]\nname = "a"\ngood = "up"\n[[criterion]]\nname = "b"\ngood = "up"\n'
    path = write(tmp_path, f'title = "T"\n{sizes}\n{criteria}{places}')
    if says:
        with pytest.raises(StudyError, match=says):
            siting_spec(path)
    else:
        assert len(siting_spec(path).places) == count


@pytest.mark.parametrize("value", ["1e31", "-1e308", "nan", "inf", "1e999", "1_0x", ""])
def test_figures_that_nothing_can_count_with_are_refused(tmp_path: Path, value: str) -> None:
    table = f"place,criterion,low,high,source\nGuizhou,tariff,{value},,a contract\n"
    (tmp_path / "figures.csv").write_text(table, encoding="utf-8")
    with pytest.raises(DataError, match=r"figures\.csv, row 2: low and high are"):
        load_siting(write(tmp_path, OWN.replace('title = "Two places"', 'title = "T"\nfigures = "figures.csv"')))


def test_a_range_beyond_all_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"siting 'mine': place\[1\]\.figures"):
        load_siting(write(tmp_path, OWN.replace("[0.3, 0.5]", "[-1e308, 1e308]")))

"""Tables of places in a siting file: read, ranked as places one by one or by the method for many, shown, verified."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.cli.command import call

import pilotzone as pz
from pilotzone.core import PilotZoneError
from pilotzone.site import MANY_PLACES, ManySiting, Siting
from pilotzone.study.siting import material

if TYPE_CHECKING:
    from pathlib import Path

STUDY = """\
title = "A table"
places = "sites.csv"
draws = 200
batches = 10

[[criterion]]
name = "tariff"
good = "down"
unit = "CNY/kWh"
scale = [0.2, 0.8]

[[criterion]]
name = "fibre_km"
good = "down"
unit = "km"

[[criterion]]
name = "heat_c"
"""
MONTHS = [f"temperature_{month:02d}" for month in range(1, 13)]


def write(folder: Path, text: str = STUDY) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def table(folder: Path, count: int, *, drop: str = "") -> pa.Table:
    """Write a table of invented places with everything that one can have."""
    rng = np.random.default_rng(3)
    columns = {
        "place": [f"site {k}" for k in range(count)],
        "tariff": rng.uniform(0.25, 0.75, count).round(4),
        "fibre_km": rng.uniform(0, 200, count).round(2),
        "heat_c": rng.uniform(15, 43, count).round(2),
        "height_m": rng.uniform(0, 2500, count).round(),
        "owner": ["somebody"] * count,
        **{name: (10 + rng.uniform(-9, 15, count)).round(1) for name in MONTHS},
    }
    columns.pop(drop, None)
    frame = pa.table(columns)
    frame.to_pandas().to_csv(folder / "sites.csv", index=False)
    return frame


def test_a_small_table_is_as_places_one_by_one(tmp_path: Path) -> None:
    rows = table(tmp_path, 6).to_pylist()
    one = pz.rank_sites(write(tmp_path))
    places = "".join(
        f'[[place]]\nname = "{row["place"]}"\n'
        f"figures = {{ tariff = {row['tariff']}, fibre_km = {row['fibre_km']}, heat_c = {row['heat_c']} }}\n"
        for row in rows
    )
    other = pz.rank_sites(write(tmp_path, STUDY.replace('places = "sites.csv"\n', "") + places))
    assert isinstance(one, Siting)
    assert isinstance(other, Siting)
    assert one.places == other.places
    np.testing.assert_array_equal(one.acceptability.ranks, other.acceptability.ranks)
    assert {value.source for profile in one.profiles for value in profile.figures} == {"given in sites.csv"}


def test_a_table_stands_beside_regions_and_places(tmp_path: Path) -> None:
    table(tmp_path, 2)
    text = STUDY.replace('places = "sites.csv"', 'places = "sites.csv"\nregions = ["CN-GZ"]')
    found = pz.rank_sites(write(tmp_path, text))
    assert isinstance(found, Siting)
    assert found.places == ("Guizhou", "site 0", "site 1")
    # A table gives its own places figures, and Guizhou none: its tariff is a gap.
    assert {gap.place for gap in found.gaps} == {"Guizhou"}


def test_a_table_of_many_is_ranked_by_the_method_for_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself from one place more on, and as the exact method ranks the same file."""
    table(tmp_path, MANY_PLACES + 1)
    path = write(tmp_path)
    many = pz.rank_sites(path)
    assert isinstance(many, ManySiting)
    monkeypatch.setattr(material, "MANY_PLACES", 10 * MANY_PLACES)
    text = STUDY.replace("batches = 10", "batches = 1")
    exact = pz.rank_sites(write(tmp_path, text))
    assert isinstance(exact, Siting)
    np.testing.assert_allclose(many.found.first, exact.acceptability.first, atol=1e-12)
    np.testing.assert_allclose(many.found.within, exact.acceptability.ranks[:, :10].sum(axis=1), atol=1e-12)
    means = exact.acceptability.ranks @ np.arange(1, len(exact.places) + 1)
    assert np.abs(many.found.mean_rank - means).max() <= many.found.rank_error
    assert many.winner == exact.winner
    assert many.lead == pytest.approx(exact.acceptability.lead, abs=1e-12)


def test_what_is_said_and_written_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    table(tmp_path, MANY_PLACES + 1)
    text = STUDY.replace('name = "heat_c"', 'name = "pue"')
    path = write(tmp_path, text)
    said = call("site", path, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    for part in (
        "Of 2,001 places, site ",
        "so not every rank is counted: how often a place is first, and among the best 10, is exact for these draws",
        "PUE (airside economiser) is modelled from monthly means, with what is ASSUMED at the middle of its range",
        "was looked up on a grid of the exact model, which is within 0.0015 of it",
        "1,991 more places in ranking.csv",
        "what TOPSIS and PROMETHEE II would say",
        "what a weight is worth in units",
    ):
        assert part in words
    record = json.loads((tmp_path / "out" / "siting.json").read_text(encoding="utf-8"))
    assert record["many"]["places"] == 2001
    assert record["many"]["exact"] == "how often each place is the first, and among the best 10"
    assert (
        record["many"]["approximate"] == f"other ranks, each within {record['many']['rank_error']:.0f} of 2,001 places"
    )
    assert len(record["places"]) == record["many"]["shown"] == 100
    assert record["depends_on_places_compared"] == {"weighted_sum": ["fibre_km"]}
    summary = " ".join(record["summary"].split())
    assert summary.partition(": no place is")[0] in words
    assert summary.partition("Places are more than")[2] in words
    cannot = " ".join(record["cannot_say"])
    assert "ranked by the weighted sum alone, not by TOPSIS and PROMETHEE II" in cannot
    assert "without a scale of fibre km, scores run from the worst to the best of these places" in cannot
    ranking = (tmp_path / "out" / "ranking.csv").read_text(encoding="utf-8").splitlines()
    assert len(ranking) == 2002
    assert ranking[1].startswith(f"{record['winner']},")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "is exact for these draws" in page
    assert "ranking.csv has all of them" in page
    assert "Place by place" not in page
    assert call("verify", tmp_path / "out").code == 0
    one = call("site", path, "--place", "site 7")
    assert "Its mean rank is" in " ".join(one.out.split())
    assert "given in sites.csv" in " ".join(one.out.split())
    none = call("site", path, "--place", "sitte 7")
    assert none.code == 2
    assert "Did you mean 'site 7'" in none.err
    assert call("site", path, "--quiet").out == f"mine: {record['winner']}\n"
    # One figure of the table changed, and it is the table that is named.
    rows = (tmp_path / "sites.csv").read_text(encoding="utf-8").replace("somebody", "nobody", 1)
    (tmp_path / "sites.csv").write_text(rows, encoding="utf-8")
    changed = call("verify", tmp_path / "out")
    assert changed.code != 0
    assert "sites.csv" in changed.out + changed.err


def test_pue_of_a_small_table_is_modelled_by_the_exact_model(tmp_path: Path) -> None:
    table(tmp_path, 4)
    found = pz.rank_sites(write(tmp_path, STUDY.replace('name = "heat_c"', 'name = "pue"')))
    assert isinstance(found, Siting)
    values = [profile.figures[2] for profile in found.profiles]
    assert {value.kind for value in values} == {"modelled"}
    assert all(1.0 < value.low == value.high < 1.5 for value in values)
    assert len({value.low for value in values}) == 4
    assert all("at the middle of its range and not drawn" in value.note for value in values)
    assert not any("grid" in value.note for value in values)


def test_a_parquet_table_says_the_same(tmp_path: Path) -> None:
    pq.write_table(table(tmp_path, 5), tmp_path / "sites.parquet")
    one, other = (
        pz.rank_sites(write(tmp_path, STUDY.replace("sites.csv", name))) for name in ("sites.csv", "sites.parquet")
    )
    assert isinstance(one, Siting)
    assert isinstance(other, Siting)
    np.testing.assert_array_equal(one.acceptability.ranks, other.acceptability.ranks)


HEAD = "place,tariff,fibre_km,heat_c\n"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("plce,tariff,fibre_km,heat_c\na,0.3,1,20\n", r"sites\.csv has no column 'place'\. Did you mean 'plce'"),
        (
            "place,tarif,fibre_km,heat_c\na,0.3,1,20\n",
            r"(?s)has no column 'tariff'\. Did you mean 'tarif'.*each criterion",
        ),
        (HEAD + "a,0.3,1,20\nb,,1,20\n", r"sites\.csv: tariff of 'b' is missing"),
        (HEAD + "a,0.3,1,20\nb,cheap,1,20\n", r"sites\.csv: tariff of 'b' is 'cheap'"),
        (HEAD + "a,0.3,1,20\nb,1e31,1,20\n", r"sites\.csv: tariff of 'b' is 1e\+31"),
        (HEAD + "a,0.3,1,20\na,0.4,1,20\n", r"sites\.csv, place 2: 'a' stands twice"),
        (HEAD + "a,0.3,1,20\n,0.4,1,20\n", r"sites\.csv, place 2: it has no name"),
        (HEAD + "a,0.3,1,20\nb,0.4,1,200\n", r"(?s)heat_c of b is 200 degC.*-60 to 60"),
        (HEAD + "a,0.3,1\nb,0.4,1,20\n", r"sites\.csv"),
        (HEAD, r"sites\.csv"),
    ],
)
def test_what_is_wrong_with_a_table(tmp_path: Path, rows: str, says: str) -> None:
    (tmp_path / "sites.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(PilotZoneError, match=says):
        pz.rank_sites(write(tmp_path))


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PilotZoneError, match=r"there is no file '.*sites\.csv'"):
        pz.rank_sites(write(tmp_path))


@pytest.mark.parametrize(("drop", "named"), [("temperature_07", "temperature_07"), ("height_m", "height_m")])
def test_what_pue_of_a_table_needs(tmp_path: Path, drop: str, named: str) -> None:
    table(tmp_path, 3, drop=drop)
    text = STUDY.replace('name = "heat_c"', 'name = "pue"')
    with pytest.raises(
        PilotZoneError, match=rf"(?s)no column '{named}'.*temperature_01 to temperature_12 \(degC\) and height_m"
    ):
        pz.rank_sites(write(tmp_path, text))


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('regions = ["CN-GZ"]', "regions"),
        ('method = "topsis"', "method"),
        ('spot = "unknown"', "spot"),
        ('figures = "figures.csv"', "figures"),
    ],
)
def test_what_does_not_go_with_many_places(tmp_path: Path, line: str, key: str) -> None:
    table(tmp_path, MANY_PLACES + 1)
    with pytest.raises(PilotZoneError, match=rf"(?s)2,001 places, and {key} does not go with so many.*leave {key} out"):
        pz.rank_sites(write(tmp_path, f"{line}\n{STUDY}"))


def test_draws_of_many_places_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(tmp_path, MANY_PLACES + 1)
    monkeypatch.setattr(material, "_MOST_SCORED", 400_000)
    with pytest.raises(PilotZoneError, match="draws is 200, which for 2,001 places are 400,200 scores"):
        pz.rank_sites(write(tmp_path))


def test_an_alternative_to_what_is_no_criterion(tmp_path: Path) -> None:
    table(tmp_path, 3)
    with pytest.raises(PilotZoneError, match=r"alternatives name 'tarif', .*Did you mean 'tariff'"):
        pz.rank_sites(write(tmp_path, 'alternatives = { tarif = "heat_c" }\n' + STUDY))

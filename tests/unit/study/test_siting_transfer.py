"""Predicted effects of a transfer as a criterion of places: joint draws, refusals, and what is told of them."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.properties.test_study_damage import document, parent, places
from tests.unit.cli.command import call

from pilotzone.core import Outcome, PilotZoneError, StudyError, UsageError
from pilotzone.site import Predicted
from pilotzone.site.unknowns import Units
from pilotzone.study import load, rank_sites, run, siting_spec
from pilotzone.transfer import (
    Described,
    Moderator,
    ZoneEffect,
    ZoneEffects,
    predict_candidates,
    rank_candidates,
)

TRANSFER = """
title = "Elsewhere"
[transfer]
treatment = "a data zone"
horizon = "years 1 to 5"
[[outcomes]]
name = "gdp"
good = "up"
scale = "log"
[[moderator]]
name = "income"
unit = "CNY"
declared = "before"
""" + "".join(
    f'[[effect]]\nzone = "Z{k}"\neffect = {effect}\nse = 0.02\nsource = "s"\nmoderators = {{ income = {income} }}\n'
    for k, (effect, income) in enumerate(
        [(0.02, 1.0), (0.09, 2.0), (0.05, 3.0), (0.12, 4.0), (0.08, 5.0), (0.16, 6.0), (0.11, 7.0), (0.18, 8.0)]
    )
)
CANDIDATES = """
[[candidate]]
region = "CN-GZ"
moderators = { income = 2.0 }
[[candidate]]
region = "CN-SC"
moderators = { income = 3.5 }
[[candidate]]
name = "Elsewhere"
moderators = { income = 6.0 }
[[candidate]]
name = "Beyond"
moderators = { income = 30.0 }
"""
SITING = """
title = "Where it would gain most"
draws = 20000
batches = 20000
regions = ["CN-GZ", "CN-SC"]
[beside]
transfer = "elsewhere.toml"
[[place]]
name = "Elsewhere"
[[place]]
name = "Beyond"
[[criterion]]
name = "gain"
transfer = "gdp"
"""


def written(folder: Path, siting: str = SITING, transfer: str = TRANSFER + CANDIDATES) -> Path:
    (folder / "elsewhere.toml").write_text(transfer, encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(siting, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(PilotZoneError) as caught:
        run(path)
    return " ".join(str(caught.value).split())


@pytest.mark.parametrize("prediction", ["HTS", "NNF"])
def test_ranks_are_those_of_the_transfer(prediction: str, tmp_path: Path) -> None:
    """One criterion alone: shares of ranks by the siting's draws are those of the transfer's joint distribution."""
    text = (TRANSFER + CANDIDATES).replace("[transfer]\n", f'[transfer]\nprediction = "{prediction}"\n')
    done = run(written(tmp_path, transfer=text))
    siting, transfer = done.findings.siting, done.beside["transfer"].findings
    ranks = rank_candidates(transfer.main.predictions, draws=400_000, seed=3)
    own = dict(zip(ranks.places, ranks.probability, strict=True))
    assert set(siting.places) == set(ranks.places) == {"Guizhou", "Sichuan", "Elsewhere"}
    for place, shares in zip(siting.places, siting.acceptability.ranks, strict=True):
        assert shares == pytest.approx(own[place], abs=0.012)
    rows = {row.place: row for row in transfer.main.candidates}
    (figure,) = siting.profiles[0].figures
    assert (figure.low, figure.high) == pytest.approx(
        (100 * np.expm1(rows["Guizhou"].low), 100 * np.expm1(rows["Guizhou"].high))
    )
    assert (figure.kind, figure.unit) == ("modelled", "%")
    if prediction == "HTS":
        assert siting.alternatives.middle[0, 0] == pytest.approx(100 * np.expm1(rows["Guizhou"].effect))


def test_a_place_beyond_what_was_seen_is_left_out_whatever_gaps_say(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    for gaps in ("range", "leave_out"):
        written(tmp_path, SITING.replace("regions =", f'gaps = "{gaps}"\nregions ='))
        done = run(path)
        assert set(done.findings.siting.left_out) == {"Beyond"}
        why = done.record()["left_out"]["Beyond"]
        assert why.startswith("gain: cannot be transported: income is outside the range of zones")
        assert "Left out, since the effect cannot be transported there: Beyond." in done.record()["summary"]
        assert "cannot be transported" in done.report()
    said = call("run", path, "--quiet", "--out", tmp_path / "out")
    assert said.code == 0
    assert "cannot be transported" in " ".join(call("site", path, COLUMNS="200").out.split())


def test_draws_are_jointly_t() -> None:
    """Moments and tails of two places against scipy's multivariate t with the same scale matrix."""
    first, second = (
        Predicted("gain", np.array([middle]), np.array([loadings]), np.array([0.2]), 6.0, np.zeros(1))
        for middle, loadings in ((0.1, (0.3, 0.1)), (0.2, (0.1, 0.4)))
    )
    generator = np.random.default_rng(8)
    shared = {item.name: generator.random(400_000) for item in first.unknowns if item.shared == 1}
    (left,) = [item.name for item in first.unknowns if item.shared == 0]
    a = first.values(Units(shared | {left: generator.random(400_000)}))[:, 0]
    b = second.values(Units(shared | {left: generator.random(400_000)}))[:, 0]
    scale = np.array([[0.14, 0.07], [0.07, 0.21]])
    assert np.cov(a, b) == pytest.approx(scale * 6 / 4, rel=0.03)
    assert np.quantile(a, (0.025, 0.975)) == pytest.approx(stats.t(6, 0.1, 0.14**0.5).ppf((0.025, 0.975)), abs=0.01)
    oracle = stats.multivariate_t([0.1, 0.2], scale, df=6, seed=2).rvs(400_000)
    assert (a > b).mean() == pytest.approx((oracle[:, 0] > oracle[:, 1]).mean(), abs=0.003)
    assert ((a > 0.6) & (b > 0.6)).mean() == pytest.approx((oracle > 0.6).all(axis=1).mean(), abs=0.003)
    half = Units(dict.fromkeys([item.name for item in first.unknowns], np.array([0.5])))
    assert first.values(half)[0, 0] == pytest.approx(0.1, abs=1e-12)


def test_draws_with_tau_uncertain_are_those_of_the_transfer() -> None:
    """Against the transfer's own draws, and against the mixture that its interval comes from."""
    rng = np.random.default_rng(5)
    x = rng.uniform(0, 2, 12)
    zones = [f"z{k:02d}" for k in range(12)]
    gain = Outcome("gain", None, "up", None, "level")
    values = (x + rng.normal(0, 0.4, 12)).tolist()
    items = [ZoneEffect(zone, "t", gain, "h", value, 0.4) for zone, value in zip(zones, values, strict=True)]
    effects = ZoneEffects(tuple(items), 0.16 * np.eye(12))
    moderators = (Moderator("x", "1", "declared"),)
    seen = Described(tuple(zones), moderators, x[:, None])
    asked = Described(("a", "b"), moderators, np.array([[0.5], [1.4]]))
    found = predict_candidates(effects, seen, asked, prediction="NNF")
    factors, count = found.factors(), 400_000
    places = [
        Predicted("gain", factors.location[:, k], factors.loadings[:, k], factors.own, factors.degrees, factors.scores)
        for k in range(2)
    ]
    shared = {item.name: rng.random(count) for item in places[0].unknowns if item.shared == 1}
    (left,) = [item.name for item in places[0].unknowns if item.shared == 0]
    own = np.column_stack([place.values(Units(shared | {left: rng.random(count)}))[:, 0] for place in places])
    other = found.drawn(count, rng)
    for k, item in enumerate(found.transported):
        assert stats.ks_2samp(own[:, k], other[:, k]).statistic < 0.004
        assert item.interval(0.1) == pytest.approx(np.quantile(own[:, k], (0.05, 0.95)), abs=0.01)
    assert stats.ks_2samp(own[:, 0] - own[:, 1], other[:, 0] - other[:, 1]).statistic < 0.004
    one, two = (np.corrcoef(drawn, rowvar=False) for drawn in (own, other))
    assert one == pytest.approx(two, abs=0.01)


def test_figures_of_the_users_own_go_first(tmp_path: Path) -> None:
    text = SITING.replace('name = "Beyond"', 'name = "Nobody"\nfigures = { gain = [1.0, 2.0] }')
    done = run(written(tmp_path, text))
    assert set(done.findings.siting.places) == {"Guizhou", "Sichuan", "Elsewhere", "Nobody"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "Beyond"', 'name = "Nobody"', "Nobody is not a candidate of the transfer 'elsewhere'"),
        ('name = "Beyond"', 'name = "Near"\nregion = "CN-GZ"', "are both the candidate Guizhou"),
        ('transfer = "gdp"', 'transfer = "gdq"', "the transfer beside has no outcome 'gdq'"),
        ('transfer = "gdp"', 'transfer = "gdp"\ngood = "down"', "has good = 'down'"),
        ('transfer = "gdp"', 'transfer = "gdp"\nunit = "CNY"', "is in CNY, and the transfer tells effects in %"),
        ('transfer = "gdp"', 'transfer = "gdp"\ncommon = 0.5', "predictions share the transfer's errors"),
        ('name = "gain"', 'name = "pue"', "give what a transfer predicts another name"),
        ('[beside]\ntransfer = "elsewhere.toml"\n', "", "none stands beside"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SITING
    assert told in refused(written(tmp_path, SITING.replace(old, new, 1)))


def test_transfers_that_tell_no_places_apart_are_refused(tmp_path: Path) -> None:
    bare = "\n".join(line for line in (TRANSFER + CANDIDATES).splitlines() if not line.startswith("moderators"))
    bare = bare.replace('[[moderator]]\nname = "income"\nunit = "CNY"\ndeclared = "before"\n', "")
    assert "predicts the same everywhere" in refused(written(tmp_path, transfer=bare))
    far = CANDIDATES.replace("2.0", "90.0").replace("3.5", "90.0")
    assert "only 1 of 4 places can be ranked. Refused: Guizhou (gain: cannot be transported" in refused(
        written(tmp_path, transfer=TRANSFER + far)
    )


def test_without_a_run_there_are_no_predictions(tmp_path: Path) -> None:
    path = written(tmp_path)
    for ask in (rank_sites, siting_spec):
        with pytest.raises((StudyError, UsageError), match="predicted by the transfer beside, which is not run here"):
            ask(path)
    assert load(path).spec.criterion[0].transfer == "gdp"


WHOLE = tomllib.loads(SITING)


@pytest.mark.parametrize("path", places(WHOLE), ids=lambda path: ".".join(map(str, path)))
def test_each_key_damaged_is_read_or_refused_in_words(tmp_path: Path, path: tuple[str | int, ...]) -> None:
    others: tuple[Any, ...] = (None, -1, "x", [], {}, 1e300, True)
    for other in others:
        content = copy.deepcopy(WHOLE)
        at: Any = parent(content, path)
        if other is None:
            del at[path[-1]]
        else:
            at[path[-1]] = other
        said = ""
        try:
            study = load(written(tmp_path, document(content)), kind="siting")
            study.kind.read(study)
        except PilotZoneError as refused_as:
            said = str(refused_as)
        assert "validation error" not in said

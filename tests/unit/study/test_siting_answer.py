"""The first screen of a ranking: its answer, what it rests on, what would change it, each from the ranking itself."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pilotzone.gather import load_shapes
from pilotzone.report import plain
from pilotzone.site import Candidate, Criterion, CriterionValue, Siting, SitingSpec, WeightSpace, rank_places
from pilotzone.study import load, run
from pilotzone.study.siting.answer import least_change, siting_answer
from pilotzone.study.siting.findings import SitingFindings
from pilotzone.study.siting.terminal import siting_lines

AB = (Criterion("a", "up", unit="GW", scale=(0, 1)), Criterion("b", "down", scale=(0, 1)))


def own(name: str, **figures: float | tuple[float, float]) -> Candidate:
    ends = {key: v if isinstance(v, tuple) else (v, v) for key, v in figures.items()}
    return Candidate(
        name, figures={key: CriterionValue(name, key, *v, "1", "yours", "a test") for key, v in ends.items()}
    )


@pytest.fixture(scope="module")
def ranked() -> Siting:
    places = (own("x", a=0.8, b=0.5), own("y", a=0.2, b=0.05), own("z", b=0.1))
    return rank_places(SitingSpec("Three", places, AB, draws=2_000, batches=100))


@pytest.fixture(scope="module")
def bundled() -> Siting:
    found: Siting = run(load("guizhou", kind="siting")).findings.siting
    return found


@pytest.mark.parametrize(("width", "most"), [(80, 31), (120, 24)])
def test_the_first_screen_of_six_provinces(bundled: Siting, width: int, most: int) -> None:
    lines = [line.text for line in siting_lines(SitingFindings("guizhou", bundled, load_shapes()), width)]
    assert len(lines) <= most
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert lines[0] == "Guizhou beside five other provinces: NO CLEAR WINNER"
    share = f"{100 * bundled.acceptability.first.max():.0f} % of simulated cases"
    assert f"{bundled.winner} ranks first in {share}" in text
    for head in (
        "How strong: ",
        "Why not more: ",
        "What would change this answer: ",
        "What these data cannot answer: ",
    ):
        assert head in text
    # Every criterion with its direction and its unit.
    for words in (
        "PUE +lower +ratio",
        "Heat +lower +°C",
        "Plants within reach +higher +GW",
        "GDP per head +lower +vs mean",
    ):
        assert any(re.search(words, line) for line in lines)


def test_what_decides_lacks_and_overturns_is_from_the_ranking(ranked: Siting) -> None:
    told = siting_answer(ranked)
    assert told.label == "no clear winner"
    assert any("z lacks a" in text for text in told.why)
    total = ranked.sensitivity.total[ranked.sensitivity.groups.index("weights")]
    assert any(f"{100 * total:.0f} %" in plain(text) for text in told.why)
    moved = ranked.dethroned
    assert moved is not None
    text = plain(least_change(ranked))
    assert f"{ranked.places[moved.rival]} overtakes with" in text
    assert f"from {100 * ranked.start[0]:.3g} % to {100 * moved.weights[0]:.3g} %" in text
    (gap,) = ranked.filled
    wanted = "z ranks first at the best possible a, not at the worst" if gap.decides else "first at any possible a"
    assert any(wanted in text for text in told.changes)
    assert any(text.startswith("Figures that are not there: power tariffs") for text in told.changes)


def test_a_clear_winner_and_one_by_choice() -> None:
    places = (own("x", a=(0.7, 0.9), b=0.1), own("y", a=(0.1, 0.2), b=0.9))
    clear = siting_answer(rank_places(SitingSpec("T", places, AB, draws=1_000, batches=100)))
    assert clear.label == "x ranks first"
    certain = (own("x", a=0.8, b=0.5), own("y", a=0.2, b=0.05))
    space = WeightSpace({"a": (0.7, 0.7), "b": (0.3, 0.3)})
    fixed = siting_answer(rank_places(SitingSpec("T", certain, AB, space=space, draws=200, batches=1)))
    assert fixed.label == "x ranks first"
    assert fixed.strength == "weights and figures are fixed as given, so nothing is simulated."
    assert fixed.why == ()


def test_other_methods_are_named_where_another_place_is_first(ranked: Siting) -> None:
    turned = replace(ranked.acceptability, ranks=ranked.acceptability.ranks[[1, 0, 2]])
    best = turned.places[int(turned.first.argmax())]
    told = siting_answer(replace(ranked, others={"topsis": turned}))
    assert (best != ranked.winner) == any(text.startswith(f"By TOPSIS, {best} ranks first") for text in told.changes)


def test_many_places_are_cut_and_counted(tmp_path: Path) -> None:
    entries = "\n".join(
        f'[[place]]\nname = "P{k}"\nfigures = {{ heat = {20 + k}, price = {1.0 - k / 20:.2f} }}\n' for k in range(14)
    )
    criteria = "".join(f'[[criterion]]\nname = "{name}"\ngood = "down"\nunit = "u"\n' for name in ("heat", "price"))
    path = tmp_path / "many.toml"
    path.write_text(f'title = "Many"\ndraws = 400\nbatches = 20\n{criteria}{entries}', encoding="utf-8")
    lines = [line.text for line in siting_lines(run(load(path, kind="siting")).findings, 80)]
    assert sum(bool(re.match(r"P\d+ +\d+ %", line)) for line in lines) == 8
    assert "6 more places in ranking.csv and the report (--out FOLDER)." in lines

"""Mean effects on several outcomes jointly in a transfer: from covariances given, estimated and handed over."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from pilotzone.core import PilotZoneError
from pilotzone.study import run
from pilotzone.study.transfer import TransferFindings
from pilotzone.study.transfer.handing import _parts_jointly
from pilotzone.study.transfer.record import joint_table
from pilotzone.transfer import ZoneEffects, pool_jointly

HEAD = """
title = "Elsewhere"
[transfer]
treatment = "a data zone"
horizon = "years 1 to 5"
[[outcomes]]
name = "gdp"
good = "up"
scale = "level"
[[outcomes]]
name = "co2"
good = "down"
scale = "level"
"""
VALUES = {"A": (1.0, 2.0), "B": (3.0, 2.5), "C": (2.0, 4.0), "D": (4.0, 5.0)}
EFFECTS = "".join(
    f'[[effect]]\nzone = "{zone}"\noutcome = "{name}"\neffect = {value}\nse = {se}\nsource = "s"\n'
    for zone, values in VALUES.items()
    for name, value, se in zip(("gdp", "co2"), values, (1.0, 2.0), strict=True)
)
BETWEEN = "".join(
    f'[[covariance]]\nbetween = ["{zone}", "{zone}"]\noutcomes = ["gdp", "co2"]\nvalue = 1.2\n' for zone in VALUES
)


def found_of(text: str, folder: Path) -> TransferFindings:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    findings: TransferFindings = run(path).findings
    return findings


def test_covariances_that_are_given_enter_the_joint_mean(tmp_path: Path) -> None:
    """Without differences between zones, by hand: generalised least squares of eight effects."""
    same = {zone: (2.0 + 0.01 * k, 3.0 - 0.01 * k) for k, zone in enumerate(VALUES)}
    text = HEAD + EFFECTS + BETWEEN
    for zone, values in VALUES.items():
        for name, value, new in zip(("gdp", "co2"), values, same[zone], strict=True):
            old = f'zone = "{zone}"\noutcome = "{name}"\neffect = {value}\n'
            assert old in text
            text = text.replace(old, f'zone = "{zone}"\noutcome = "{name}"\neffect = {new}\n')
    found = found_of(text, tmp_path).jointly
    assert found is not None
    block = np.array([[1.0, 1.2], [1.2, 4.0]])
    assert found.covariance == pytest.approx(block / 4, rel=1e-6)
    assert found.estimate == pytest.approx(np.mean(list(same.values()), axis=0), rel=1e-6)
    assert found.correlation[0, 1] == pytest.approx(0.6, rel=1e-6)


def test_the_joint_table_stands_beside_the_single_ones(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + EFFECTS + BETWEEN, encoding="utf-8")
    done = run(path)
    rows = done.record()["jointly"]
    assert [row["outcome"] for row in rows] == ["gdp", "co2"]
    assert rows[0]["correlation_gdp"] == pytest.approx(1.0)
    assert done.study.kind.tables(done.findings)["joint.csv"].records() == rows
    assert "Joint mean effects of 4 zones" in done.report()
    without = found_of(HEAD + EFFECTS, tmp_path)
    assert without.jointly is None


def test_true_effects_on_outcomes_may_be_correlated(tmp_path: Path) -> None:
    """The structure of a file is that of Python, and its table says which; five zones bear it, four do not."""
    head = HEAD.replace("[[outcomes]]", 'structure = "unstructured"\n[[outcomes]]', 1)
    with pytest.raises(PilotZoneError, match="5"):
        found_of(head + EFFECTS + BETWEEN, tmp_path)
    fifth = "".join(
        f'[[effect]]\nzone = "E"\noutcome = "{name}"\neffect = {value}\nse = {se}\nsource = "s"\n'
        for name, value, se in (("gdp", 9.0, 1.0), ("co2", 12.0, 2.0))
    ) + BETWEEN[: BETWEEN.index("[[", 2)].replace('"A"', '"E"')
    together, apart = (found_of(text + EFFECTS + BETWEEN + fifth, tmp_path).jointly for text in (head, HEAD))
    assert together is not None
    assert apart is not None
    own = pool_jointly(together.effects, between="unstructured")
    assert together.estimate.tolist() == own.estimate.tolist()
    assert together.between[0, 1] > 0 == apart.between[0, 1]
    assert "may be correlated between zones" in joint_table(together).note
    assert "vary independently between zones" in joint_table(apart).note
    with pytest.raises(PilotZoneError, match="are not pooled jointly"):
        found_of(head + EFFECTS, tmp_path)


def test_effects_from_the_evidence_are_pooled_jointly() -> None:
    done = run("inland-provinces")
    joint = done.findings.jointly
    assert joint is not None
    assert [item.name for item in joint.outcomes] == ["log_gdp_per_capita", "log_co2_per_capita"]
    for item in done.findings.outcomes:
        own, part = item.synthesis.effects, joint.effects.on(item.outcome.name)
        np.testing.assert_allclose(part.matrix, own.matrix, rtol=1e-10)
    # Where errors on outcomes hardly vary together, joint means are near the single ones.
    for k, item in enumerate(done.findings.outcomes):
        assert abs(joint.estimate[k] - item.pooled.estimate) < item.pooled.se


def test_two_zones_err_together_by_donors_and_outcomes() -> None:
    """By hand: two zones, two outcomes, errors with a correlation of one half between outcomes, weights on donors."""
    from types import SimpleNamespace

    from pilotzone.core import Outcome
    from pilotzone.transfer import ZoneEffect

    gdp, co2 = Outcome("gdp", None, "up", None, "level"), Outcome("co2", None, "down", None, "level")
    weights = {("A", "gdp"): [0.5, 0.5], ("A", "co2"): [1.0, 0.0], ("B", "gdp"): [0.0, 1.0], ("B", "co2"): [0.5, 0.5]}

    def part(zone: str) -> SimpleNamespace:
        fits = {
            name: SimpleNamespace(pool=("x", "y"), weights=np.array([weights[zone, name]]), treated=0)
            for name in ("gdp", "co2")
        }
        return SimpleNamespace(fits=tuple(fits.values()), fit=fits.__getitem__)

    def effect(zone: str, outcome: Outcome) -> ZoneEffect:
        return ZoneEffect(zone, "t", outcome, "h", 1.0, 2.0 if outcome is gdp else 3.0)

    order = [("A", gdp), ("A", co2), ("B", gdp), ("B", co2)]
    within = np.array([[4.0, 3.0], [3.0, 9.0]])
    raw = ZoneEffects(tuple(effect(zone, outcome) for zone, outcome in order), np.kron(np.eye(2), within))
    effects = {item.name: raw.on(item.name) for item in (gdp, co2)}
    found = _parts_jointly([part("A"), part("B")], effects, raw)
    places = {(item.zone, item.outcome.name): k for k, item in enumerate(found.effects)}
    assert found.matrix[places["A", "gdp"], places["A", "gdp"]] == pytest.approx(4.0)
    # A on gdp beside B on co2: weights (½, ½) and (½, ½) have the product ½; each error has 1 + ½ units.
    expected = 0.5 / 1.5 * 0.5 * 2.0 * 3.0
    assert found.matrix[places["A", "gdp"], places["B", "co2"]] == pytest.approx(expected)
    own = (1 + 0.5) / math.sqrt(1.5 * 2.0) * 0.5 * 2.0 * 3.0
    assert found.matrix[places["A", "gdp"], places["A", "co2"]] == pytest.approx(own)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('outcomes = ["gdp", "co2"]', 'outcomes = ["gdp", "gdp"]', "outcomes are 'gdp' twice"),
        ('outcomes = ["gdp", "co2"]', 'outcomes = ["gdp", "co"]', "there is no outcome 'co'"),
        ('outcomes = ["gdp", "co2"]', 'outcomes = ["gdp", "co2"]\noutcome = "gdp"', "give one of the two"),
        ('between = ["A", "A"]', 'between = ["A", "E"]', "outcome 'co2' has no zone 'E'"),
        ("value = 1.2", "value = 2.0", "not positive definite"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = HEAD + EFFECTS + BETWEEN
    assert old in text
    with pytest.raises(PilotZoneError) as caught:
        found_of(text.replace(old, new, 1), tmp_path)
    assert told in " ".join(str(caught.value).split())

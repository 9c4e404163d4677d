"""Effects per unit of cost in an appraisal: given or handed over, on every surface, and what is refused."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from tests.properties.test_study_damage import places
from tests.unit.cli.command import call
from tests.unit.study.invented import Figures, write_study
from tests.unit.study.test_appraisal_files import damage_is_told
from tests.unit.study.test_several_zones import two_zones

from pilotzone.core import StudyError, drawn_ratio, ratio, t_quantile
from pilotzone.study import KINDS, parse, run
from pilotzone.study.appraisal import AppraisalFindings

HEAD = """
title = "A campus"
[appraisal]
region = "CN-GZ"
price_year = 2017
deflator = "given so"
first_year = 2017
[investment]
it_mw = 50.0
"""
DRIVERS = """
[[driver]]
name = "building_per_mw"
[[driver]]
name = "paid_per_mwh"
[chance]
draws = 2000
"""
ASKED = """
[effectiveness]
per_usd = 6.75
per_usd_source = "a yearbook"
level = 0.9
[[effectiveness.effect]]
outcome = "employment"
unit = "jobs"
effect = 3000.0
se = 900.0
degrees = 12
source = "an evaluation"
[[effectiveness.effect]]
outcome = "power"
unit = "GWh"
low = -50.0
high = 300.0
source = "another"
"""


def found_of(text: str, folder: Path) -> AppraisalFindings:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    findings: AppraisalFindings = run(path).findings
    return findings


def test_a_known_cost_divides_and_a_drawn_one_has_its_draws(tmp_path: Path) -> None:
    known = found_of(HEAD + ASKED, tmp_path)
    assert known.money is not None
    assert known.effectiveness is not None
    flows, rate = known.money.flows, known.money.rate
    public = sum(
        float((line.amounts * (1 + rate) ** -np.arange(len(flows.years))).sum())
        for line in flows.lines
        if line.kind in {"tariff subsidy", "tax break", "subsidy"}
    )
    first, _, size, *_ = known.effectiveness.items
    told = {"level": 0.9, "degrees": 12.0, "unit": "jobs per bn USD"}
    own = ratio(3000.0, 900.0, public / 6.75e9, **told)  # type: ignore[arg-type]
    assert first.found is not None
    assert first.found.estimate == pytest.approx(own.estimate, rel=1e-9)
    assert first.found.intervals[0].low == pytest.approx(own.intervals[0].low, rel=1e-9)
    assert size.found == ratio(3000.0, 900.0, 0.5, level=0.9, degrees=12.0, unit="jobs per 100 MW")

    drawn = found_of(HEAD + DRIVERS + ASKED, tmp_path).effectiveness
    assert drawn is not None
    assert drawn.items[0].found == drawn_ratio(3000.0, 900.0, drawn.items[0].cost.values, **told)  # type: ignore[arg-type]
    assert drawn.items[0].sd > 0
    assert drawn.items[0].error is not None
    low, high = t_quantile([0.05, 0.95], None)
    power = drawn.effects[1]
    assert (power.estimate, power.se) == pytest.approx((125.0, 350 / (2 * t_quantile(0.975, None))))
    assert drawn.items[5].found is not None
    assert drawn.items[5].found.intervals[0].high == pytest.approx((125 + high * power.se) / 0.5)
    assert low == pytest.approx(-high)


def test_it_stands_on_every_surface(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + DRIVERS + ASKED, encoding="utf-8")
    done = run(path)
    record, kind = done.record(), KINDS["appraisal"]
    rows = record["effectiveness"]["per_cost"]
    assert [row["by"] for row in rows[:5]] == [
        *["draws of the cost", "Fieller, cost as if normal"] * 2, "cost known",
    ]  # fmt: skip
    words = " ".join(record["words"])
    assert "employment per bn USD of public money:" in words
    assert "jobs per bn USD" in words
    assert (
        "Money is at present values in 2017, prices of 2017, 6.75 CNY per USD (a yearbook)."
        in (record["effectiveness"]["note"])
    )
    assert 'id="effectiveness-section"' in done.report()
    assert "employment: an evaluation; power: another." in done.report()
    head = kind.headline(record)["finding"]
    assert head["employment per bn USD of public money: estimate"] == rows[0]["estimate"]
    (facts,) = [item.facts for item in kind.models(record)]
    assert any("employment per 100 MW of IT capacity, set" in str(group) for group in facts)
    assert "effectiveness.level" in [item.key for item in kind.choices(done.study, done.findings)]
    said = call("appraise", path, COLUMNS="100")
    assert "Effect per unit of cost, 90 % sets" in said.out
    assert "bn USD of public money" in said.out


def test_without_public_money_there_is_no_ratio_to_it(tmp_path: Path) -> None:
    none = "[transfers]\ntax_forgiven = 0.0\ngrant_per_mw = 0.0\nland_paid_share = 1.0\n[power]\n"
    none += "paid_per_mwh = 500.0\ntariff_per_mwh = 500.0\n"
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + none + ASKED.replace("per_usd", "# per_usd"), encoding="utf-8")
    done = run(path)
    first, second, _, *_ = done.findings.effectiveness.items
    assert first.found is None
    assert second.found is not None
    assert second.cost.unit == "bn CNY"
    assert (
        "employment per bn CNY of public money: not defined. The account has no public money." in done.record()["words"]
    )
    assert "no public money" in call("appraise", path).out
    assert "per bn CNY of investment" in " ".join(call("appraise", path).out.split())


def test_unbounded_sets_are_printed_as_such(tmp_path: Path) -> None:
    """A discount of power that nobody may get: in half of the draws there is no public money."""
    text = HEAD + (
        "[transfers]\ntax_forgiven = 0.0\ngrant_per_mw = 0.0\nland_paid_share = 1.0\n[power]\ntariff_per_mwh = 400.0\n"
        '[[driver]]\nname = "paid_per_mwh"\nlow = 300.0\nhigh = 500.0\nsource = "a test"\n[chance]\ndraws = 2000\n'
    )
    path = tmp_path / "mine.toml"
    path.write_text(text + ASKED, encoding="utf-8")
    done = run(path)
    found = done.findings.effectiveness.items[0].found
    assert found.kind == "one side"
    assert math.isinf(found.intervals[0].high)
    assert "unbounded on the other side" in " ".join(done.record()["words"])
    assert "unbounded" in call("appraise", path, COLUMNS="100").out
    assert any(row["high"] is None and row["low"] is not None for row in done.record()["effectiveness"]["per_cost"])


def beside(folder: Path, zones: Path, effect: str) -> Path:
    path = folder / "mine.toml"
    head = HEAD.replace("[appraisal]", f'[beside]\nzone = "{zones.name}"\n[appraisal]', 1)
    path.write_text(f"{head}[effectiveness]\n[[effectiveness.effect]]\n{effect}", encoding="utf-8")
    return path


def test_a_study_of_a_zone_hands_its_effect_over(tmp_path: Path) -> None:
    zones = write_study(tmp_path, figures=Figures())
    done = run(beside(tmp_path, zones, 'outcome = "log_output"\n'))
    part = done.beside["zone"].findings.effects
    fit = part.fit("log_output")
    gaps = np.delete(fit.mean_gap, fit.treated)
    (effect,) = done.findings.effectiveness.effects
    assert effect.estimate == pytest.approx(float(fit.mean_gap[fit.treated]), rel=1e-12)
    assert effect.se == pytest.approx(math.sqrt(float((gaps**2).mean())), rel=1e-12)
    assert (effect.unit, effect.degrees) == ("log points", float(len(gaps)))
    assert f"study {zones.name} beside" in effect.source
    with pytest.raises(StudyError, match="the study beside has no outcome 'outputs'"):
        run(beside(tmp_path, zones, 'outcome = "outputs"\n'))


def test_of_several_zones_one_or_their_mean(tmp_path: Path) -> None:
    # The other designs of that study are no part of what is handed over, and take most of its time.
    zones = two_zones(tmp_path, extra='\n[method]\nestimator = "sc_intercept"\ncompare = []\n')
    several = run(beside(tmp_path, zones, 'outcome = "log_output"\n'))
    main = several.beside["zone"].findings.main
    (mean,) = several.findings.effectiveness.effects
    assert mean.estimate == pytest.approx(float(main.joint.estimate[0]), rel=1e-12)
    assert mean.source.startswith("mean of 2 zones")
    (one,) = run(beside(tmp_path, zones, 'outcome = "log_output"\nzone = "Place B"\n')).findings.effectiveness.effects
    assert one.estimate == pytest.approx(float(main.parts[1].joint.estimate[0]), rel=1e-12)
    with pytest.raises(StudyError, match="the study beside has no zone 'Place C'"):
        run(beside(tmp_path, zones, 'outcome = "log_output"\nzone = "Place C"\n'))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("se = 900.0\n", "", "give se, or both low and high"),
        ("effect = 3000.0\nse = 900.0", "low = 1.0", "give se, or both low and high"),
        ("effect = 3000.0\n", "", "has an error and no effect"),
        ("effect = 3000.0\nse = 900.0\ndegrees = 12", "", "no study of zones stands beside"),
        ("low = -50.0", "low = 400.0", "low is below high"),
        ("low = -50.0", "low = -50.0\neffect = 10.0", "not in the middle of its interval"),
        ('unit = "jobs"\n', "", "has no unit"),
        ('source = "another"', 'source = " "', "has no source"),
        ('source = "another"', 'source = "another"\nzone = "A"', "names a zone and has figures of its own"),
        ("se = 900.0", "se = 0.0", "se"),
        ('per_usd_source = "a yearbook"\n', "", "per_usd has no per_usd_source"),
        ("level = 0.9", "level = 1.0", "level"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, told: str) -> None:
    assert old in ASKED
    with pytest.raises(StudyError) as caught:
        parse(HEAD + ASKED.replace(old, new, 1), "mine", kind="appraisal")
    said = " ".join(str(caught.value).split())
    assert told in said
    assert said.startswith("appraisal 'mine'")


def test_it_needs_a_campus_and_one_currency() -> None:
    with pytest.raises(StudyError, match=r"\[effectiveness\] needs \[investment\]"):
        parse(HEAD[: HEAD.index("[investment]")] + "[misallocation]\n" + ASKED, "mine", kind="appraisal")
    dollars = HEAD.replace("price_year", 'currency = "USD"\nprice_year')
    with pytest.raises(StudyError, match="the appraisal counts in USD"):
        parse(dollars + ASKED, "mine", kind="appraisal")


WHOLE = tomllib.loads(HEAD + ASKED)


@pytest.mark.parametrize("path", places(WHOLE), ids=lambda path: ".".join(map(str, path)))
def test_each_key_damaged_is_read_or_refused_in_words(path: tuple[str | int, ...]) -> None:
    damage_is_told(WHOLE, path)

"""Effects of a panel's cohorts that a transfer takes: figures, joint covariance, names, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilotzone.core import PilotZoneError, StudyError
from pilotzone.study import parse, run
from pilotzone.transfer import pool_effects

PANEL = """
format = 1
title = "Firms"
[panel]
file = "firms.csv"
unit = "firm"
time = "year"
cohort = "since"
[[outcomes]]
name = "jobs"
good = "up"
scale = "level"
"""
TRANSFER = """
title = "Elsewhere"
[beside]
panel = "panel.toml"
[transfer]
treatment = "a data zone"
horizon = "all years after"
source = "panel"
[[outcomes]]
name = "jobs"
good = "up"
scale = "level"
[[cohort]]
start = 2013
name = "The first"
[[candidate]]
name = "Here"
"""


def written(folder: Path, text: str = TRANSFER, sizes: tuple[int, ...] = (12, 14, 10)) -> Path:
    generator = np.random.default_rng(4)
    lines, firm = ["firm,year,since,jobs"], 0
    for since, count in zip((2012, 2013, 2014), sizes, strict=False):
        for _ in range(count):
            lines += rows_of(generator, firm, since)
            firm += 1
    for _ in range(40):
        lines += rows_of(generator, firm, None)
        firm += 1
    (folder / "firms.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "panel.toml").write_text(PANEL, encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def rows_of(generator: np.random.Generator, firm: int, since: int | None) -> list[str]:
    base = generator.normal(50, 5)
    return [
        f"{firm},{year},{since or ''},"
        f"{base + year - 2010 + generator.normal() + (2.0 if since and year >= since else 0.0):.6f}"
        for year in range(2010, 2017)
    ]


def refused(path: Path) -> str:
    with pytest.raises(PilotZoneError) as caught:
        run(path)
    return " ".join(str(caught.value).split())


def test_cohorts_are_zones_with_their_joint_covariance(tmp_path: Path) -> None:
    done = run(written(tmp_path))
    panel, found = done.beside["panel"].findings.effects, done.findings.main.synthesis.effects
    assert panel.design.comparison.controls == "never_treated"
    rows = [row for row in panel.of("group") if row.outcome.name == "jobs"]
    assert found.zones == ("cohort 2012", "The first", "cohort 2014")
    assert found.estimate == pytest.approx([row.estimate for row in rows], rel=1e-12)
    assert [item.se for item in found.effects] == pytest.approx([row.se for row in rows], rel=1e-12)
    # By hand: the mean over a cohort's periods of its change less that of the controls, which all cohorts share.
    table = np.genfromtxt(tmp_path / "firms.csv", delimiter=",", names=True)
    jobs, since = table["jobs"].reshape(-1, 7), table["since"].reshape(-1, 7)[:, 0]
    controls, spread = [], []
    for row, start in zip(rows, (2012, 2013, 2014), strict=True):
        at = start - 2010
        moved = jobs[:, at:].mean(axis=1) - jobs[:, at - 1]
        own, other = moved[since == start], moved[np.isnan(since)]
        assert row.estimate == pytest.approx(own.mean() - other.mean(), rel=1e-9)
        controls.append(other)
        spread.append(own.var() / len(own))
    shared = np.cov(controls, ddof=0) / len(controls[0])
    matrix = shared + np.diag(spread)
    correlation = found.matrix / np.outer(*[np.sqrt(found.matrix.diagonal())] * 2)
    size = np.sqrt(matrix.diagonal())
    assert correlation == pytest.approx(matrix / np.outer(size, size), abs=1e-9)
    assert np.abs(correlation[np.triu_indices(3, 1)]).min() > 1e-3
    assert done.findings.main.pooled.estimate == pytest.approx(pool_effects(found).pooled[0].estimate)
    assert "panel panel.toml beside" in found.effects[0].source


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("start = 2013", "start = 2019", "the panel beside has no cohort '2019'"),
        ('name = "jobs"\ngood', 'name = "job"\ngood', "outcome 'job' is not one of the study beside"),
        ("start = 2013", "start = 2013\n[[cohort]]\nstart = 2013", "cohort '2013' stands twice"),
        ('name = "The first"', "moderators = { income = 2.0 }", "'cohort 2013' has 'income', not a moderator here"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in TRANSFER
    assert told in refused(written(tmp_path, TRANSFER.replace(old, new, 1)))


def test_one_cohort_and_small_cohorts_are_refused(tmp_path: Path) -> None:
    assert "the panel beside has 1 cohort" in refused(written(tmp_path, sizes=(0, 12)))
    assert "cohort 2014 of the panel beside has no standard error" in refused(written(tmp_path, sizes=(12, 12, 1)))


def test_panel_and_cohorts_go_together() -> None:
    with pytest.raises(StudyError, match="no panel stands beside"):
        parse(TRANSFER.replace('[beside]\npanel = "panel.toml"\n', ""), "mine", kind="transfer")
    with pytest.raises(StudyError, match=r"\[\[cohort\]\] describes cohorts of a panel"):
        parse(
            TRANSFER.replace('source = "panel"', "").replace(
                "[[candidate]]", '[[effect]]\nzone = "A"\neffect = 1.0\nse = 1.0\nsource = "s"\n[[candidate]]'
            ),
            "mine",
            kind="transfer",
        )

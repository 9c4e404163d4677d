"""Simulated figures as they are published: CSV files, tables on the pages and charts say the same."""

from __future__ import annotations

import re

import pytest

import simulation_figures as figures

OUTPUT = """== size
Tue Nov 24 23:31:38 UTC 2026
700 draws, seed 20161, 20 units
| at its boundary | correlation | estimator | rejected at 0.05 | at 0.10 |
| environment | -0.8 | sc | 0.0480 (0.0031) | 0.1022 (0.0042) |
80% power at 0.05, 35 panels, every unit in turn, seed 20161
| 19 | 0.0740 | 0.0733 | 0.0896 |
== thresholds
sc_intercept, parallel: margin of 80% power 0.0536
== labels
labels by panels, seed 20160
| truth | which | panels | zones | a | b | c | d | e | f |
| gain 0.2, harm at the margin | by ranks | 800 | 4000 | 5.4 | 4.8 | 0.0 | 89.8 | 0.0 | 0.0 |
| 20 donors, 6 years before | allowance 0.5 | 300 | 1500 | 73.0 | 0.0 | 0.0 | 10.4 | 0.0 | 16.6 |
"""


def test_tables_on_the_pages_are_those_of_the_files() -> None:
    for name, text in figures.pages().items():
        assert (figures.PAGES / name).read_text(encoding="utf-8") == text, name
    counts = {"verdict.md": [10, 4], "simulations.md": [18, 12, 12], "many-speed.md": [17]}
    counts["whole-verdict.md"] = [6, 8, 12, 10, 4]
    for page in {page for page, _, _, _ in figures.TABLES}:
        assert [len(rows()) for name, _, _, rows in figures.TABLES if name == page] == counts[page]


@pytest.mark.parametrize("name", list(figures.CHARTS))
def test_charts_are_those_of_the_files(name: str) -> None:
    committed = (figures.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert figures.svg(name) == committed
    page = {"size": "verdict.md", "speed": "many-speed.md", "whole": "whole-verdict.md"}.get(name, "simulations.md")
    described = re.search(rf"!\[([^\]]+)\]\(figures/{name}\.svg\)", (figures.PAGES / page).read_text(encoding="utf-8"))
    assert described
    assert len(described[1]) > 100


def test_labels_of_a_row_add_up() -> None:
    for row in figures.read("labels"):
        shares = [float(row[label]) for label in figures.LABELS]
        assert sum(shares) == pytest.approx(100, abs=0.05 * len(shares) + 1e-9)


def test_an_output_is_read() -> None:
    found = figures.gathered(OUTPUT)
    assert found["size"] == [
        dict(zip(figures.COLUMNS["size"], ["environment", "-0.8", "sc", "700", "0.0480", "0.1022"], strict=True))
    ]
    assert found["needed"] == [
        dict(zip(figures.COLUMNS["needed"], ["19", "35", "0.0740", "0.0733", "0.0896"], strict=True))
    ]
    first, power = found["labels"]
    assert (first["truth"], first["panels"], first["growth, harm not excluded"]) == (
        "gain 0.2, harm at the margin",
        "800",
        "89.8",
    )
    assert (power["zones"], power["green growth"], power["too noisy for this margin"]) == ("1500", "73.0", "16.6")


def test_rows_run_again_take_the_place_of_the_old() -> None:
    (row,) = figures.gathered(OUTPUT)["size"]
    old = figures.read("size")
    new = {**old[0], "draws": "9", "at_5": "0.5"}
    rows = figures.renewed("size", [row, new])
    assert rows[0] == new
    assert rows[1 : len(old)] == old[1:]
    assert rows[-1] == row


@pytest.mark.parametrize(
    ("truth", "wrong"),
    [
        ("nothing", {"growth claimed": 1 + 2 + 8, "harm claimed": 2 + 4}),
        ("gain 0.2, harm at the margin", {"harm called excluded": 1 + 16, "harm claimed": 2 + 4}),
        ("harm 0.3", {"growth claimed": 1 + 2 + 8, "harm called excluded": 1 + 16}),
        ("gain 0.2, harm 0.3", {"harm called excluded": 1 + 16}),
    ],
)
def test_what_is_wrong_depends_on_the_truth(truth: str, wrong: dict[str, float]) -> None:
    """Labels in their order get 1, 2, 4, ... percent, so that a sum says which were added."""
    row = {label: str(2**k) for k, label in enumerate(figures.LABELS)} | {"truth": truth}
    assert figures.wrong_shares(row) == wrong

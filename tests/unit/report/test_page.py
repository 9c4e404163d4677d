"""Charts, tables, words and page: the figures shown equal those found."""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from tests.unit.report.factory import AUDIT, GROWTH, SMOKE, make_findings

from pilotzone.core import Outcome, Source, VerdictLabel, p_text
from pilotzone.evaluation.few import ConformalSet, Permutations, conformal_set, gap_chart, path_chart
from pilotzone.gather.shapes import load_shapes
from pilotzone.judgement import ConfidenceSet, confidence_set
from pilotzone.report.formatting import LABEL_WORDS, plain, set_text
from pilotzone.report.page import script_json
from pilotzone.report.shapes import bounds, drawable, label_point
from pilotzone.report.spec import chart_spec
from pilotzone.site import Candidate, Criterion, CriterionValue, SitingSpec, rank_places
from pilotzone.study.siting.findings import SitingFindings
from pilotzone.study.siting.page import siting_beside
from pilotzone.study.zone import contents, drawn, sheets, tested
from pilotzone.study.zone.charts import joint_chart
from pilotzone.study.zone.control_errors import control_errors_sheet
from pilotzone.study.zone.estimators import estimator_figures
from pilotzone.study.zone.map import map_chart
from pilotzone.study.zone.mapped import map_units
from pilotzone.study.zone.page import render_report
from pilotzone.study.zone.wording import gap_title, map_title, short_source_line, source_line

if TYPE_CHECKING:
    from pilotzone.evaluation.few import OutcomeFit

FOUND = make_findings()
EFFECTS = FOUND.main.effects
SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0], [0.0, 0.0]]


def area(ring: list[list[float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1]])
def test_outer_rings_turn_clockwise_and_holes_the_other_way(ring: list[list[float]]) -> None:
    hole = [[1.0, 0.5], [2.0, 0.5], [2.0, 1.0], [1.0, 0.5]]
    shape = drawable({"type": "Polygon", "coordinates": [ring, hole]})
    outer, inner = shape["coordinates"][0]
    assert (area(outer), area(inner)) == (-8.0, 0.25)
    assert bounds([shape]) == (0.0, 0.0, 4.0, 2.0)
    assert label_point(shape) == (2.0, 1.0)
    assert label_point(drawable({})) is None


@pytest.mark.parametrize("k", [0, 1])
def test_chart_data_are_the_results(k: int) -> None:
    fit = EFFECTS.fits[k]
    lines = path_chart(EFFECTS, fit, FOUND.panel.label).data["lines"]
    want = [*fit.actual[0], *fit.synthetic[0]]
    assert [row["value"] for row in lines] == pytest.approx([math.exp(value) for value in want], rel=1e-12)
    gaps = gap_chart(EFFECTS, fit, FOUND.panel.label).data
    shown = [row["gap"] for name in ("treated", "placebos") for row in gaps[name]]
    assert shown == pytest.approx([100 * math.expm1(value) for row in fit.gaps for value in row], rel=1e-9, abs=1e-9)
    assert gaps["margin"][0]["gap"] == pytest.approx(-5 if k == 0 else 5, rel=1e-12)


def test_joint_points_are_the_mean_gaps() -> None:
    first, second = FOUND.main.verdict.tests
    points = joint_chart(FOUND.panel, FOUND.main, (first, second)).data["points"]
    draws = EFFECTS.joint.draws.mean_gap
    want = {FOUND.panel.label(unit): 100 * (math.exp(draws[i, 0]) - 1) for i, unit in enumerate(EFFECTS.fits[0].units)}
    assert {row["unit"]: row["across"] for row in points} == pytest.approx(want, rel=1e-9)
    assert points[-1]["unit"] == "Province A"


def test_errors_on_control_units_are_the_placebo_gaps() -> None:
    """A row for each outcome: the largest placebo gap, the effects within it, and how many are as far as zero."""
    sheet = control_errors_sheet(FOUND.panel, FOUND.main)
    assert sheet is not None
    draws = EFFECTS.joint.draws
    for k, row in enumerate(sheet.rows):
        own, others = draws.mean_gap[draws.treated, k], np.delete(draws.mean_gap[:, k], draws.treated)
        assert row[1].value == pytest.approx(100 * math.expm1(own))
        assert row[2].value == pytest.approx(abs(others).max())
        assert row[5].value == (abs(others) >= abs(own)).sum()
        assert row[5].text.startswith((f"{row[5].value} of {len(others)}", "none of"))
    assert "It is not a second check." in sheet.note
    assert sheet.caption in render_report(FOUND)


def named_data(spec: dict[str, Any]) -> set[str]:
    """Return the names of all data sets that a specification's layers draw."""
    own = {spec["data"]["name"]} if "data" in spec else set()
    return own.union(*(named_data(layer) for layer in spec.get("layer", ())))


def test_specs_keep_to_the_schema_and_load_nothing() -> None:
    figures = [
        *contents.path_figures(FOUND, FOUND.main),
        *contents.gap_figures(FOUND, FOUND.main),
        *contents.joint_figures(FOUND),
        *estimator_figures(FOUND),
    ]
    for figure in figures:
        spec = chart_spec(figure.chart, validate=True).vega_lite
        assert named_data(spec) == set(figure.chart.data)
        text = json.dumps(spec)
        assert '"url"' not in text
        assert "http" not in text


def test_tables_hold_the_results_unrounded() -> None:
    fit = EFFECTS.fits[0]
    rows = drawn.path_sheet(FOUND.panel, fit, "x").rows
    assert [row[2].value for row in rows] == pytest.approx([math.exp(value) for value in fit.actual[0]], rel=1e-11)
    assert [row[0].value for row in rows] == list(fit.periods)
    donors = {row[0].text: row[2].value for row in sheets.donor_sheet(FOUND.panel, FOUND.main).rows}
    want = {FOUND.panel.label(unit): weight for unit, weight in fit.donor_weights().items()}
    assert {name: value for name, value in donors.items() if value is not None} == pytest.approx(want, rel=1e-11)
    p_values = [row[4].value for row in tested.tests_sheets(FOUND.main.verdict, (), zones=1)[0].rows]
    tests = [*FOUND.main.verdict.tests, *FOUND.main.verdict.other_tests]
    assert p_values == pytest.approx([test.p_improved for test in tests], rel=1e-11)


def test_sets_by_units_and_by_time_stand_beside_each_other() -> None:
    main = FOUND.main
    names = [test.outcome.name for test in main.verdict.tests]
    sets = tuple(confidence_set(EFFECTS.joint, name, alpha=0.1) for name in names)
    orders: tuple[Permutations, ...] = ("moving_block", "iid")
    conformal = tuple(conformal_set(EFFECTS, name, alpha=0.1, permutations=order) for name in names for order in orders)
    sheet = tested.sets_sheet(replace(main, sets=sets, conformal_sets=lambda: conformal))
    shown: list[ConfidenceSet | ConformalSet] = []
    for k in range(len(names)):
        shown += [sets[k], *conformal[2 * k : 2 * k + 2]]
    assert [row[5].text for row in sheet.rows] == [set_text(item) for item in shown]
    assert [row[4].value for row in sheet.rows] == pytest.approx([item.attained for item in shown], rel=1e-11)
    assert [row[1].value for row in sheet.rows] == [10, 22, 2000] * len(names)
    rests = [row[3].text for row in sheet.rows[:3]]
    assert [text.split(":")[0] for text in rests] == ["assignment", "time", "time"]
    assert rests[1] != rests[2]
    assert sheet.rows[2][2].text == "choices of periods, drawn"
    assert 'id="sets"' not in render_report(FOUND)
    page = render_report(replace(FOUND, main=replace(main, conformal_sets=lambda: conformal)))
    assert 'id="sets"' in page
    assert page.index('id="tests"') < page.index('id="sets"')


@pytest.mark.parametrize("label", get_args(VerdictLabel))
def test_every_verdict_has_its_words_first(label: VerdictLabel) -> None:
    page = render_report(make_findings(label=label, with_extras=False))
    body = page[page.index("<h2") :]
    told = re.sub("<[^>]+>", "", body[: body.index("</h2>")]).strip()
    assert re.search(rf"{re.escape(LABEL_WORDS[label])}(: holds with(out)? allowance( only)?)?$", told)


@pytest.mark.parametrize("state", ["failing", "unassessed"])
def test_diagnostics_change_nothing_but_where_they_are_told(state: str) -> None:
    changes: dict[str, Any] = {state: (GROWTH.name,), "with_extras": False}
    found, plain_one = make_findings(None, **changes), make_findings(with_extras=False)
    one, other = found.main.verdict.to_dict(), plain_one.main.verdict.to_dict()
    # The table of assumptions and the tests repeat what the diagnostics found; all else is the same.
    for record in (one, other):
        del record["assumptions"]
        for row in record["tests"]:
            del row["diagnostics"]
    assert one == other
    for figures in (contents.path_figures, contents.gap_figures):
        assert [item.title for item in figures(found, found.main)] == [
            item.title for item in figures(plain_one, plain_one.main)
        ]
    (card, _), (before, _) = contents.cards(found), contents.cards(plain_one)
    assert replace(card, not_passed=()) == before
    assert len(card.not_passed) == 1


def test_titles_of_gaps_rank_by_the_statistic_that_was_fixed_and_claim_no_effect() -> None:
    test = FOUND.main.verdict.tests[0]
    assert test.statistic == "excess_gap"
    others = len(EFFECTS.fits[0].units) - 1
    titles = [figure.title for figure in contents.gap_figures(FOUND, FOUND.main)]
    assert test.rank_improved == round(test.p_improved * (others + 1))
    assert f"{test.rank_improved - 1} of {others} placebos have a higher one" in titles[0]
    assert titles[0].endswith(", net of placebo effects before in its direction")
    third = gap_title(FOUND.panel, EFFECTS, EFFECTS.fits[0], replace(test, rank_improved=3))
    assert f"2 of {others} placebos have" in third
    shown = [*titles, *(figure.title for figure in contents.joint_figures(FOUND))]
    assert not any(word in title for title in shown for word in ("effect of", "raised", "caused", "harmed"))


JOBLESS = replace(SMOKE, name="log_jobless", role="inclusion", label="Jobless (invented)")


@pytest.mark.parametrize("outcomes", [(GROWTH,), (SMOKE,), (JOBLESS, GROWTH)])
def test_claims_of_any_roles_are_told_without_parts_that_they_lack(outcomes: tuple[Outcome, ...]) -> None:
    found = make_findings(outcomes=outcomes)
    page = re.sub("<(script|style).*?</\\1>", "", render_report(found), flags=re.DOTALL)
    assert not re.search(r"\bnan\b|not available", page, flags=re.IGNORECASE)
    gain, guards = GROWTH in outcomes, len(outcomes) > 1 or GROWTH not in outcomes
    assert ("(gain 0." in page) == (gain and guards)
    assert ("Both outcomes together" in page) == (gain and guards)
    table = re.search(r"p of the whole claim.*?</tr>", page, flags=re.DOTALL)
    assert table is not None
    assert p_text(found.main.verdict.p_claim) in table[0]


def test_a_joint_chart_for_each_pair_of_a_gain_and_a_safeguard_with_corners_by_its_role() -> None:
    found = make_findings(outcomes=(GROWTH, SMOKE, JOBLESS, replace(GROWTH, name="log_wages", label="Wages")))
    figures = contents.joint_figures(found)
    assert [figure.id for figure in figures] == [f"joint-{k}" for k in range(1, 5)]
    texts = [json.dumps(chart_spec(figure.chart).vega_lite) for figure in figures]
    assert ["environment better," in text for text in texts] == [True, False, True, False]
    assert ["inclusion better," in text for text in texts] == [False, True, False, True]


def test_tilt_is_p_in_other_words() -> None:
    """Odds of the level over odds of p, of the finding that an outcome is asked for; nothing where it is not shown."""
    verdict = FOUND.main.verdict
    shown = replace(verdict.tests[0].gain, p=0.02, grade="without allowance")
    changed = replace(verdict, tests=(replace(verdict.tests[0], gain=shown), verdict.tests[1]))
    _, sheet = tested.tests_sheets(changed, (), zones=1)
    at = [column.head for column in sheet.columns].index("Tilt")
    assert sheet.rows[0][at].value == pytest.approx((0.1 / 0.9) / (0.02 / 0.98), rel=1e-11)
    assert (sheet.rows[1][at].value, sheet.rows[1][at].text) == (None, "not shown")
    assert "no second check" in sheet.note


def test_what_the_verdict_rests_on_stands_below_it() -> None:
    page = render_report(FOUND)
    rows = FOUND.main.verdict.assumptions().rows()
    assert page.index('id="verdict"') < page.index('id="rests"') < page.index('id="checks"')
    for row in rows:
        assert all(html.escape(str(cell), quote=False) in html.unescape(page) or str(cell) in page for cell in row[:2])


@pytest.mark.parametrize(
    ("weights", "words"),
    [([1.0], "100.0 % Province B"), ([0.6, 0.4], "60.0 % Province B and 40.0 % Province C")],
)
def test_map_title_names_the_donors(weights: list[float], words: str) -> None:
    fit = EFFECTS.fits[0]
    changed = fit.weights.copy()
    changed[0] = 0.0
    changed[0, 1 : 1 + len(weights)] = weights
    title = map_title(FOUND.panel, EFFECTS, replace(fit, weights=changed))
    assert title.replace("\u00a0", " ").endswith(words)


def test_many_small_donors_are_counted() -> None:
    fit = make_findings(units=40, with_extras=False).main.effects.fits[0]
    changed = fit.weights.copy()
    changed[0] = [0.0, *[1 / 37] * 37]
    assert map_title(FOUND.panel, EFFECTS, replace(fit, weights=changed)).endswith("spread over 37 donors")


def test_sources_in_short_name_the_first_of_each_published_series() -> None:
    one, paper, other = Source("Inventory; cite the paper"), Source("Paper"), Source("Office")
    info = FOUND.panel.series[SMOKE.name]
    series = {
        "smoke": replace(info, name="smoke", sources=(one, paper)),
        "people": replace(info, name="people", sources=(other,)),
        SMOKE.name: replace(info, sources=(one, paper, other), formula="log(smoke / people)"),
    }
    panel = SimpleNamespace(series=series)
    assert short_source_line(panel, SMOKE) == "Source: Inventory; Office and 1 more; own estimates."  # type: ignore[arg-type]
    assert source_line(panel, SMOKE) == "Source: Inventory; cite the paper; Paper; Office; own estimates."  # type: ignore[arg-type]


def test_json_in_the_page_cannot_end_its_element_and_reads_back() -> None:
    value = {"</script>": "<!-- & \u2028\u2029 \u202e"}
    text = script_json(value)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value
    with pytest.raises(ValueError, match="JSON"):
        script_json([math.nan])


def test_the_same_findings_give_the_same_page() -> None:
    page = render_report(FOUND)
    assert page == render_report(make_findings())
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def with_weights(*first: float) -> OutcomeFit:
    """Return a fit whose treated unit has these weights on the first donors, and none on the others."""
    fit = EFFECTS.fits[0]
    changed = fit.weights.copy()
    changed[0] = 0.0
    changed[0, 1 : 1 + len(first)] = first
    return replace(fit, weights=changed)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ((1.25, -0.25), "125.0 % Province B and -25.0 % Province C; 1 weight below zero, -25.0 % together"),
        (
            (0.7, 0.6, -0.2, -0.1),
            (
                "70.0 % Province B, 60.0 % Province C, -20.0 % Province D and 1 other; 2 weights below zero, -30.0 % "
                "together"
            ),
        ),
        ((1.0, 0.0004, -0.0004), "100.0 % Province B and 2 others; 1 weight below zero, > -0.1 % together"),
    ],
)
def test_map_title_gives_weights_below_zero_their_sign(weights: tuple[float, ...], words: str) -> None:
    title = map_title(FOUND.panel, EFFECTS, with_weights(*weights))
    assert plain(title).endswith(f"synthetic Province A is {words}")


@pytest.mark.parametrize(
    ("weight", "part", "sign", "cell"),
    [
        (0.3, "donor, 30 % or more", "30", "30.0 %"),
        (0.0, "donor, less than 1 %", "", "-"),
        (-0.0004, "- donor, negative, less than 1 %", "-", "> -0.1 %"),
        (-0.0099, "- donor, negative, less than 1 %", "-", "-1.0 %"),
        (-0.01, "- donor, negative, 1 % or more", "-1", "-1.0 %"),
        (-1.5, "- donor, negative, 1 % or more", "-150", "-150.0 %"),
    ],
)
def test_donors_of_either_sign_on_the_map(weight: float, part: str, sign: str, cell: str) -> None:
    """The sign stands in the legend and on the shape: what grey print makes of the colours does not matter."""
    assert FOUND.map is not None
    shown = map_units(FOUND.panel, EFFECTS, with_weights(weight, 1 - weight), FOUND.map)
    (place,) = (place for place in shown if place.unit == "B")
    geometries = {str(item["id"]): drawable(item["geometry"]) for item in FOUND.map.geojson["features"]}
    chart = map_chart(shown, geometries)
    (row,) = (row for row in chart.data["shapes"] if row["code"] == "B")
    at = label_point(geometries["B"])
    assert at is not None
    signs = {(item["lon"], item["lat"]): item["sign"] for item in chart.data["signs"]}
    assert plain(place.part) == plain(row["kind"]) == part
    assert plain(row["weight"]) == cell
    assert plain(signs.get((round(at[0], 3), round(at[1], 3)), "")) == sign


def test_the_largest_weight_is_the_largest_in_size() -> None:
    effects = replace(EFFECTS, fits=(with_weights(0.8, 0.9, -1.1, 0.4), EFFECTS.fits[1]))
    cell = sheets.effects_sheet("x", "x", FOUND.panel, [effects]).rows[0][4]
    assert plain(cell.text) == "Province D -110.0 %"
    assert effects.summary().columns["largest_weight"][0] == "D -1.10"


def test_every_section_is_in_the_contents() -> None:
    """But for those that stand above the list; a ranking of places among them, where there is one."""
    criteria = (Criterion("a", "up", scale=(0, 1)), Criterion("b", "up", scale=(0, 1)))
    figures = {"x": (1.0, 0.0), "y": (0.0, 1.0)}
    places = tuple(
        Candidate(
            name,
            figures={
                c.name: CriterionValue(name, c.name, v, v, "1", "yours", "a test")
                for c, v in zip(criteria, own, strict=True)
            },
        )
        for name, own in figures.items()
    )
    siting = rank_places(SitingSpec("Two places", places, criteria, draws=100, batches=1))
    beside = siting_beside(SitingFindings("two", siting, load_shapes()))
    for sections in ((), (beside,)):
        page = render_report(FOUND, AUDIT, sections)
        _, _, rest = page.partition('<nav aria-label="Contents"')
        listed, _, below = rest.partition("</nav>")
        listed_below = re.findall(r'<section aria-labelledby="[\w-]+" id="([\w-]+)"', below)
        assert re.findall(r'href="#([\w-]+)"', listed) == listed_below
        assert ("site-limits" in listed_below) == bool(sections)

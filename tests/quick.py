"""Which tests `make quick` leaves out, each with its reason, and the limit that a test has to keep to be left in.

This is the only list. A pytest plugin (``-p tests.quick``) does three things with it: it leaves out what is listed, it
fails a test that is not listed and took more than `LIMIT` seconds of processor time, fixtures included, so that a
new slow test is made faster or listed here, and it writes what each test took into ``.cache/quick.txt``, slowest first.
``--quick-limit=SECONDS`` sets another limit, ``inf`` none: for machines that are busy with other things.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[1]

LIMIT = 5.0
"""Seconds of processor time, of the test and of the programs that it starts. On a busy machine a second of work takes
up to two; half of this is therefore the aim."""

_WHOLE = "runs whole studies, again and again"
_SOLVERS = "solves the same problems by other programs or by brute force"

LEFT_OUT: dict[str, str] = {
    "src/pilotzone/site/many_places.py": "ranks very many places",
    # Folders
    "tests/browser": "starts Chromium",
    "tests/engines": "starts Spark, and kills it",
    "tests/golden": _SOLVERS,
    "tests/properties": "hundreds of drawn examples each",
    "tests/simulation": "simulations",
    # Modules
    "tests/docs/test_reference_pages.py": _WHOLE,
    "tests/docs/test_tutorial.py": _WHOLE,
    "tests/docs/test_verdict_page.py": _WHOLE,
    "tests/unit/bench": "times programs",
    "tests/unit/cli/test_endings.py": "kills and interrupts programs",
    "tests/unit/cli/test_evaluate.py": _WHOLE,
    "tests/unit/cli/test_evidence.py": "prints every series",
    "tests/unit/cli/test_help.py": "starts programs",
    "tests/unit/cli/test_hostile.py": _WHOLE,
    "tests/unit/cli/test_limits.py": "starts programs that run whole studies within limits",
    "tests/unit/cli/test_narrow.py": "prints tables at every width",
    "tests/unit/cli/test_opened.py": "starts programs under strace",
    "tests/unit/cli/test_place.py": _WHOLE,
    "tests/unit/cli/test_run.py": _WHOLE,
    "tests/unit/cli/test_same_bytes.py": _WHOLE,
    "tests/unit/cli/test_screen.py": "starts programs on terminals of all widths",
    "tests/unit/cli/test_site.py": _WHOLE,
    "tests/unit/cli/test_verify.py": _WHOLE,
    "tests/unit/few/test_augmented.py": _SOLVERS,
    "tests/unit/few/test_conformal.py": _SOLVERS,
    "tests/unit/few/test_importance.py": _SOLVERS,
    "tests/unit/few/test_predictors.py": _SOLVERS,
    "tests/unit/few/test_several.py": _SOLVERS,
    "tests/unit/gather/test_formats.py": "writes and reads files of every format",
    "tests/unit/gather/test_shapes.py": "looks at every point of shapes",
    "tests/unit/gather/test_weather_damage.py": "damages files of a whole year's hours",
    "tests/unit/gather/test_weather_files.py": "reads files of a whole year's hours",
    "tests/unit/holding": "draws every public result",
    "tests/unit/inclusion": _SOLVERS,
    "tests/unit/judge/test_gaussian.py": _SOLVERS,
    "tests/unit/judge/test_intervals.py": _SOLVERS,
    "tests/unit/judge/test_normals.py": _SOLVERS,
    "tests/unit/judge/test_power.py": _SOLVERS,
    "tests/unit/judge/test_ranks.py": _SOLVERS,
    "tests/unit/many/test_adjusted.py": "draws many data sets",
    "tests/unit/many/test_breakdown.py": _SOLVERS,
    "tests/unit/many/test_conley.py": _SOLVERS,
    "tests/unit/many/test_estimated_moves.py": "draws many data sets",
    "tests/unit/many/test_general.py": _WHOLE,
    "tests/unit/many/test_honest.py": _SOLVERS,
    "tests/unit/many/test_no_spread.py": _WHOLE,
    "tests/unit/many/test_one_outcome.py": _WHOLE,
    "tests/unit/many/test_randomisation.py": "draws many data sets",
    "tests/unit/many/test_shifts.py": _SOLVERS,
    "tests/unit/many/test_spillovers.py": "draws many data sets",
    "tests/unit/place/test_solving.py": _SOLVERS,
    "tests/unit/place/test_yamltext.py::test_hostile_books_are_refused_at_once": "books of the largest size",
    "tests/unit/report/test_page.py": "draws whole reports",
    "tests/unit/site/test_cooling.py": _SOLVERS,
    "tests/unit/site/test_ranking.py": _SOLVERS,
    "tests/unit/site/test_siting.py": _WHOLE,
    "tests/unit/test_extras.py::test_bundled_studies_do_without_extras": _WHOLE,
    "tests/unit/store/test_spill.py": "starts programs and kills them",
    "tests/unit/study/test_artefacts.py": _WHOLE,
    "tests/unit/study/test_breaks.py": _WHOLE,
    "tests/unit/study/test_bundled_panels.py": _WHOLE,
    "tests/unit/study/test_compare.py": _WHOLE,
    "tests/unit/study/test_declared_p.py": _WHOLE,
    "tests/unit/study/test_donor_words.py": _WHOLE,
    "tests/unit/study/test_doubts.py": _WHOLE,
    "tests/unit/study/test_escaping.py": _WHOLE,
    "tests/unit/study/test_kinds.py": _WHOLE,
    "tests/unit/study/test_levels.py": _WHOLE,
    "tests/unit/study/test_maps.py": _WHOLE,
    "tests/unit/study/test_negative_weights.py": _WHOLE,
    "tests/unit/study/test_other_machines.py": _WHOLE,
    "tests/unit/study/test_own_data.py": _WHOLE,
    "tests/unit/study/test_panel_breaks.py": _WHOLE,
    "tests/unit/study/test_panel_beside.py": _WHOLE,
    "tests/unit/study/test_panels.py": _WHOLE,
    "tests/unit/study/test_periods.py": _WHOLE,
    "tests/unit/study/test_predictor_study.py": _WHOLE,
    "tests/unit/study/test_publish.py": "kills programs while they write",
    "tests/unit/study/test_sensitivity.py": _WHOLE,
    "tests/unit/study/test_several_zones.py": _WHOLE,
    "tests/unit/study/test_shared_weights.py": _WHOLE,
    "tests/unit/study/test_siting_tables.py": _WHOLE,
    "tests/unit/study/test_strangers.py": _WHOLE,
    "tests/unit/study/test_tampering.py": _WHOLE,
    "tests/unit/study/test_terms.py": _WHOLE,
    "tests/unit/study/test_verify.py": _WHOLE,
    "tests/unit/transfer/test_bayesian.py": _SOLVERS,
    "tests/unit/transfer/test_populations.py": "draws many data sets",
    "tests/unit/transfer/test_support.py": "draws many candidates",
    "tests/unit/transfer/test_synthesis.py": _SOLVERS,
}
"""Folders, modules and single tests, as pytest names them, and why each is left out."""

SPENT = pytest.StashKey[float]()
PROPERTY = "processor time"


def reason(name: str) -> str | None:
    """Return why a test, module or folder is left out of the quick run, or None where it is not."""
    for entry, why in LEFT_OUT.items():
        if name == entry or name.startswith((f"{entry}/", f"{entry}::", f"{entry}[")):
            return why
    return None


def spent() -> float:
    """Return the processor time of this process and of those that it started and that have ended, in seconds."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the limit be set."""
    told = "seconds of processor time that a test of the quick run may take"
    parser.addoption("--quick-limit", type=float, default=LIMIT, help=told)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave folders and modules out before they are read."""
    if not collection_path.is_relative_to(ROOT):
        return None
    return True if reason(collection_path.relative_to(ROOT).as_posix()) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave single tests out."""
    out = [item for item in items if reason(item.nodeid)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if not reason(item.nodeid)]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin to count."""
    item.stash.setdefault(SPENT, spent())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what took too long, and note down what it took."""
    report = yield
    if call.when == "teardown":
        took = spent() - item.stash.get(SPENT, spent())
        report.user_properties.append((PROPERTY, f"{took:.2f}"))
        limit = item.config.getoption("--quick-limit")
        if took > limit and report.passed:
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} took {took:.1f} s of processor time; the quick run allows {limit:g}. Make it faster, "
                "or list it in tests/quick.py with the reason."
            )
    return report


class Costs:
    """Hears of all tests, also of those that other processes ran, and writes down what they took."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.costs: list[tuple[float, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test took."""
        took = dict(report.user_properties).get(PROPERTY)
        if report.when == "teardown" and isinstance(took, str):
            self.costs.append((float(took), report.nodeid))

    def pytest_sessionfinish(self) -> None:
        """Write all, slowest first."""
        path = self.root / ".cache" / "quick.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{took:7.2f} {name}\n" for took, name in sorted(self.costs, reverse=True)), "utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much it was."""
        total = sum(took for took, _ in self.costs)
        terminalreporter.write_line(f"{total:.0f} s of processor time in tests: .cache/quick.txt")


def pytest_configure(config: pytest.Config) -> None:
    """Let the process that hears of all tests write down what they took."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Costs(config.rootpath))

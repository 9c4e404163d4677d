"""Whatever is done to a lab in whatever order: no traceback, no dead process, no file lost or half-written.

The command runs in a process of its own, and windows talk to it over HTTP as its pages do. The suite draws a few short
sequences; ``make fuzz-lab`` draws 50 of 30 actions (other draws: ``make fuzz-lab ARGS=7``).
"""

from __future__ import annotations

import io
import json
import os
import resource
import shutil
import tempfile
import traceback
import zipfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.properties.lab_driver import Answer, Lab, Window
from tests.unit.study.invented import Figures, write_study

SEQUENCES, ACTIONS = map(int, os.environ.get("PILOTZONE_FUZZ_LAB", "5x12").split("x"))
SEED = int(os.environ.get("PILOTZONE_FUZZ_SEED", "1"))
WINDOWS = 3
NAMES = st.sampled_from(["one", "two", "省"])
KEYS: list[tuple[str, Any]] = [
    ("zone.start", 2013),
    ("zone.start", 2001),  # too early to be compared
    ("zone.unit", "nobody"),
    ("outcomes.0.margin", 9),
    ("outcomes.7.margin", 9),  # there are two
    ("method.estimator", "sc"),
    ("donors.exclude", {"Place C": "by hand"}),
    ("donors.exclude", {"Place C": None}),  # no file can say this
    ("title", "half of a character: \ud800"),
    ("title", "<b>\u202e"),
    ("data.file", "/etc/passwd"),
]


WRONG: list[str] = []
"""What went wrong, as it happened: no sequence is the same twice, so its replay need not show it."""


def action(**strategies: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a rule of a method, which keeps what goes wrong in it."""

    def made(method: Callable[..., None]) -> Any:  # noqa: ANN401 - what Hypothesis makes of it
        @wraps(method)
        def done(self: Actions, **drawn: Any) -> None:
            try:
                method(self, **drawn)
            except BaseException:
                WRONG.append(f"{method.__name__}({drawn}): {traceback.format_exc()}")
                raise

        return rule(**strategies)(done)  # type: ignore[no-untyped-call]

    return made


class Actions(RuleBasedStateMachine):
    """A lab on a folder of one study, and what its files have to hold."""

    lab: ClassVar[Lab]
    folder: ClassVar[Path]
    pool: ClassVar[list[Window]]

    @initialize()
    def begin(self) -> None:
        self.windows = self.pool[:1]
        self.states: dict[str, list[dict[str, Any]]] = {window.name: [{}] for window in self.pool}
        self.places = {window.name: 0 for window in self.pool}
        self.studies = {window.name: "invented.toml" for window in self.pool}
        self.asked: set[str] = set()
        """Names of runs that were ordered: each may be there or not, and is whole if it is."""
        self.runs: set[str] = set()
        """Runs that were told to be written."""
        self.gone = False
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        write_study(self.folder, figures=Figures(count=8))
        self.files = {path.name: path.read_bytes() for path in self.folder.iterdir()}

    # ----------------------------------------------------------------------------------------------------- helpers

    def window(self, which: int) -> Window:
        return self.windows[which % len(self.windows)]

    def screen(self, window: Window) -> dict[str, Any]:
        return {"study": self.studies[window.name], "changes": self.states[window.name][self.places[window.name]]}

    def ordered(self, window: Window, path: str, *, wait: bool, **content: Any) -> tuple[str, dict[str, Any]] | None:
        answer = window.order(path, **content)
        self.refused_or(answer, 202)
        if answer.status != 202 or not wait:
            return None
        event, told = window.last()
        assert event != "stopped"  # nobody asked for it
        if event == "failed":
            assert told["what"]
            assert "does not know" not in told["what"]
        return event, told

    def look(self, window: Window, *, wait: bool) -> None:
        self.ordered(window, "/run", wait=wait, **self.screen(window))

    @staticmethod
    def refused_or(answer: Answer, status: int) -> None:
        """Nothing but what was meant, or an error in our words."""
        assert answer.status in {status, 422}, answer.text
        if answer.status == 422 and answer.body.startswith(b"{"):
            assert set(answer.told) == {"what", "allowed", "todo"}
            assert answer.told["what"]

    # ----------------------------------------------------------------------------------------------------- actions

    @action(
        which=st.integers(0, 2),
        study=st.sampled_from(["invented.toml", "one.toml", "省.toml", "../x.toml"]),
        wait=st.booleans(),
    )
    def open_a_study(self, which: int, study: str, *, wait: bool) -> None:
        window = self.window(which)
        page = self.lab.get("/study", study=study)
        there = study in self.files and not self.gone
        assert page.status == (200 if there else 422), page.text
        assert self.lab.get("/file", study=study).status == page.status
        if there:
            self.studies[window.name], self.states[window.name], self.places[window.name] = study, [{}], 0
            self.look(window, wait=wait)

    @action(which=st.integers(0, 2), change=st.sampled_from(KEYS), wait=st.booleans())
    def choose(self, which: int, change: tuple[str, Any], *, wait: bool) -> None:
        window = self.window(which)
        before = self.states[window.name][: self.places[window.name] + 1]
        self.states[window.name] = [*before, {**before[-1], change[0]: change[1]}]
        self.places[window.name] += 1
        self.look(window, wait=wait)

    @action(which=st.integers(0, 2), wait=st.booleans(), forth=st.booleans())
    def undo_or_redo(self, which: int, *, wait: bool, forth: bool) -> None:
        window = self.window(which)
        place = self.places[window.name] + (1 if forth else -1)
        if 0 <= place < len(self.states[window.name]):
            self.places[window.name] = place
            self.look(window, wait=wait)

    @action(which=st.integers(0, 2), name=NAMES | st.sampled_from(["../x", "figures"]))
    def save(self, which: int, name: str) -> None:
        screen = self.screen(self.window(which))
        answer = self.lab.post("/save", {**screen, "name": name})
        self.refused_or(answer, 200)
        if answer.status == 200:
            assert not self.gone
            query = {key: json.dumps(value) for key, value in screen["changes"].items()}
            text = self.lab.get("/file", study=screen["study"], **query)
            assert self.files.setdefault(f"{name}.toml", text.body) == text.body

    @action(which=st.integers(0, 2), name=NAMES, wait=st.booleans())
    def report(self, which: int, name: str, *, wait: bool) -> None:
        window = self.window(which)
        screen = self.screen(window)
        self.asked.add(name)
        text = self.lab.get("/file", study=screen["study"], **{k: json.dumps(v) for k, v in screen["changes"].items()})
        told = self.ordered(window, "/report", wait=wait, **screen, name=name)
        path = self.folder / f"{name}.toml"
        if path.exists() and path.read_bytes() == text.body:
            self.files.setdefault(path.name, text.body)
        if told is not None and told[0] == "written":
            self.runs.add(name)

    @action(which=st.integers(0, 2), name=NAMES, wait=st.booleans())
    def verify(self, which: int, name: str, *, wait: bool) -> None:
        told = self.ordered(self.window(which), "/verify", wait=wait, name=name)
        if told is not None and told[0] == "verified":
            # What a run was made from may be gone by now.
            lost = not {"figures.csv", f"{name}.toml"} <= set(self.files) or self.gone
            assert told[1]["state"] == "same" or lost

    @action(left=NAMES, right=NAMES)
    def compare(self, left: str, right: str) -> None:
        answer = self.lab.get("/compare", left=left, right=right)
        both = {left, right} <= self.runs and not self.gone
        assert answer.status == 200 if both else answer.status in {200, 422}, answer.text

    @action(name=NAMES)
    def share(self, name: str) -> None:
        from urllib.parse import quote

        answer = self.lab.get(f"/runs/{quote(name)}.zip")
        assert answer.status == 200 if name in self.runs and not self.gone else answer.status in {200, 404}, answer.text
        if answer.status == 200:
            with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
                assert archive.testzip() is None
                assert f"{name}/runs/{name}/audit.json" in archive.namelist()

    @action(which=st.integers(0, 2))
    def cancel(self, which: int) -> None:
        window = self.window(which)
        assert window.order("/cancel").status == 200
        assert window.last()[0] == "stopped"

    @action(which=st.integers(0, 9))
    def kill_a_worker(self, which: int) -> None:
        killed = self.lab.kill_a_worker(which)
        if killed is not None:
            self.lab.settle(killed)

    @action()
    def kill_the_server(self) -> None:
        """End what workers are forked from: what works goes on, and the next process comes from another."""
        self.lab.kill_the_server()

    @precondition(lambda self: len(self.windows) < WINDOWS)
    @action()
    def open_another_window(self) -> None:
        self.windows = self.pool[: len(self.windows) + 1]

    @precondition(lambda self: not self.gone)
    @action(name=st.sampled_from(["one.toml", "two.toml", "invented.toml", "figures.csv"]), rename=st.booleans())
    def lose_a_file(self, name: str, *, rename: bool) -> None:
        """Somebody takes a file away, or gives it another name, in a file manager."""
        content = self.files.pop(name, None)
        if content is not None and rename:
            (self.folder / name).rename(self.folder / f"moved-{name}")
            self.files[f"moved-{name}"] = content
        elif content is not None:
            (self.folder / name).unlink()

    @precondition(lambda self: not self.gone)
    @action()
    def lose_the_folder(self) -> None:
        self.folder.rename(self.folder.with_name("elsewhere"))
        self.gone = True

    @precondition(lambda self: self.gone)
    @action()
    def get_the_folder_back(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)  # a run that began before may have made it anew
        self.folder.with_name("elsewhere").rename(self.folder)
        self.gone = False

    @action()
    def look_at_the_first_page(self) -> None:
        page = self.lab.get("/")
        if not self.gone:
            assert page.status == 200
            for name in self.files:
                assert not name.endswith(".toml") or f"<code>{name}</code>" in page.text
            for name in self.runs:
                assert f">{name}</a>" in page.text

    # ----------------------------------------------------------------------------------------------------- what holds

    def teardown(self) -> None:
        if not hasattr(self, "files"):
            return
        for window in self.windows:  # whatever is still done is ended, and the lab answers
            assert window.order("/cancel").status == 200
            assert window.last()[0] == "stopped"
        if self.gone:
            self.get_the_folder_back()
        self.look_at_the_first_page()
        # A process is there that answers, whatever became of the others: no result of this is kept.
        window = self.windows[0]
        assert window.order("/run", study="zone/guizhou", changes={"zone.unit": "nobody"}).status == 202
        event, told = window.last()
        assert event == "failed"
        assert "'nobody'" in told["what"]
        self.check_files()
        self.check_processes()

    def check_files(self) -> None:
        found = {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        assert found == self.files
        runs = self.folder / "runs"
        there = {path.name for path in runs.iterdir() if not path.name.startswith(".")} if runs.is_dir() else set()
        assert self.runs <= there <= self.asked
        for name in there:
            listed = json.loads((runs / name / "audit.json").read_bytes())["outputs"]
            assert {path.name for path in (runs / name).iterdir()} == {*listed, "audit.json"}
            assert (runs / name / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")

    def check_processes(self) -> None:
        assert self.lab.alive
        states = self.lab.workers()
        assert "Z" not in states.values(), states
        assert 0 < len(states) <= WINDOWS + 1
        assert "Traceback" not in self.lab.complaints(), self.lab.complaints()


def test_whatever_is_done() -> None:
    with tempfile.TemporaryDirectory() as place:
        Actions.folder = Path(place) / "home"
        Actions.folder.mkdir()
        Actions.lab = Lab(Actions.folder)
        try:
            Actions.pool = [Window(Actions.lab, f"w{k}") for k in range(WINDOWS)]
            WRONG.clear()
            try:
                run_state_machine_as_test(
                    seed(SEED)(Actions),
                    settings=settings(
                        max_examples=SEQUENCES, stateful_step_count=ACTIONS, deadline=None, database=None,
                        phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False,
                    ),
                )  # fmt: skip
            except Exception:
                assert not WRONG, WRONG[0]
                raise
            for window in Actions.pool:
                window.close()
        finally:
            told = Actions.lab.end()
    assert told == "Interrupted.\n"


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """No file may grow beyond 500 bytes: as where the disk is full in the midst of it."""
    write_study(tmp_path, figures=Figures(count=8))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    limits = (500, 500)
    # Else Python keeps the first 500 bytes of a module's bytecode beside it, and nothing that imports it starts again.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    lab = Lab(tmp_path, env=env, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits))
    try:
        window = Window(lab, "w")
        screen = {"study": "invented.toml", "changes": {}}
        saved = lab.post("/save", {**screen, "name": "copy"})
        assert saved.status == 422
        assert "cannot be written: File too large" in saved.told["what"]
        assert saved.told["todo"]
        # A report of a file that is there already saves nothing, and fails where it writes the run.
        assert window.order("/report", name="invented", **screen).status == 202
        event, told = window.last()
        assert event == "failed"
        assert "File too large" in told["what"]
        assert told["todo"]
        # Looking writes nothing.
        assert window.order("/run", **screen).status == 202
        assert window.last()[0] == "whole"
        window.close()
    finally:
        complaints = lab.end()
    assert complaints == "Interrupted.\n"
    runs = tmp_path / "runs"
    assert not runs.exists() or list(runs.iterdir()) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before

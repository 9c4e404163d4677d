"""How the command ends: exit codes, one clear error, no traceback unless asked for."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.cli.command import PROGRAM, call, clean, ended, start
from tests.unit.study.guizhou import run_again
from tests.unit.study.invented import Figures, write_study

COMMANDS = [["studies"], ["studies", "--json"], ["evidence"], ["evidence", "co2_t"], ["evidence", "--json"],
            ["run", "invented.toml"], ["run", "invented.toml", "--json"]]  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own: runs are written below it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


USAGE = [
    (["rnu"], "Did you mean 'run'?"),
    (["run"], "STUDY"),
    (["run", "guizhou", "--jsno"], "--json"),
    (["run", "guizhou", "more"], "more"),
    (["run", "guizou"], "Did you mean 'guizhou' or 'guizhou-"),
    (["run", "none.toml"], "pilotzone init"),
    (["run", "./"], "is a folder"),
    (["run", ""], "no bundled study"),
    (["evidence", "co2"], "Did you mean 'co2_t'?"),
    (["init"], "NAME"),
    (["init", "a b"], "letters, digits"),
    (["init", "../x"], "letters, digits"),
    (["init", "x", "--folder", "none"], "cannot be written"),
    (["verifi", "runs/x"], "Did you mean 'verify'?"),
    (["verify", "runs/x"], "there is no folder"),
    (["compare", "runs/x"], "two runs, or any number with --etable"),
]


@pytest.mark.parametrize(("arguments", "says"), USAGE, ids=[" ".join(arguments) for arguments, _ in USAGE])
def test_wrong_usage_ends_with_2(here: Path, arguments: list[str], says: str) -> None:
    said = call(*arguments)
    assert said.code == 2
    assert says in " ".join(said.err.split())
    assert said.out == ""
    assert said.err.count("Error: ") == 1
    assert "Traceback" not in said.err
    assert list(here.iterdir()) == []


def test_study_file_that_is_wrong_ends_with_2(here: Path) -> None:
    study = write_study(here)
    study.write_text(study.read_text(encoding="utf-8").replace("margin = 5", "margins = 5"), encoding="utf-8")
    said = call("run", study)
    assert said.code == 2
    assert "outcomes[1].margins is not a key" in " ".join(said.err.split())
    assert not (here / "runs").exists()


def test_bad_data_end_with_3(here: Path) -> None:
    study = write_study(here)
    with (here / "figures.csv").open("a", encoding="utf-8") as file:
        file.write("Place A,2019,1,1,1\n")
    said = call("run", study)
    assert said.code == 3
    assert "2019" in said.err
    assert not (here / "runs").exists()


def test_any_verdict_ends_with_0(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pilotzone.study.run_study", run_again)
        assert call("run", "guizhou", "-q").out == "guizhou: too noisy for this margin\n"
    said = call("run", write_study(here), "-q")
    assert (said.code, said.out) == (0, "invented: green growth (holds with allowance)\n")


# --------------------------------------------------------------------------------------------- own faults

FAULT = "import pilotzone.study\npilotzone.study.run_study = lambda *_, **__: 1 / 0"


def test_own_fault_ends_with_1_and_no_traceback(here: Path) -> None:
    said = ended(start("run", "guizhou", cwd=here, code=FAULT))
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "ZeroDivisionError: division by zero" in " ".join(said.err.split())
    assert "--debug" in said.err


@pytest.mark.parametrize(
    ("arguments", "env"), [(["--debug"], {}), ([], {"PILOTZONE_DEBUG": "1"}), (["--debug"], {"PILOTZONE_DEBUG": "0"})]
)
def test_debug_shows_where(here: Path, arguments: list[str], env: dict[str, str]) -> None:
    said = ended(start(*arguments, "run", "guizhou", cwd=here, env=env, code=FAULT))
    assert said.code == 1
    assert "Traceback" in said.err
    assert said.err.splitlines()[-2].startswith("Error: ") or said.err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize("value", ["", "0"])
def test_debug_is_off(here: Path, value: str) -> None:
    said = ended(start("run", "guizhou", cwd=here, env={"PILOTZONE_DEBUG": value}, code=FAULT))
    assert "Traceback" not in said.err


def test_debug_shows_where_an_expected_error_arose() -> None:
    said = call("--debug", "run", "none.toml")
    assert said.code == 2
    assert "FileNotFoundError" in said.err
    assert "Error: there is no study file 'none.toml'." in said.err


def test_too_little_memory(here: Path) -> None:
    code = "import pilotzone.study\ndef run_study(*_, **__): raise MemoryError\npilotzone.study.run_study = run_study"
    said = ended(start("run", "guizhou", cwd=here, code=code))
    assert (said.code, said.err.splitlines()[0]) == (2, "Error: there is not enough memory.")


# --------------------------------------------------------------------------- pipes, signals, full disks

SLOW = """
import pilotzone.study, time
def run_study(*_, **__):
    print("running", flush=True)
    time.sleep(60)
pilotzone.study.run_study = run_study
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for other processes")
def test_interrupted(here: Path) -> None:
    process = start("run", "guizhou", cwd=here, code=SLOW)
    assert process.stdout is not None
    assert process.stdout.readline() == b"running\n"
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert (said.code, said.out, said.err) == (130, "", "Interrupted.\n")
    assert not (here / "runs").exists()


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_reader_that_has_gone(here: Path, arguments: list[str]) -> None:
    write_study(here)
    process = start(*arguments, cwd=here)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 141
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_output_that_cannot_be_written(here: Path, arguments: list[str]) -> None:
    write_study(here)
    redirected = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    said = ended(start(*arguments, cwd=here, code=redirected))
    assert said.code == 2
    assert "No space left on device" in said.err
    assert "Traceback" not in said.err
    assert "Exception ignored" not in said.err


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the study and a run of it, to be copied."""
    home = tmp_path_factory.mktemp("once")
    assert call("run", write_study(home), "-q", "--out", home / "runs" / "invented").code == 0
    return home


@pytest.mark.parametrize("size", [1_000, 20_000, 30_000, 500_000])
def test_files_that_cannot_be_written_to_their_end(here: Path, once: Path, size: int) -> None:
    """The system refuses to write beyond a size, as it does on a full disk; each size stops at another file."""
    pytest.importorskip("resource")
    shutil.copytree(once, here, dirs_exist_ok=True)
    study = here / "invented.toml"
    before = {path.name: path.read_bytes() for path in (here / "runs" / "invented").iterdir()}
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    # Else Python keeps the beginning of a module's bytecode beside it, and nothing that imports it starts again.
    said = ended(start("run", study, cwd=here, env={"PYTHONDONTWRITEBYTECODE": "1"}, code=limit))
    assert said.code == 2
    assert "cannot be written" in " ".join(said.err.split())
    assert "partial" not in said.err
    assert {path.name: path.read_bytes() for path in (here / "runs" / "invented").iterdir()} == before
    assert [path.name for path in (here / "runs").iterdir()] == ["invented"]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_output_that_is_closed(here: Path, arguments: list[str]) -> None:
    write_study(here)
    said = ended(start(*arguments, cwd=here, code="import sys; sys.stdout.close(); sys.stdout = None"))
    assert (said.code, said.err) == (0, "")


def test_folder_with_other_files_is_left_alone(here: Path) -> None:
    (here / "papers").mkdir()
    (here / "papers" / "thesis.docx").touch()
    said = call("run", write_study(here), "--out", "papers")
    assert said.code == 2
    assert "thesis.docx" in said.err
    assert [path.name for path in (here / "papers").iterdir()] == ["thesis.docx"]


def test_control_signs_in_errors_are_not_sent_to_the_terminal(here: Path) -> None:
    (here / "odd.toml").write_text('format = 1\ntitle = "\\u001b[31mred"\n"\\u001b]0;x\\u0007" = 1\n', encoding="utf-8")
    said = call("run", "odd.toml")
    assert said.code == 2
    assert "\x1b" not in said.err
    assert "\x07" not in said.err


KILLS = int(os.environ.get("PILOTZONE_KILLS", "5"))
"""Kills of the whole command, which take a second or two each; ``PILOTZONE_KILLS=50`` for as many as promised."""


def check_whole(folder: Path) -> dict[str, str]:
    """Return the hashes of a run, having checked that its files are all there and are those that it lists."""
    listed: dict[str, str] = json.loads((folder / "audit.json").read_bytes())["outputs"]
    assert {path.name for path in folder.iterdir()} == {*listed, "audit.json"}
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in listed}
    assert found == listed
    return found


def test_killed_command_leaves_the_former_run(here: Path) -> None:
    """The whole command, killed at random moments of its time, from its start until after its end."""
    study = write_study(here)
    since = time.perf_counter()
    assert ended(start("run", study, "-q", cwd=here)).code == 0
    takes = time.perf_counter() - since
    before = check_whole(here / "runs" / "invented")
    moments = random.Random(7)
    alive = 0
    for _ in range(KILLS):
        process = start("run", study, cwd=here)
        time.sleep(moments.uniform(0, 1.1 * takes))
        alive += process.poll() is None
        process.kill()
        process.communicate()
        assert check_whole(here / "runs" / "invented") == before
    assert alive >= KILLS // 3, "the kills came too late"
    assert call("run", study, "-q").code == 0
    assert [path.name for path in (here / "runs").iterdir()] == ["invented"]


def test_first_run_killed_leaves_nothing_or_all(here: Path) -> None:
    study = write_study(here)
    for delay in (0.3, 0.8, 1.2):
        process = start("run", study, cwd=here)
        time.sleep(delay)
        process.kill()
        process.communicate()
        if (here / "runs" / "invented").exists():
            check_whole(here / "runs" / "invented")
    assert call("run", study, "-q").code == 0
    assert [path.name for path in (here / "runs").iterdir()] == ["invented"]


def test_two_runs_of_one_study_at_once(here: Path) -> None:
    """Three commands, one of them of the study with another margin: all end well, and one of them is there, whole."""
    study = write_study(here)
    text = study.read_text(encoding="utf-8")
    kinds = []
    for margin in ("10", "12"):
        (here / margin).mkdir()
        (here / margin / "invented.toml").write_text(
            text.replace("margin = 10", f"margin = {margin}").replace("figures.csv", "../figures.csv"), encoding="utf-8"
        )
        assert call("run", f"{margin}/invented.toml", "-q", "--out", f"alone/{margin}").code == 0
        kinds.append(check_whole(here / "alone" / margin))
    both = [start("run", f"{margin}/invented.toml", "-q", cwd=here) for margin in ("10", "12", "10")]
    assert [(said.code, said.out, said.err) for said in map(ended, both)] == [
        (0, "invented: green growth (holds with allowance)\n", "")
    ] * 3
    assert check_whole(here / "runs" / "invented") in kinds
    assert [path.name for path in (here / "runs").iterdir()] == ["invented"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no file system here that nobody can write to")
def test_place_that_nobody_can_write_to(here: Path) -> None:
    said = call("run", write_study(here), "--out", "/proc/pilotzone/run")
    assert (said.code, said.out) == (2, "")
    assert "cannot be written" in " ".join(said.err.split())
    assert "--out" in said.err


@pytest.mark.skipif(sys.platform != "linux", reason="needs a small file system of its own")
def test_disk_that_is_full(here: Path) -> None:
    """A real file system that holds one run and a half, where the system lets anybody make one."""
    study = write_study(here)
    assert call("run", study, "-q", "--out", "measured").code == 0
    room = sum(path.stat().st_size for path in (here / "measured").iterdir()) * 3 // 2
    (here / "small").mkdir()
    program = f"""
mount -t tmpfs -o size={room} none small && echo mounted || exit
{PROGRAM} run {study.name} -q --out small/run
{PROGRAM} run {study.name} -q --out small/run || echo "ended with $?"
{PROGRAM} verify small/run
ls -A small
"""
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", program]
    done = subprocess.run(command, cwd=here, env=clean(), capture_output=True, text=True, check=False)
    if "mounted" not in done.stdout:
        pytest.skip(f"no file system of one's own: {done.stderr.strip()}")
    assert done.stdout.splitlines()[:4] == [
        "mounted",
        "invented: green growth (holds with allowance)",
        "ended with 2",
        "invented: THE SAME when recomputed",
    ]
    assert done.stdout.endswith("\nrun\n")
    assert "No space left on device" in done.stderr
    assert "free some space" in done.stderr
    assert "partial" not in done.stderr


EARLY = """
import os, signal, sys
class Stop:
    # Ctrl-C while a command's modules are loaded.
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stop())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for other processes")
@pytest.mark.parametrize("module", ["pilotzone.cli.app", "typer", "pilotzone.core", "pydantic", "scipy", "pyarrow"])
def test_interrupted_while_it_loads(here: Path, module: str) -> None:
    study = write_study(here, figures=Figures(count=8))
    before = sorted(here.iterdir())
    said = ended(start("run", study, cwd=here, code=EARLY.format(module=module)))
    assert (said.code, said.err) == (130, "Interrupted.\n")
    # pyarrow is loaded as the folder is written: what was found has been printed by then.
    assert (said.out == "") == (module != "pyarrow")
    assert sorted(here.iterdir()) == before

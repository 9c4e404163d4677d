"""The way from a bare machine to the environment: which Python, which uv, what is said where nothing helps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import environment
import pinned_uv
import readme

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


# ------------------------------------------------------------------------------------------ which Python


@pytest.fixture
def with_python(tmp_path: Path) -> Run:
    """Run tools/with_python.sh where the only programs are the given fakes: name -> version, or None if broken."""

    def run(fakes: dict[str, str | None], **variables: str) -> subprocess.CompletedProcess[str]:
        for name, version in fakes.items():
            fake = tmp_path / name
            # Asked for its version it compares for real; asked for anything else it says who it is.
            answer = (
                f'[ "$1" = -c ] || {{ echo {name} "$@"; exit 0; }}\n'
                f"exec {sys.executable} -c 'import sys; sys.version_info = ({version}); exec(sys.argv[1])' \"$2\""
            )
            fake.write_text("#!/bin/sh\n" + ("exit 127" if version is None else answer), encoding="utf-8")
            fake.chmod(0o755)
        script = str(ROOT / "tools" / "with_python.sh")
        return subprocess.run(
            ["/bin/sh", script, "FILE", "ARGUMENT"],
            env={"PATH": str(tmp_path)} | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("fakes", "chosen"),
    [
        ({"python3.11": "3, 11", "python3.13": "3, 13", "python3": "3, 11"}, "python3.13"),
        ({"python3.14": None, "python3.12": "3, 12"}, "python3.12"),
        ({"python3": "3, 14"}, "python3"),
        ({"python3": "3, 15", "python": "3, 11"}, "python"),
    ],
)
def test_newest_python_that_runs(with_python: Run, fakes: dict[str, str | None], chosen: str) -> None:
    assert with_python(fakes).stdout.split() == [chosen, "FILE", "ARGUMENT"]


def test_named_python(with_python: Run) -> None:
    fakes = {"python3.11": "3, 11", "python3.13": "3, 13"}
    assert with_python(fakes, PYTHON="python3.11").stdout.split()[0] == "python3.11"


@pytest.mark.parametrize("named", ["python3.10", "nothing"])
def test_named_python_that_will_not_do(with_python: Run, named: str) -> None:
    done = with_python({"python3.10": "3, 10", "python3.13": "3, 13"}, PYTHON=named)
    assert done.returncode == 1
    assert f"PYTHON={named}" in done.stderr


def test_no_python(with_python: Run) -> None:
    done = with_python({"python3": "3, 10"})
    assert done.returncode == 1
    assert "from 3.11 to 3.14" in done.stderr


# ---------------------------------------------------------------------------------------------- which uv


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a private folder that is empty, and a PATH with nothing on it."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("PILOTZONE_UV", raising=False)
    monkeypatch.setattr(pinned_uv, "PRIVATE", tmp_path / ".uv")
    return tmp_path


def fake_uv(path: Path, version: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho uv {version} '(here)'\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def fake_python(path: Path, does: dict[str, str]) -> str:
    """Write a Python that knows the modules given, each a line of shell, and no other."""
    cases = "\n".join(f"  {module}) {line};;" for module, line in does.items())
    path.write_text(f'#!/bin/sh\ncase "$2" in\n{cases}\n  *) exit 1;;\nesac\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


# What installing does in these tests: it writes a uv into the folder that stands in $target.
PUTS_UV = "mkdir -p $target/bin && printf '#!/bin/sh\\necho uv {version}\\n' >$target/bin/uv && chmod +x $target/bin/uv"


def test_pinned_uv_on_path_is_used(bare: Path) -> None:
    there = fake_uv(bare / "bin" / "uv", pinned_uv.pinned_version())
    assert pinned_uv.find_uv() == there


def test_private_uv_is_used_beside_another_on_path(bare: Path) -> None:
    fake_uv(bare / "bin" / "uv", "0.1.0")
    version = pinned_uv.pinned_version()
    private = fake_uv(bare / ".uv" / version / "bin" / "uv", version)
    assert pinned_uv.find_uv() == private


@pytest.mark.usefixtures("bare")
def test_named_uv_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILOTZONE_UV", "/somewhere/uv")
    assert pinned_uv.find_uv() == "/somewhere/uv"


def test_without_venv_pip_installs_into_a_folder(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    version = pinned_uv.pinned_version()
    # venv without ensurepip fails after it has written half an environment, as on Debian.
    pip = (
        '[ "$3" = --version ] || { while [ "$1" != --target ]; do shift; done; target=$2; '
        + PUTS_UV.format(version=version)
        + "; }"
    )
    half = 'mkdir -p "$3/lib"; exit 1'
    monkeypatch.setattr(sys, "executable", fake_python(bare / "python", {"venv": half, "pip": pip}))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    private = bare / ".uv" / version
    assert pinned_uv.find_uv() == str(private / "bin" / "uv")
    assert sorted(path.name for path in private.iterdir()) == ["bin"]
    assert list((bare / ".uv").iterdir()) == [private]


def test_without_venv_and_pip_one_message(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", fake_python(bare / "python", {}))
    with pytest.raises(SystemExit, match="neither venv") as stopped:
        pinned_uv.find_uv()
    assert pinned_uv._package_command() in str(stopped.value)
    assert list((bare / ".uv").iterdir()) == []


@pytest.mark.parametrize(
    ("os_release", "command"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n', "apt-get install python3-venv"),
        ('ID="linuxmint"\nID_LIKE="ubuntu debian"\n', "apt-get install python3-venv"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf install python3-pip"),
        ("ID=unheard-of\n", "your distribution's python3-venv or python3-pip"),
    ],
)
def test_message_names_the_package(tmp_path: Path, os_release: str, command: str) -> None:
    (tmp_path / "os-release").write_text(os_release, encoding="utf-8")
    assert pinned_uv._package_command(tmp_path / "os-release") == command


# --------------------------------------------------------------------------------------- when it is made


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let environment.py work on an empty folder and on paper; return the commands it would have given to uv."""
    venv = tmp_path / ".venv"
    for name, path in {
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / "pilotzone.json",
        "GUARD": tmp_path / ".venv.lock",
    }.items():
        monkeypatch.setattr(environment, name, path)
    monkeypatch.setattr(environment, "find_uv", lambda: "uv")
    monkeypatch.setattr(environment, "venv_version", lambda: sys.version if venv.exists() else None)
    monkeypatch.delenv("PYTHON", raising=False)
    commands: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(" ".join(str(part) for part in command[1:3]))
        venv.mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


WHOLE = ["venv --no-project", "pip sync", "pip install", "-m compileall"]
TEST = ["venv --no-project", "pip sync", "pip install", "pip install", "-m compileall"]  # pyspark is built apart


def test_made_once_and_then_left_alone(made: list[str]) -> None:
    environment.main("run")
    assert made == WHOLE
    environment.main("run")
    assert made == WHOLE


def test_higher_level_adds_and_lower_takes_nothing_away(made: list[str]) -> None:
    environment.main("run")
    environment.main("test")
    assert made == [*WHOLE, *TEST[1:]]
    environment.main("run")
    assert made == [*WHOLE, *TEST[1:]]


def test_changed_lock_brings_it_up_to_date_at_its_level(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    environment.main("test")
    monkeypatch.setattr(environment, "fingerprint", lambda level: f"changed {level}")
    environment.main("run")
    assert made == [*TEST, *TEST[1:]]
    assert json.loads(environment.STAMP.read_text(encoding="utf-8"))["level"] == "test"


def test_interrupted_run_is_made_anew(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.run

    def killed(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        if command[1:3] == ["pip", "sync"]:
            raise KeyboardInterrupt
        return real(command)

    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "run", killed)
        with pytest.raises(KeyboardInterrupt):
            environment.main("run")
    made.clear()
    environment.main("run")
    assert made == WHOLE


def test_named_python_replaces_another(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    environment.main("run")
    (environment.VENV / "of the former").touch()
    monkeypatch.setenv("PYTHON", "python3.14")
    environment.main("run")
    assert made == WHOLE
    monkeypatch.setattr(environment, "venv_version", lambda: "3.11.0 (another build)")
    environment.main("run")
    assert made == WHOLE * 2
    assert [path.name for path in environment.VENV.parent.glob("*/*")] == ["pilotzone.json"]


def test_fingerprint_sees_locks_and_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    run, test = environment.fingerprint("run"), environment.fingerprint("test")
    lock = tmp_path / "requirements" / "test.txt"
    lock.write_text(lock.read_text(encoding="utf-8") + "#", encoding="utf-8")
    assert environment.fingerprint("run") == run
    assert environment.fingerprint("test") != test
    project = tmp_path / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8").replace("pilotzone.cli:main", "x:y"), encoding="utf-8")
    assert environment.fingerprint("run") != run


def test_extra_for_users_is_the_group_of_the_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    assert set(extras) == {"covariates", "images", "lab", "postgres", "solar", "spark"}
    assert extras["spark"] == project["dependency-groups"]["spark"]
    for name in set(extras) - {"spark"}:
        assert set(extras[name]) <= set(project["dependency-groups"]["test"])


def test_what_is_built_from_source_is_locked_alone() -> None:
    # No other lock may name it: those are installed from wheels, and what is built may not bring anything along.
    named = {
        path.name: {line.partition("==")[0] for line in path.read_text(encoding="utf-8").splitlines() if "==" in line}
        for path in (ROOT / "requirements").glob("*.txt")
    }
    assert named.pop(Path(environment.SOURCES).name) == {"pyspark", "py4j"}
    assert "setuptools" in named["test.txt"]
    assert not any({"pyspark", "py4j"} & names for names in named.values())


# ------------------------------------------------------------------------------------------------ README


def test_readme_blocks() -> None:
    markdown = "Try\n```sh\nmake test\n```\nand see\n```text\nfine\n```\n```python\n1\n```\n"
    assert readme.blocks(markdown) == [("sh", "make test\n"), ("python", "1\n")]


def test_readme_environment_is_a_users(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAKEFLAGS", "PYTHONPATH", "VIRTUAL_ENV", "GIT_DIR"):
        monkeypatch.setenv(name, "set")
    given = readme.environment()
    assert not {"MAKEFLAGS", "PYTHONPATH", "VIRTUAL_ENV", "GIT_DIR"} & set(given)
    assert given["PATH"] == os.environ["PATH"]

"""Help: quick, narrow, complete."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from tests.unit.cli.command import PROGRAM, call, ended, start

COMMANDS = (
    "run",
    "evaluate",
    "studies",
    "evidence",
    "site",
    "place",
    "design",
    "appraise",
    "transfer",
    "init",
    "schema",
    "verify",
    "compare",
    "lab",
)
HEAVY = {
    "pandas", "scipy", "altair", "ibis", "diff_diff", "duckdb", "pyarrow", "pydantic", "numpy", "pint", "jinja2",
    "vl_convert", "rich", "polars", "pvlib", "yaml", "highspy", "starlette", "uvicorn",
}  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], *[[name, "--help"] for name in COMMANDS]])
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    """Typer itself takes pydantic for the arguments of a command; the help of the whole gets along without."""
    program = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nfrom pilotzone.cli import main\nmain()", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    assert loaded & HEAVY <= ({"pydantic"} if arguments[0] in COMMANDS else set())


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize("arguments", [[], *[[name] for name in COMMANDS]])
def test_help_fits(arguments: list[str], columns: str) -> None:
    said = call(*arguments, "--help", COLUMNS=columns)
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= int(columns)
    # Nothing is cut off; what may come more than once ends with three dots as well.
    assert "..." not in said.out.replace("]...", "").replace("}...", "")
    assert said.out.isascii()


def test_help_lists_all_commands_and_exit_codes() -> None:
    text = call("--help", COLUMNS="80").out
    listed = [
        line.split()[0]
        for line in text.partition("Commands:")[2].partition("Exit codes:")[0].splitlines()
        if line.strip()
    ]
    assert tuple(listed) == COMMANDS
    codes = [line.split()[0] for line in text.partition("Exit codes:")[2].splitlines() if line.strip()]
    assert codes == ["0", "1", "2", "3", "4", "5", "130"]


def test_without_arguments_help_is_shown() -> None:
    assert "Commands:" in (said := call()).out + said.err
    assert said.code in {0, 2}


def test_version() -> None:
    assert call("--version").out == f"pilotzone {metadata.version('pilotzone')}\n"


def test_program_is_installed() -> None:
    assert PROGRAM.exists()


# --------------------------------------------------------------------------------------------- completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(tmp_path: Path, shell: str) -> None:
    said = ended(start(cwd=tmp_path, env={"_PILOTZONE_COMPLETE": f"source_{shell}"}))
    assert said.code == 0
    assert f"_PILOTZONE_COMPLETE=complete_{shell}" in said.out


def complete(folder: Path, words: str) -> list[str]:
    env = {"_PILOTZONE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    return ended(start(cwd=folder, env=env)).out.split()


def test_completion_of_studies(tmp_path: Path) -> None:
    (tmp_path / "good.toml").touch()
    (tmp_path / "other.csv").touch()
    (tmp_path / "groups").mkdir()
    (tmp_path / "groups" / "mine.toml").touch()
    assert complete(tmp_path, "pilotzone run g") == [
        "guiyang",
        "guizhou",
        "guizhou-cities",
        "guizhou-campus",
        "good.toml",
        "groups/",
    ]
    assert complete(tmp_path, "pilotzone run groups/m") == ["groups/mine.toml"]
    assert complete(tmp_path, "pilotzone design ") == ["three-provinces", "good.toml", "groups/"]
    assert complete(tmp_path, "pilotzone init x --kind c") == ["campus"]
    assert complete(tmp_path, "pilotzone run nowhere/") == []


def test_completion_of_series(tmp_path: Path) -> None:
    assert complete(tmp_path, "pilotzone evidence po") == ["population", "power_sources"]


def test_the_module_is_the_command() -> None:
    """``python -m pilotzone`` answers as the command does, and ends with its exit codes."""

    def said(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pilotzone", *arguments], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    assert said("--version") == (0, f"pilotzone {metadata.version('pilotzone')}\n", "")
    code, out, err = said("nothing")
    assert (code, out) == (2, "")
    assert "No such command" in err
    assert err == call("nothing").err

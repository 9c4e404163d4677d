"""What is loaded when: asking for help must not pay for charts, solvers and databases."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pilotzone

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = set(PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-module-level-imports"])


def loaded_after(statement: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after a statement."""
    program = (
        "import contextlib, io, sys\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    {statement}\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_heavy_list_is_not_empty() -> None:
    assert {"pandas", "scipy", "altair", "diff_diff", "duckdb"} <= HEAVY


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["evidence", "--help"], ["init", "--help"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    statement = f"sys.argv = {['pilotzone', *arguments]!r}; from pilotzone.cli import main; main()"
    assert loaded_after(statement) & (HEAVY | {"numpy"}) == set()


def test_import_loads_no_library() -> None:
    loaded = loaded_after("import pilotzone")
    assert "pilotzone" in loaded
    assert loaded & (HEAVY | {"numpy", "pydantic", "rich", "typer", "jinja2"}) == set()


def test_public_names_are_there() -> None:
    assert set(pilotzone.__all__) <= set(dir(pilotzone))
    for name in pilotzone.__all__:
        assert getattr(pilotzone, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        pilotzone.no_such_name  # noqa: B018 - looking it up is the test

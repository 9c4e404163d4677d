"""What is checked before a commit is what is checked before a change lands."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def recipe(target: str) -> list[str]:
    """Return the commands of a target of the Makefile, without that which makes the environment."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", text, flags=re.MULTILINE)[0].splitlines()
    return [line.strip().replace("$(bin)", ".venv/bin") for line in lines if "$(setup)" not in line]


def test_hooks_are_the_commands_of_make_check_code() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    # Nothing is fetched: each hook is a program of the locked environment.
    assert repository["repo"] == "local"
    hooks = repository["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    # Each looks at everything, whatever was changed: a commit may break a file that it does not touch.
    assert all(hook["always_run"] and not hook["pass_filenames"] for hook in hooks)
    commands = recipe("check-code")
    assert [hook["entry"] for hook in hooks] == commands
    assert len(commands) == 5

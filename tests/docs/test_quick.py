"""The quick run leaves out what is listed and nothing else, and a slow test that is not listed fails in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests import quick

ROOT = Path(__file__).resolve().parents[2]
CODE = "from __future__ import annotations\n\nimport subprocess\nimport sys\nimport time\n\nimport pytest\n\n"
BUSY = "since = time.process_time()\nwhile time.process_time() - since < {}: pass"


@pytest.mark.parametrize("entry", quick.LEFT_OUT)
def test_what_is_left_out_is_there(entry: str) -> None:
    file, _, name = entry.partition("::")
    assert (ROOT / file).exists(), "moved or removed? then: tests/quick.py"
    if name:
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")
    assert quick.LEFT_OUT[entry]


def test_nothing_is_listed_twice() -> None:
    inner = [
        name for name in quick.LEFT_OUT for other in quick.LEFT_OUT if name.startswith((f"{other}/", f"{other}::"))
    ]
    assert inner == []


@pytest.mark.parametrize("folder", ["core", "few", "gather", "judge", "many", "place", "report", "site", "store"])
def test_every_room_keeps_most_of_its_unit_tests(folder: str) -> None:
    modules = sorted((ROOT / "tests" / "unit" / folder).glob("test_*.py"))
    left = [path for path in modules if not quick.reason(path.relative_to(ROOT).as_posix())]
    assert len(left) > len(modules) / 2


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("tests/browser", True),
        ("tests/browser/test_report.py", True),
        ("tests/unit/study/test_publish.py::test_killed_between_the_two_renames", True),
        ("tests/unit/study/test_publish_more.py", False),
        ("tests/browsers", False),
        ("tests/unit", False),
        ("tests", False),
    ],
)
def test_entries_hold_for_what_lies_below(name: str, *, out: bool) -> None:
    assert (quick.reason(name) is not None) is out


def run(folder: Path, text: str, *options: str) -> str:
    """Run tests of a file of their own with the plugin; the limit is lowered to half a second."""
    (folder / "quicker.py").write_text(
        "from tests.quick import *\nfrom tests import quick\nquick.LIMIT = 0.5\n", "utf-8"
    )
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_it.py").write_text(CODE + text, encoding="utf-8")
    command = [sys.executable, "-c", "import sys, pytest; sys.path[:0] = sys.argv[1:3]; pytest.main(sys.argv[3:])"]
    given = ["-p", "quicker", "-p", "no:cacheprovider", "-c", folder / "pytest.ini", *options, folder]
    return subprocess.run(
        [*command, ROOT, folder, *map(str, given)], cwd=folder, capture_output=True, text=True, check=False
    ).stdout


SLOW = f"""
@pytest.fixture(scope="module")
def made():
    {BUSY.format(0.8).replace(chr(10), chr(10) + "    ")}

def test_fast():
    pass

def test_waits():
    time.sleep(0.8)

def test_with_a_slow_fixture(made):
    pass

def test_after_it(made):
    pass

def test_by_another_process():
    code = {"import time" + chr(10) + BUSY.format(0.8)!r}
    subprocess.run([sys.executable, "-c", code], check=True)
"""


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "a worker"])
def test_what_takes_too_long_fails(tmp_path: Path, options: tuple[str, ...]) -> None:
    said = run(tmp_path, SLOW, *options)
    failed = re.findall(r"^ERROR \S*::(\w+)", said, flags=re.MULTILINE)
    assert sorted(failed) == ["test_by_another_process", "test_with_a_slow_fixture"]
    assert "5 passed, 2 errors" in said
    assert "or list it in tests/quick.py with the reason" in said


def test_ci_prints_the_slowest() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\nstep test --durations=40 ||" in script
    assert 'make "$1" ARGS="${2:-}"' in script

"""What the pages tell a reader to do works, in the order in which they tell it, and prints what they show."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.docs.walkthrough import ROOT, agrees, blocks, outputs, rewritten, shortened
from tests.engines.java import SETTINGS, need_java
from tests.unit.study.guizhou import guizhou

from pilotzone.study.zone.terminal import verdict_lines

TUTORIAL = ROOT / "docs" / "tutorial" / "first-verdict.md"
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    if path.parent.name != "adr" and blocks(path.read_text(encoding="utf-8"))
)


def test_pages_are_found() -> None:
    expected = {"tutorial/first-verdict.md", "how-to/own-zone.md", "how-to/choose-a-margin.md", "reference/python.md"}
    assert {f"docs/{name}" for name in expected} <= set(PAGES)


def marked(page: str) -> Any:  # noqa: ANN401 - pytest's
    """Return a page, marked where its commands run on Spark."""
    on_spark = "--engine spark" in (ROOT / page).read_text(encoding="utf-8")
    return pytest.param(page, marks=pytest.mark.spark if on_spark else [])


@pytest.mark.parametrize("page", [marked(page) for page in PAGES])
def test_page_can_be_followed(
    page: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("spark"):
        need_java()
        options = "".join(f" --conf '{name}={value}'" for name, value in SETTINGS.items())
        monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"{options} pyspark-shell")
    wrong = [
        f"{block.text}\nprinted\n{printed}"
        for block, printed in outputs((ROOT / page).read_text(encoding="utf-8"), tmp_path)
        if block.shown is not None and not agrees(block.shown, printed)
    ]
    assert wrong == [], f"meant? then: python -m tests.docs.walkthrough --write {page}"


def words(text: str) -> str:
    return " ".join(text.split()).casefold()


def columns(line: str) -> dict[int, str]:
    """Return the cells of a line of a table by where they end; two blanks part them."""
    return {found.end(): found.group() for found in re.finditer(r"\S+(?: \S+)*", line)}


def heads(text: str) -> list[str]:
    """Return what stands above one another in two lines and ends at the same place: heads of two lines."""
    pairs = pairwise(text.splitlines())
    return [
        f"{above[end]} {cell}"
        for one, two in pairs
        for above in [columns(one)]
        for end, cell in columns(two).items()
        if end in above
    ]


def test_tutorial_speaks_of_what_it_shows() -> None:
    """What the prose quotes in italics, figures among it, stands in an output above or below."""
    page = TUTORIAL.read_text(encoding="utf-8")
    outputs_shown = "\n".join(block.shown or "" for block in blocks(page))
    shown = words("\n".join([outputs_shown, *heads(outputs_shown)]))
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    quoted = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", prose)
    assert len(quoted) >= 7
    assert [text for text in quoted if words(text) not in shown] == []


def test_tutorial_shows_every_output() -> None:
    """But for those of blocks that print nothing worth a look."""
    page = TUTORIAL.read_text(encoding="utf-8")
    assert all(block.shown is not None for block in blocks(page) if block.mark in {"sh", "python"})


def test_readme_shows_how_the_verdict_begins() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"begins like this:\n\n```text\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    assert shown is not None
    printed = "".join(f"{line.text}\n" for line in verdict_lines(guizhou().findings, 100))
    assert agrees(shown[1], printed), printed


# --------------------------------------------------------------------------------- the checker checks

PAGE = """\
```sh
printf 'one\\ntwo\\nthree\\n'
```

```text
one
...
three
```

```python
print(6 * 7)
```

```text
42
```
"""


def test_page_that_tells_the_truth(tmp_path: Path) -> None:
    found = list(outputs(PAGE, tmp_path))
    assert [printed for _, printed in found] == ["one\ntwo\nthree\n", "42\n"]
    assert all(block.shown is not None and agrees(block.shown, printed) for block, printed in found)


@pytest.mark.parametrize(("old", "new"), [("42", "43"), ("three\n```", "four\n```"), ("one\n...", "two\n...")])
def test_page_that_does_not(tmp_path: Path, old: str, new: str) -> None:
    page = PAGE.replace(old, new)
    assert page != PAGE
    assert not all(agrees(block.shown or "", printed) for block, printed in outputs(page, tmp_path))
    assert all(agrees(block.shown or "", printed) for block, printed in outputs(rewritten(page), tmp_path))


def test_command_that_fails(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ended with 3"):
        list(outputs("```sh\necho before; exit 3\n```\n", tmp_path))


def test_lines_stay_left_out() -> None:
    assert shortened("a\n...\nz\n", "a\nb\nc\ny\n") == "a\n...\ny\n"
    assert shortened("...\n", "a\nb\n") == "a\nb\n"
    assert shortened("a\n...\nb\n", "a\nb\n") == "a\nb\n"

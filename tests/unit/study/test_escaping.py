"""Text of a user's study and data reaches the report as text, whatever it looks like."""

from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.unit.study.invented import write_figures, write_study

from pilotzone.study import load, run, run_study

HOSTILE = {
    "element": "<script>alert(1)</script>",
    "end of a script": "</script><script>alert(2)</script>",
    "image": "<img src=x onerror=alert(3)>",
    "attribute": "\"' onmouseover='alert(4)' x=\"",
    "comment": "<!--<script>",
    "template": "{{ 7 * 7 }}{% raw %}${8 * 8}",
    "style": "</style><svg onload=alert(5)>",
    "address": "javascript:alert(6)",
}

EXTRA = """
[[secondary]]
name = "log_people"
label = {text}
good = "up"
scale = "log"

[[alternatives]]
name = "later"
label = {text}
why = {text}
start = 2015
window = [2015, 2019]

[[limits]]
text = {text}
source = {text}

[[assumptions]]
what = {text}
value = {text}
reason = {text}
"""


class Elements(HTMLParser):
    """Counts start tags and attribute names, which hostile text must not add to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        self.links |= {value or "" for name, value in attrs if name in {"href", "src", "action"}}


def elements(page: str) -> Elements:
    parser = Elements()
    parser.feed(page)
    parser.close()
    return parser


def report_with(folder: Path, text: str, *, place: str | None = None, more: str = "") -> str:
    """Run a study with `text` in every place that a user can write into, and in the names of two places.

    The places may be called otherwise, by `place`; what is asked for besides stands in `more`, as part of the file.
    """
    name = text if place is None else place
    study = write_study(folder, title="Title", zone="Place A", smoke_label="Smoke")
    quoted = json.dumps(text)
    content = study.read_text(encoding="utf-8")
    for old, new in {
        'title = "Title"': f"title = {quoted}",
        'question = "Did the invented zone pay?"': f"question = {quoted}",
        'unit = "Place A"': f"unit = {json.dumps(name)}",
        'citation = "Synthetic figures, made by a generator"': f"citation = {quoted}",
        'smoke = "Smoke"': f"smoke = {quoted}",
        'label = "Output per head"': f"label = {quoted}",
        'why_margin = "invented"': f"why_margin = {quoted}",
        'log_output = "log(output / people)"': 'log_people = "log(people)"\nlog_output = "log(output / people)"',
    }.items():
        assert old in content
        content = content.replace(old, new, 1)
    content += EXTRA.format(text=quoted) + f"\n[donors]\nexclude = {{ {json.dumps(name + ' too')} = {quoted} }}\n{more}"
    study.write_text(content, encoding="utf-8")
    write_figures(folder, names={"Place A": name, "Place B": f"{name} too", "Place C": f"{name} as well"})
    return run_study(load(study)).report()


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_stays_text(tmp_path: Path, kind: str) -> None:
    """The page has the elements and attributes that it has with letters: as many, since tables are set by length."""
    text = HOSTILE[kind]
    page = report_with(tmp_path, text)
    found = elements(page)
    (tmp_path / "harmless").mkdir()
    harmless = elements(report_with(tmp_path / "harmless", "h" * len(text)))
    assert found.tags == harmless.tags
    assert found.attributes == harmless.attributes
    assert found.links == harmless.links
    if "<" in text:
        assert text not in page
    assert "alert(" in page or kind in {"comment", "template"}  # it is shown, and does nothing


def test_hostile_text_is_shown_as_it_is(tmp_path: Path) -> None:
    page = report_with(tmp_path, HOSTILE["template"])
    assert "{{ 7 * 7 }}" in page
    assert "49" not in page[page.index("<h1") : page.index("</h1>")]


def test_control_signs_do_not_reach_the_lines(tmp_path: Path) -> None:
    """The terminal is steered by signs that no study file may send it."""
    from pilotzone.study.zone.terminal import verdict_lines

    study = write_study(tmp_path, title="red\\u001b[31m bell\\u0007 back\\u0008")
    lines = verdict_lines(run(study).findings)
    assert all(sign.isprintable() for line in lines for sign in line.text)


def test_notebook_view_is_escaped(tmp_path: Path) -> None:
    shown = run(write_study(tmp_path, title="<script>alert(1)</script>"))._repr_html_()
    assert "<script" not in shown
    assert "&lt;" in shown

"""The README's figure of the verdict is that of the Guizhou study as it runs now, in the picture and in words."""

from __future__ import annotations

from tests.unit.study.guizhou import guizhou

import verdict_figure
from pilotzone.study.zone.answer import zone_answer


def test_the_figure_is_that_of_the_study() -> None:
    drawn = verdict_figure.svg(guizhou())
    assert drawn == verdict_figure.FILE.read_text(encoding="utf-8")
    label = zone_answer(guizhou().findings).label
    assert f"{label[:1].upper()}{label[1:]}" in drawn or label in drawn


def test_the_readme_shows_it_and_tells_it_in_words() -> None:
    text = verdict_figure.README.read_text(encoding="utf-8")
    assert text.count(f"]({verdict_figure.SHOWN})") == 1
    assert verdict_figure.readme(guizhou()) == text

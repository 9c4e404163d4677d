"""Draw the verdict on Guizhou for the README: where it and the placebos lie on both outcomes, beside the margins.

``python tools/verdict_figure.py`` runs the study, writes docs/explanation/figures/verdict.svg and puts the words for
whoever does not see it into the README; a test does both again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pilotzone.study import Run

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SHOWN = "docs/explanation/figures/verdict.svg"
FILE = ROOT / SHOWN
_DIGITS = 5
"""Significant digits of what is drawn: more are not seen, and the last ones differ between machines."""


def svg(run: Run[Any]) -> str:
    """Return the chart of a run of a zone's study: the label and the sentence of its verdict above both outcomes."""
    import vl_convert

    from pilotzone.report import drawn
    from pilotzone.study.zone.answer import zone_answer
    from pilotzone.study.zone.contents import joint_figures

    found = run.findings
    answer = zone_answer(found)
    (figure, *_) = joint_figures(found)
    foot = (*answer.said, f"How strong: {answer.strength}", figure.note, figure.source)
    chart = drawn(figure.chart, f"{found.title}: {answer.label}", foot)
    made: str = vl_convert.vegalite_to_svg(_rounded(chart.to_dict()))
    return made + "\n"


def readme(run: Run[Any]) -> str:
    """Return the README with the chart described in words."""
    from pilotzone.report import plain
    from pilotzone.study.zone.contents import joint_figures

    (figure, *_) = joint_figures(run.findings)
    described = plain(figure.summary).replace("[", "(").replace("]", ")")
    text = README.read_text(encoding="utf-8")
    return re.sub(rf"!\[[^\]]*\](?=\({re.escape(SHOWN)}\))", lambda _: f"![{described}]", text)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


if __name__ == "__main__":
    from pilotzone.study import run

    found = run("guizhou")
    FILE.write_text(svg(found), encoding="utf-8")
    README.write_text(readme(found), encoding="utf-8")

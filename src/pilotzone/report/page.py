"""The report as one HTML file that needs nothing else and can reach nothing else.

Scripts and styles stand in the page and are admitted by hash alone; the policy allows no evaluation of text, no
inline handlers or styles, and no address to load from. Text from data goes through Jinja's autoescape, data for the
charts through `script_json`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pilotzone.core import UsageError
from pilotzone.gather import load_shapes
from pilotzone.report import contents, curve, estimators, sheets
from pilotzone.report.figure import Figure
from pilotzone.report.formatting import LABEL_WORDS, p_text, plain_unit, sentence
from pilotzone.report.legible import legible, legible_data
from pilotzone.report.meanings import design_note, estimator_meaning, estimator_meanings
from pilotzone.report.shapes import drawable
from pilotzone.report.siting_section import siting_section
from pilotzone.report.spec import CONFIG, chart_spec
from pilotzone.report.wording import fit_loss_text, weights_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from pilotzone.core import VerdictLabel
    from pilotzone.judge import Verdict
    from pilotzone.report.findings import Findings

__all__ = ["assembled", "content_policy", "render_report", "script_json", "tone_of"]

_TONES: dict[VerdictLabel, tuple[str, str]] = {
    "green growth": ("good", "●"),
    "growth at a cost": ("mixed", "◐"),
    "harm without growth": ("bad", "■"),
    "growth, harm not excluded": ("open", "◔"),
    "harm excluded, growth not shown": ("open", "◔"),
    "nothing detectable": ("open", "○"),
    "cannot be decided": ("unknown", "?"),
    "not identified": ("unknown", "✗"),
}
"""Colour and sign of each label; the words say it without either."""


def render_report(findings: Findings) -> str:
    """Return a study's report as the text of one HTML file.

    Parameters
    ----------
    findings
        Everything that the study found; nothing is computed here but how to show it.

    Returns
    -------
    str
        HTML to be written as UTF-8. The same findings give the same text.
    """
    geometries = _geometries(findings)
    groups = _figures(findings, geometries)
    siting = None if findings.siting is None else siting_section(findings.siting, load_shapes())
    if siting is not None:
        groups["siting"] = siting.figures
        geometries |= {str(item["id"]): drawable(item["geometry"]) for item in load_shapes().geojson()["features"]}
    return assembled(
        "report.html.jinja",
        findings.name,
        [figure for group in groups.values() for figure in group],
        shapes=geometries,
        findings=findings,
        panel=findings.panel,
        verdict=findings.main.verdict,
        groups=groups,
        siting=siting,
        **_texts(findings),
        **_sheets(findings),
    )


def assembled(
    template: str,
    name: str,
    figures: Sequence[Figure],
    *,
    shapes: Mapping[str, Any] | None = None,
    **context: Any,
) -> str:
    """Return a page with its charts, their data, styles and scripts.

    Parameters
    ----------
    template
        Which of the templates.
    name
        Of the study; names exported files.
    figures
        All figures that the template shows.
    shapes
        Of the map, by code.
    context
        Everything else that the template shows.
    """
    from markupsafe import Markup

    script, style = _asset("report.js"), _asset("report.css")
    bundle = _asset("vega-bundle.min.js")
    data = script_json(
        {
            "study": legible(name),
            "config": CONFIG,
            "shapes": legible_data(shapes or {}),
            "figures": [_figure_material(figure) for figure in figures],
        }
    )
    return (
        _environment()
        .get_template(template)
        .render(
            policy=content_policy([bundle, script], [style]),
            style=Markup(style),  # noqa: S704 - our own file
            bundle=Markup(bundle),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            data=Markup(data),  # noqa: S704 - escaped by script_json
            **context,
        )
    )


def tone_of(verdict: Verdict | None) -> tuple[str, str]:
    """Return the colour and the sign of a verdict, or those of none."""
    return ("unknown", "?") if verdict is None else _TONES[verdict.label]


def content_policy(scripts: list[str], styles: list[str]) -> str:
    """Return the content security policy that admits these scripts and styles and nothing else.

    Parameters
    ----------
    scripts, styles
        Text of each element, exactly as it stands between its tags.
    """

    def hashes(texts: list[str]) -> str:
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
        return " ".join(f"'sha256-{digest}'" for digest in digests)

    return (
        f"default-src 'none'; script-src {hashes(scripts)}; style-src {hashes(styles)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def script_json(value: object) -> str:
    r"""Return JSON that can stand in a script element: nothing in it can end the element or open a comment.

    Raises
    ------
    ValueError
        If a number is not finite: charts get gaps instead.

    Examples
    --------
    >>> script_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    return files("pilotzone.report").joinpath("assets", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pilotzone.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = sentence
    environment.filters["p"] = p_text
    environment.filters["unit"] = plain_unit
    environment.tests["web_address"] = _is_web_address
    return environment


def _shown(value: object) -> object:
    """Return what an expression of a template shows; what is HTML already is left alone."""
    return legible(str(value)) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _is_web_address(text: str) -> bool:
    """Whether an address may become a link: a script's address must not."""
    return text.lower().startswith(("https://", "http://"))


def _geometries(findings: Findings) -> dict[str, dict[str, Any]]:
    if findings.map is None:
        return {}
    shapes = {}
    for feature in findings.map.geojson.get("features", ()):
        if "id" not in feature:
            raise UsageError("a shape of the map has no id.", allowed="features whose id is the unit's code")
        shapes[str(feature["id"])] = drawable(feature.get("geometry") or {})
    return shapes


def _figures(findings: Findings, geometries: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Figure]]:
    return {
        "maps": contents.map_figures(findings, geometries),
        "paths": contents.path_figures(findings, findings.main),
        "gaps": contents.gap_figures(findings, findings.main),
        "joint": contents.joint_figures(findings),
        "alternatives": [
            figure
            for k, item in enumerate(findings.alternatives, start=1)
            for figure in contents.gap_figures(findings, item, f"other-{k}")
        ],
        "estimators": estimators.estimator_figures(findings),
        "curve": [] if findings.curve is None else curve.curve_figures(findings, findings.curve),
    }


def _figure_material(figure: Figure) -> dict[str, Any]:
    spec = chart_spec(figure.chart)
    return {
        "id": figure.id,
        "title": legible(figure.title),
        "foot": [legible(line) for line in (figure.citation, figure.credit) if line],
        "spec": spec.vega_lite,
        "heads": spec.heads,
        "data": {name: _compact(rows) for name, rows in figure.chart.data.items()},
    }


def _compact(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return rows by column, numbers at the precision of a picture; the tables keep them in full."""
    if not rows:
        return {"columns": [], "rows": []}
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_rounded(row.get(name)) for name in columns] for row in rows]
    return {"columns": columns, "rows": legible_data(cells)}


def _rounded(cell: object) -> object:
    return float(f"{cell:.7g}") if isinstance(cell, float) else cell


def _texts(findings: Findings) -> dict[str, Any]:
    verdict = findings.main.verdict
    tone, sign = tone_of(verdict)
    told = {limit.text for limit in findings.limits}
    return {
        "label": LABEL_WORDS[verdict.label],
        "tone": tone,
        "sign": sign,
        "cards": contents.cards(findings),
        "facts": contents.design_facts(findings),
        "weights_note": weights_note([fit for _, fit in findings.main.fits]),
        "design_note": design_note(findings.main),
        "main_estimator": estimator_meaning(findings.main.effects.design.estimator),
        "estimator_meanings": estimator_meanings(findings.estimators, told=findings.main.effects.design.estimator),
        "derived": _derived(findings),
        "limits": [*findings.limits],
        "more_limits": [text for text in verdict.limits if text not in told],
    }


def _derived(findings: Findings) -> set[str]:
    """Return the series all of whose sources and caveats stand at those it is computed from."""
    published = [info for info in findings.panel.series.values() if not info.formula]
    sources = {source for info in published for source in info.sources}
    caveats = {caveat for info in published for caveat in info.caveats}
    return {
        info.name
        for info in findings.panel.series.values()
        if info.formula and sources.issuperset(info.sources) and caveats.issuperset(info.caveats)
    }


def _sheets(findings: Findings) -> dict[str, Any]:
    main, panel = findings.main, findings.panel
    outcomes = [
        *main.joint.outcomes,
        *(fit.outcome for effects in findings.secondary for fit in effects.fits),
    ]
    # What the main design loses stands among its own notes.
    own = main.effects.design.estimator
    by_name = {row.outcome: row.losses for row in findings.estimators if row.losses and row.estimator != own}
    return {
        "tests_sheet": sheets.tests_sheet(main.verdict, main.sets, zones=len(main.parts)),
        "sets_sheet": sheets.sets_sheet(main.verdict, main.sets, main.conformal) if main.conformal else None,
        "check_sheets": [
            sheets.checks_sheet(main, outcome, f"checks-{k}") for k, outcome in enumerate(main.joint.outcomes, start=1)
        ],
        "donor_sheet": sheets.donor_sheet(panel, main),
        "balance_sheets": [
            sheets.balance_sheet(panel, fit, f"balance-{k}")
            for k, fit in enumerate(main.effects.fits, start=1)
            if fit.importance is not None
        ],
        "designs_sheet": sheets.designs_sheet(panel, [main, *findings.alternatives]) if findings.alternatives else None,
        "secondary_sheet": sheets.effects_sheet(
            "secondary", "Outcomes that are no part of the claim", panel, findings.secondary
        )
        if findings.secondary
        else None,
        "longer_sheet": sheets.effects_sheet("longer", "The main design over longer windows", panel, findings.longer)
        if findings.longer
        else None,
        "estimator_sheet": sheets.estimator_sheet(findings.estimators, outcomes) if findings.estimators else None,
        "fit_loss": fit_loss_text((fit.outcome, by_name.get(fit.outcome.name)) for fit in main.effects.fits),
        "design_losses": [
            f"{item.label}: {text}"
            for item in findings.alternatives
            if (text := fit_loss_text((fit.outcome, fit.fit_loss_beside) for fit in item.effects.fits))
        ],
        "curve_label_sheet": curve.label_sheet(findings.curve) if findings.curve else None,
        "curve_summary": curve.summary(findings.curve) if findings.curve else "",
        "assumption_sheet": sheets.assumption_sheet(findings.assumptions) if findings.assumptions else None,
        "audit_sheet": contents.audit_sheet(findings.audit) if findings.audit else None,
    }

"""The report as one HTML file that needs nothing else and can reach nothing else.

Scripts and styles stand in the page and are admitted by hash alone; the policy allows no evaluation of text, no
inline handlers or styles, and no address to load from. Text from data goes through Jinja's autoescape, data for the
charts through `script_json`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pilotzone.core import kept, p_text
from pilotzone.report.figure import Figure
from pilotzone.report.formatting import plain_unit, sentence, typeset
from pilotzone.report.legible import legible, legible_data
from pilotzone.report.spec import CONFIG, chart_spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from pilotzone.report.section import Section


__all__ = ["assembled", "asset", "chart_material", "content_policy", "fragment", "script_json"]


def assembled(
    package: str,
    template: str,
    name: str,
    drawn: Sequence[Figure],
    *,
    shapes: Mapping[str, Any] | None = None,
    sections: Sequence[Section] = (),
    **context: Any,
) -> str:
    """Return a page with its charts, their data, styles and scripts.

    Parameters
    ----------
    package
        The kind of study, as a package with a folder ``templates``; those of this room may be extended and included.
    template
        Which of its templates.
    name
        Name of the study; names exported files.
    drawn
        All figures that the template shows.
    shapes
        Shapes of the map, by code.
    sections
        Sections of the studies that stand beside this one.
    context
        Everything else that the template shows.
    """
    from markupsafe import Markup

    charts, script, style = asset("charts.js"), asset("report.js"), asset("report.css")
    bundle = asset("vega-bundle.min.js")
    every = [*drawn, *(figure for part in sections for figure in part.figures)]
    every_shape = {**(shapes or {}), **{k: v for part in sections for k, v in part.shapes.items()}}
    data = script_json(chart_material(name, every, every_shape))
    return (
        _environment(package)
        .get_template(template)
        .render(
            policy=content_policy([bundle, charts, script], [style]),
            style=Markup(style),  # noqa: S704 - our own file
            bundle=Markup(bundle),  # noqa: S704 - our own file
            drawing=Markup(charts),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            data=Markup(data),  # noqa: S704 - escaped by script_json
            page_name=name,
            sections=sections,
            **context,
        )
    )


def chart_material(name: str, figures: Sequence[Figure], shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what scripts draw charts from, as plain data that is legible and finite.

    Parameters
    ----------
    name
        Name of the study; names exported files.
    figures
        The charts.
    shapes
        Shapes of their maps, by code.
    """
    return {
        "study": legible(name),
        "config": CONFIG,
        "shapes": legible_data(shapes),
        "figures": [kept(("figure", figure), partial(_figure_material, figure), _bytes) for figure in figures],
    }


def fragment(package: str, template: str, **context: Any) -> Markup:
    """Return a part of a page; parameters as in `assembled`."""
    from markupsafe import Markup

    return Markup(_environment(package).get_template(template).render(**context))  # noqa: S704 - what autoescape made


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
def asset(name: str) -> str:
    """Return a script or style of pages: ``charts.js``, ``report.css``, ``vega-bundle.min.js``."""
    return files("pilotzone.report").joinpath("assets", name).read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def _environment(package: str) -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name, "templates") for name in (package, "pilotzone.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = sentence
    environment.filters["typeset"] = typeset
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


def _figure_material(figure: Figure) -> dict[str, Any]:
    spec = chart_spec(figure.chart)
    return {
        "id": figure.id,
        "title": typeset(legible(figure.title)),
        "foot": [typeset(legible(line)) for line in (figure.citation, figure.credit) if line],
        "spec": spec.vega_lite,
        "heads": spec.heads,
        "data": {name: _compact(rows) for name, rows in figure.chart.data.items()},
    }


def _bytes(material: Mapping[str, Any]) -> int:
    """Return about how much memory a chart's material takes."""
    return 200 * sum(len(data["columns"]) * len(data["rows"]) for data in material["data"].values())


def _compact(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return rows by column, numbers at the precision of a picture; the tables keep them in full."""
    if not rows:
        return {"columns": [], "rows": []}
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_rounded(row.get(name)) for name in columns] for row in rows]
    return {"columns": columns, "rows": legible_data(cells)}


def _rounded(cell: object) -> object:
    return float(f"{cell:.7g}") if isinstance(cell, float) else cell

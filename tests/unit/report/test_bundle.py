"""The vendored scripts: versions that fit one another and Altair, as published, with their licences."""

from __future__ import annotations

import re
from importlib.resources import files

import altair as alt

from build_vega_bundle import INSIDE, SCRIPTS

ASSETS = files("pilotzone.report").joinpath("assets")
BUNDLE = ASSETS.joinpath("vega-bundle.min.js").read_text(encoding="utf-8")


def held() -> dict[str, str]:
    """Return the version of each library, as the bundle says it."""
    return dict(re.findall(r"^/\* ([a-z-]+)@([\d.]+) [\w./-]+ \*/$", BUNDLE, re.MULTILINE))


def test_vega_lite_knows_the_schema_that_altair_writes() -> None:
    """The same or a later version of the same major one: what older Altairs write is drawn as well."""
    bundled = [int(part) for part in held()["vega-lite"].split(".")]
    written = [int(part) for part in alt.SCHEMA_VERSION.removeprefix("v").split(".")]
    assert bundled[0] == written[0]
    assert bundled >= written


def test_vega_and_vega_embed_are_those_that_altair_and_vega_lite_ask_for() -> None:
    assert held()["vega"].split(".")[0] == alt.VEGA_VERSION
    assert held()["vega-embed"].split(".")[0] == alt.VEGAEMBED_VERSION


def test_the_bundle_is_what_the_script_makes() -> None:
    # In the order of loading: vega-embed wants the other two, Vega-Lite wants Vega.
    assert [f"{name}@{version}" for name, version in held().items()] == list(SCRIPTS)
    for name in ("vega", "vega-lite"):
        assert f'"{held()[name]}"' in BUNDLE.partition(f"/* {name}@")[2].partition("\n/* ")[0]


def test_licences_travel_with_the_scripts() -> None:
    notices = ASSETS.joinpath("vega-bundle.LICENSES.txt").read_text(encoding="utf-8")
    for package in [*SCRIPTS, *INSIDE.split()]:
        assert f"{package}\n{'-' * len(package)}\n" in notices

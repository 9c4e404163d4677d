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


def test_vega_lite_is_the_version_whose_schema_altair_writes() -> None:
    assert f"v{held()['vega-lite']}" == alt.SCHEMA_VERSION


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

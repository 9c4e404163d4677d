"""An invented collection beside the real provinces, for runs on the bundled evidence. No figure of it is real."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.gather import assign_treatment, collection, evidence, load_evidence

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

YEARS = range(2005, 2022)
GAIN, RISE = 0.1, 0.01
"""What a zone adds to the logarithm of invented output and of invented smoke."""


def series(name: str, unit: str) -> dict[str, Any]:
    coverage = {"first": YEARS[0], "last": YEARS[-1], "regions": 31, "figures": 31 * len(YEARS), "gaps": []}
    about = {"label": f"Invented {name.split('_')[1]}", "definition": "Invented.", "vintage": "invented"}
    terms = {"sources": ["made-up"], "licenses": ["none"], "published_unit": unit, "precision": 0.001}
    return {"name": name, "unit": unit, "resource": "figures", "coverage": coverage, **about, **terms}


def caveat(name: str, text: str, *, limits: bool, **more: Any) -> dict[str, Any]:
    given = {"name": name, "text": text, "limits_verdict": limits, "origin": "general knowledge"}
    return given | {"series": ["invented_output_t"]} | more


PACKAGE: dict[str, Any] = {
    "name": "invented",
    "title": "Invented figures",
    "geography": {"name": "cn-province", "label": "Provinces", "one": "province", "many": "provinces"},
    "licenses": [{"name": "none", "title": "None", "text": "None.", "stated": False}],
    "sources": [{"name": "made-up", "title": "Made up by a generator"}],
    "resources": [{"name": "figures", "path": "figures.csv"}],
    "series": [series("invented_output_t", "t"), series("invented_smoke_t", "t"), series("invented_people", "person")],
    "breaks": [],
    "caveats": [
        caveat("invented-limit", "Invented output was never weighed.", limits=True),
        caveat("invented-late", "The scales of 2021 were broken.", limits=True, periods=[2021]),
        caveat("invented-part", "Guangdong has no scales.", limits=True, regions=["CN-GD"]),
        caveat("invented-mild", "Scales are old.", limits=False),
    ],
}


def figures() -> list[tuple[str, int, str, float]]:
    """Return (region, year, series, figure): zones raise output by a tenth, and smoke hardly, from their year on."""
    known = load_evidence()
    cohorts = assign_treatment(known.policy("china-big-data-zones")).cohorts
    rng = np.random.default_rng(2016)
    rows: list[tuple[str, int, str, float]] = []
    for region in (item.code for item in known.regions_of("cn-province")):
        level, people = rng.normal(5, 0.5), round(float(rng.uniform(1e6, 9e7)))
        for year in YEARS:
            on = year >= cohorts.get(region, 9999)
            output = np.exp(level + 0.05 * (year - 2005) + GAIN * on + rng.normal(0, 0.005))
            smoke = np.exp(level - 0.02 * (year - 2005) + RISE * on + rng.normal(0, 0.005))
            rows.append((region, year, "invented_output_t", round(float(output) * people, 3)))
            rows.append((region, year, "invented_smoke_t", round(float(smoke) * people, 3)))
            rows.append((region, year, "invented_people", people))
    return rows


def forget() -> None:
    """Let the evidence be read anew."""
    for cached in (load_evidence, evidence._table, collection.read_collection, collection.read_package):
        cached.cache_clear()


def put_in_place(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Make the evidence that of the provinces and of an invented collection, written into a folder."""
    rows = figures()
    (folder / "invented").mkdir(parents=True)
    shutil.copytree(collection.BUNDLED / "provinces", folder / "provinces")
    (folder / "invented" / "datapackage.json").write_text(json.dumps(PACKAGE), encoding="utf-8")
    lines = ["region,period,series,value", *(",".join(map(str, row)) for row in rows)]
    (folder / "invented" / "figures.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    patch.setattr(collection, "BUNDLED", folder)
    for module in (collection, evidence):
        patch.setattr(module, "COLLECTIONS", ("provinces", "invented"))
    forget()

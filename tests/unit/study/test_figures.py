"""The Guizhou study's figures change only when somebody means them to (see figures.py)."""

from __future__ import annotations

import copy
import json

from tests.unit.study.figures import FILE, differences, found


def test_figures_are_those_last_looked_at() -> None:
    changed = differences(json.loads(FILE.read_text(encoding="utf-8")), found())
    assert changed == [], "meant? then: python -m tests.unit.study.figures --write"


def test_a_change_would_be_seen() -> None:
    old = json.loads(FILE.read_text(encoding="utf-8"))
    new = copy.deepcopy(old)
    new["verdict"]["tests"][0]["estimate"] *= 1 + 1e-8
    new["verdict"]["label"] = "green growth"
    del new["zone"]["donors"][0]
    places = [line.partition(":")[0] for line in differences(old, new)]
    assert places == ["verdict.label", "verdict.tests[0].estimate", "zone.donors"]

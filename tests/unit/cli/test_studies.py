"""``pilotzone studies``: what comes along, and what it finds."""

from __future__ import annotations

import json

from tests.unit.cli.command import call

from pilotzone.study import bundled_studies, load


def test_every_frozen_study_says_what_it_finds() -> None:
    for name in bundled_studies():
        study = load(name)
        if study.protocol is not None:
            assert study.kind.found[study.name]


def test_a_line_each() -> None:
    lines = call("studies", "--found").out.splitlines()
    text = " ".join(line.strip() for line in lines)
    told = {item["name"]: item["found"] for item in json.loads(call("studies", "--json").out)}
    assert told["guizhou"] is None
    for name, found in told.items():
        assert (f"{name}: {found}. Run it: pilotzone run {name}" in text) == (found is not None)

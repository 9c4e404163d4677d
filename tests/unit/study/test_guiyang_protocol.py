"""The design of the studies on Guiyang and on Guizhou's cities, as it was before the first effect was estimated."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, cast

import pytest

from pilotzone.gather import load_evidence
from pilotzone.study import KINDS, load

if TYPE_CHECKING:
    from pilotzone.study.zone.file import ZoneStudy

FROZEN = {
    "guiyang": "82d19b14902b7370b965ab8d88b0dea32d4aed0e80fa0c8aad95d9d172791fcf",
    "guizhou-cities": "fd5acf6cdad8c08095d044481abf02f9a1ea12307bdb43632a4f95f493ab795c",
}


@pytest.mark.parametrize("name", FROZEN)
def test_the_file_is_the_frozen_one(name: str) -> None:
    """Or one that was changed in a limit alone, as the protocol lists."""
    protocol = KINDS["zone"].protocols[name]
    text = KINDS["zone"].bundled_file(name)
    assert sha256(text).hexdigest() == protocol.current
    assert protocol.sha256 == FROZEN[name]
    first, found, rest = text.partition(b"# Added after results had been seen (docs/protocols.md)")
    assert bool(found) == bool(protocol.amended)
    added, _, rest = rest.partition(b"[[assumptions]]")
    assert b"[[limits]]" in added or not found
    assert sha256(first + b"[[assumptions]]" * bool(found) + rest).hexdigest() == FROZEN[name]


def test_the_zone_is_ranked_among_capitals_of_provinces_without_a_zone() -> None:
    spec = cast("ZoneStudy", load("guiyang")).spec
    evidence = load_evidence()
    zones = {zone.region for zone in evidence.zones}
    capitals = {
        city.code
        for city in evidence.regions_of("cn-city")
        if city.official.endswith("0100") and city.parent not in zones and city.kind == "city"
    }
    assert set(spec.method.ranked_among) == capitals
    assert (len(capitals), spec.zone.unit) == (21, "CN-520100")
    assert (spec.zone.start, spec.zone.anticipation, spec.window.verdict) == (2014, 0, (2014, 2019))
    assert spec.groups is not None
    assert (spec.groups.donors, spec.donors.policy_zones) == ("exclude", "exclude")

"""What was added to the study of Virginia after its results had been seen, and that nothing else was changed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, cast

from pilotzone.study import KINDS, load

if TYPE_CHECKING:
    from pilotzone.study.zone.file import ZoneStudy

SERIES = b', "us_gdp_manufacturing_real_usd2017", "us_gdp_mining_real_usd2017"'
DERIVED = (b"log_manufacturing_per_head = ", b"log_mining_per_head = ")
ADDED = b"# From here to [sensitivity]: added after results had been seen"


def test_without_what_was_added_the_file_is_the_frozen_one() -> None:
    text = KINDS["zone"].bundled_file("virginia")
    first, _, rest = text.partition(ADDED)
    _, _, last = rest.partition(b"\n[sensitivity]\n")
    lines = [line for line in first.replace(SERIES, b"").split(b"\n") if not line.startswith(DERIVED)]
    frozen = b"\n".join(lines) + b"[sensitivity]\n" + last
    assert sha256(frozen).hexdigest() == KINDS["zone"].protocols["virginia"].sha256


def test_what_was_added() -> None:
    spec = cast("ZoneStudy", load("virginia")).spec
    frozen, design = spec.alternatives[:2], spec.alternatives[2]
    assert [item.name for item in frozen] == ["dated_2009", "dated_2008"]
    assert set(design.exclude) == {"US-MD", "US-NC"} <= set(spec.donors.only)
    told = {item.name: (item.outcome, item.start, item.window) for item in spec.negative_controls}
    assert told == {
        "manufacturing": ("log_manufacturing_per_head", None, None),
        "mining": ("log_mining_per_head", None, None),
        "from_2003": (None, 2003, (2003, 2007)),
        "from_2005": (None, 2005, (2005, 2007)),
    }
    told_of = [(item.label, item.why) for item in spec.negative_controls]
    for label, why in [(design.label, design.why), *told_of]:
        assert label.endswith("(post hoc)")
        assert why.startswith("Added after results had been seen")

"""The programmes of the bundled evidence, made of the tables that they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import cast

from pilotzone.core import Licence
from pilotzone.gather.collection import licences_of, read_package
from pilotzone.gather.policy import Confidence, Instrument, Policy
from pilotzone.gather.records import Region, Zone

__all__ = ["incentives", "policy_licences", "zones_as_policy"]

_INCENTIVES = (
    "Laws of states of the USA that exempt data centres from taxes, or grant them something else. The words of the "
    "sources stand beside what was coded from them: kinds, reach, caps, and which law widens an earlier one are coded "
    "here. 'None found' means that searches found nothing, not that a register says so. Local incentives, and property "
    "tax rules of Oregon and Montana, are not coded."
)
_ZONES = (
    "National big data zones of China, by the month of approval. Zones that are parts of a province (cities of the "
    "Pearl River Delta, Shenyang) are limited: which of their cities take part is not coded, so the rule serves "
    "provinces only."
)


def incentives(rows: Iterable[Mapping[str, str]], labels: Mapping[str, str]) -> Policy:
    """Return the tax incentives for data centres of the table `incentives`.

    Parameters
    ----------
    rows
        Rows of the table, each by column.
    labels
        Region to words for a reader.
    """
    kept: list[Instrument] = []
    without: dict[str, str] = {}
    exempt: dict[str, str] = {}
    for row in rows:
        if row["status"] == "always-exempt":
            exempt[row["region"]] = row["note"]
        elif row["status"] == "none-found":
            note = "" if row["note"] in {"", "none found"} else f": {row['note']}"
            without[row["region"]] = f"none found ({row['confidence']} confidence){note}"
        else:
            kept.append(_incentive(row))
    return Policy(
        "us-data-center-incentives",
        "tax incentives for data centres",
        "us-state",
        tuple(kept),
        without,
        exempt,
        labels,
        _INCENTIVES,
        "states",
        "incentives",
    )


def _incentive(row: Mapping[str, str]) -> Instrument:
    return Instrument(
        name=row["instrument"],
        region=row["region"],
        law=row["law"],
        kinds=tuple(kind.strip() for kind in row["kinds"].split(";") if kind.strip()),
        effective=row["effective"] or row["first_year"],
        confidence=cast("Confidence", row["confidence"]),
        whole=row["reach"] == "statewide",
        capped=row["capped"] == "true",
        widens=row["widens"] == "true",
        enacted=row["enacted"],
        kind_text=row["kind_text"],
        reach_text=row["reach_text"],
        thresholds=row["thresholds"],
        source=row["source_text"],
        source_kind=row["source_kind"],
        note=row["note"],
    )


def zones_as_policy(zones: Iterable[Zone], regions: Iterable[Region]) -> Policy:
    """Return the big data zones as a programme: in force from the month of approval.

    Parameters
    ----------
    zones
        One for each zone and region.
    regions
        Provinces; those without a zone are never treated.
    """
    here = list(zones)
    labels = {region.code: region.name for region in regions}
    count = Counter(zone.zone for zone in here)
    kept = tuple(
        Instrument(
            name=f"{zone.zone}-{zone.region[3:].lower()}" if count[zone.zone] > 1 else zone.zone,
            region=zone.region,
            law=f"{zone.name} zone, batch {zone.batch}",
            kinds=("big-data-zone",),
            effective=zone.date,
            confidence="medium",
            whole=zone.whole,
            enacted=zone.date,
            reach_text="whole region" if zone.whole else zone.part,
            source=zone.source.title,
            source_kind="second-hand",
            note="month of approval",
        )
        for zone in here
    )
    without = {code: "no zone" for code in labels if code not in {zone.region for zone in here}}
    return Policy(
        "china-big-data-zones", "big data zones", "cn-province", kept, without, {}, labels, _ZONES, "provinces", "zones"
    )


def policy_licences(policy: Policy) -> tuple[Licence, ...]:
    """Return on what terms the table of a programme may be used; nothing for a programme of your own."""
    if not policy.collection:
        return ()
    package = read_package(policy.collection)
    known = licences_of(package)
    (table,) = (item for item in package["resources"] if item["name"] == policy.resource)
    return tuple(known[name] for name in table["licenses"])

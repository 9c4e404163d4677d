"""A programme of the evidence on the terminal: its instruments by region, and the regions that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import Caveat, Cell
    from pilotzone.gather import Policy

__all__ = ["show_programme"]

_LAW = "kinds: law"


def show_programme(policy: Policy, *, json: bool = False) -> None:
    """Print a programme in full, or as JSON."""
    from pilotzone.cli.screen import print_json

    if json:
        print_json(_record(policy))
    else:
        _print(policy)


def _record(policy: Policy) -> dict[str, object]:
    from pilotzone.gather import policy_licences

    return {
        "programme": policy.name,
        "title": policy.title,
        "geography": policy.geography,
        "text": policy.text,
        "instruments": policy.to_table().records(),
        "without": dict(policy.without),
        "exempt": dict(policy.exempt),
        "caveats": [
            {
                "name": item.name,
                "text": item.text,
                "regions": list(item.regions) or "all",
                "limits_verdict": item.limits_verdict,
            }
            for item in _caveats(policy)
        ],
        "sources": _sources(policy),
        "licences": [
            {"name": item.name, "title": item.title, "stated": item.stated, "text": item.text, "address": item.url}
            for item in policy_licences(policy)
        ],
    }


def _caveats(policy: Policy) -> tuple[Caveat, ...]:
    from pilotzone.gather import load_evidence

    return load_evidence().caveats_about(policy.resource)


def _print(policy: Policy) -> None:
    from pilotzone.cli.screen import print_table, print_text
    from pilotzone.gather import policy_licences

    print_text(f"{policy.title[:1].upper()}{policy.title[1:]} ({policy.name})", style="bold")
    print_text(policy.text)
    print_text()
    print_text("Instruments", style="bold")
    heads = ("instrument", "region", "in force", "confidence", _LAW)
    rows = policy.to_table().records()
    print_table(heads, [_row(row) for row in rows], whole=("instrument", "in force"), remark=_LAW)
    _print_regions("Regions without an instrument", policy.without, policy)
    _print_regions("Regions that are always exempt", policy.exempt, policy)
    print_text()
    print_text("Caveats", style="bold")
    for item in _caveats(policy):
        where = f" [{', '.join(policy.label(region) for region in item.regions)}]" if item.regions else ""
        limits = " Limits a verdict." if item.limits_verdict else ""
        print_text(f"- {item.text}{where}{limits}", hanging="  ")
    print_text()
    print_text("Sources", style="bold")
    for source, names in _sources(policy).items():
        of = "" if len(names) == len(rows) else f"{', '.join(names)}: "
        print_text(f"- {of}{source}", hanging="  ")
    print_text()
    print_text("Licences", style="bold")
    for terms in policy_licences(policy):
        print_text(f"- {terms.title}. {terms.text}{f' {terms.url}' if terms.url else ''}", hanging="  ")
    print_text()
    print_text("Thresholds, notes and words of the sources: --json.", hanging="  ")


def _sources(policy: Policy) -> dict[str, list[str]]:
    """Return each source with the instruments that are known from it."""
    found: dict[str, list[str]] = {}
    for item in policy.instruments:
        found.setdefault(item.source, []).append(item.name)
    return found


def _row(row: Mapping[str, Cell]) -> list[Cell]:
    """Return an instrument for a narrow screen: what limits it stands after its law."""
    limits = [] if row["reach"] in {"statewide", "whole region"} else [str(row["reach"])]
    limits += [word for key, word in (("capped", "capped"), ("widens", "widens an earlier one")) if row[key]]
    law = f"{row['law']} [{'; '.join(limits)}]" if limits else row["law"]
    return [row["instrument"], row["name"], row["effective"] or "unknown", row["confidence"], f"{row['kinds']}: {law}"]


def _print_regions(title: str, regions: Mapping[str, str], policy: Policy) -> None:
    """Print regions, those together of which the same is known."""
    from pilotzone.cli.screen import print_text

    if not regions:
        return
    alike: dict[str, list[str]] = {}
    for region, why in regions.items():
        alike.setdefault(why, []).append(policy.label(region))
    print_text()
    print_text(title, style="bold")
    for why, names in alike.items():
        print_text(f"- {', '.join(names)}: {why}", hanging="  ")

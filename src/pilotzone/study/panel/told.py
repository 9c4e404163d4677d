"""What a page and a terminal tell alike: the answer, who is treated when, and who takes no part and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.report import Words, and_list, plain, plain_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.gather import RegionTreatment, Treatment
    from pilotzone.report import Block, Sheet

__all__ = ["treatment_facts", "treatment_lines", "treatment_record", "treatment_sheets"]


def treatment_record(treatment: Treatment) -> dict[str, Any]:
    """Return the programme, the rule in words, and the state of every region."""
    return {
        "programme": treatment.policy.name,
        "title": treatment.policy.title,
        "rule": dict(treatment.rule.words()),
        "regions": treatment.to_table().records(),
    }


def treatment_facts(treatment: Treatment) -> list[tuple[str, str]]:
    """Return the programme and the rule, term by term."""
    title = treatment.policy.title
    return [("Programme", f"{title[:1].upper()}{title[1:]} ({treatment.policy.name})"), *treatment.rule.words()]


def treatment_sheets(treatment: Treatment) -> list[Sheet]:
    """Return the treated by year with what treats them, and the regions that take no part with why."""
    treated = sorted(treatment.of("treated"), key=lambda item: (item.cohort or 0, item.region))
    rows = [(item.label, str(item.cohort), item.why) for item in treated]
    rows += [(item.label, "never", item.why) for item in treatment.of("never")]
    parts = Table.from_rows(("region", "treated from", "why"), rows, title="Regions that take part")
    out = [(item.label, item.state, item.why) for item in _without_part(treatment)]
    rest = Table.from_rows(("region", "state", "why"), out, title="Regions that take no part")
    return [plain_sheet("taking-part", parts, head="region"), *([plain_sheet("no-part", rest)] if out else [])]


def treatment_lines(treatment: Treatment) -> Iterator[Block]:
    """Return the same in lines: the treated by year, those never treated, and who takes no part."""
    yield Words(plain(f"Treatment: {treatment.policy.title}."), hanging=True)
    for year in sorted({*treatment.cohorts.values()}):
        names = [item.label for item in treatment.of("treated") if item.cohort == year]
        yield Words(plain(f"Treated from {year}: {and_list(names)}."), hanging=True)
    never = [item.label for item in treatment.of("never")]
    yield Words(plain(f"Never treated ({len(never)}): {and_list(never) or 'none'}."), hanging=True)
    alike: dict[tuple[str, str], list[str]] = {}
    for item in _without_part(treatment):
        alike.setdefault((item.state, item.why), []).append(item.label)
    for (state, why), names in alike.items():
        yield Words(plain(f"{_NO_PART[state]}: {and_list(names)}: {why}."), hanging=True)


_NO_PART = {"always": "Always treated, takes no part", "left out": "Left out"}


def _without_part(treatment: Treatment) -> tuple[RegionTreatment, ...]:
    return (*treatment.of("always"), *treatment.of("left out"))

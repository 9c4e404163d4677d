"""The audit trail as a table: what a run was made from, with which versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotzone.report.sheet import Cell, Column, Sheet

__all__ = ["audit_sheet"]


def audit_sheet(audit: Mapping[str, Any]) -> Sheet:
    """Return the audit trail as one row per entry, nested names joined by dots."""
    rows = tuple((Cell(name), Cell(text)) for name, text in _flat("", audit))
    caption = "Hashes, versions and the resolved study"
    return Sheet("audit", caption, (Column("Entry"), Column("Value")), rows)


def _flat(prefix: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        items = sorted(value.items(), key=lambda item: str(item[0]))
        return [row for key, inner in items for row in _flat(f"{prefix}.{key}" if prefix else str(key), inner)]
    if isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        return [row for k, inner in enumerate(value, start=1) for row in _flat(f"{prefix}.{k}", inner)]
    if isinstance(value, list | tuple):
        return [(prefix, ", ".join(_plain(item) for item in value) or "none")]
    return [(prefix, _plain(value))]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)

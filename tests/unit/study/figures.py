"""The figures of the Guizhou study as last looked at, so that a change of them is seen and explained.

They are not independent truth: other tests hold the methods to that. After a change that is meant to move them, look at
what moved, say why in the commit, and write them anew:

    python -m tests.unit.study.figures --write
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

from tests.unit.study.guizhou import guizhou

FILE = Path(__file__).with_name("data") / "guizhou.json"

WORDS = {
    "label",
    "other_label",
    "state",
    "outcome",
    "name",
    "unit",
    "statistic",
    "estimator",
    "pools",
    "pool_rule",
    "identification",
    "diagnostics",
    "grade",
    "label_with_allowance",
    "finding",
}
"""Texts that are results or say which result a number is; others may be reworded without a change of figures."""

RELATIVE, ABSOLUTE = 1e-9, 1e-12


def figures(record: Any, key: str = "") -> Any:  # noqa: ANN401 - plain data
    """Return the numbers of a record and the words that say what they are."""
    match record:
        case dict():
            kept = {name: figures(value, name) for name, value in record.items()}
            return {name: value for name, value in kept.items() if value not in (None, [], {})}
        case list():
            return [value for value in (figures(item, key) for item in record) if value is not None]
        case str():
            return record if key in WORDS or key == "donors" else None
    return record


def found() -> Any:  # noqa: ANN401 - plain data
    """Return the figures of a run made now."""
    return figures(json.loads(json.dumps(guizhou().record())))


def differences(old: Any, new: Any, place: str = "") -> list[str]:  # noqa: ANN401 - plain data
    """Return where two records differ by more than arithmetic can."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted({*old, *new})
        return [line for key in keys for line in differences(old.get(key), new.get(key), f"{place}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            line
            for k, (one, other) in enumerate(zip(old, new, strict=True))
            for line in differences(one, other, f"{place}[{k}]")
        ]
    numbers = all(isinstance(item, int | float) and not isinstance(item, bool) for item in (old, new))
    if old == new or (numbers and math.isclose(old, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE)):
        return []
    return [f"{place.lstrip('.')}: {old!r} became {new!r}"]


def main() -> None:
    """Show what changed; write it if asked to."""
    new = found()
    old = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    print("\n".join(differences(old, new)) or "nothing changed")  # noqa: T201 - a command
    if "--write" in sys.argv:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

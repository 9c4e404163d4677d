"""What the shell offers when a study or a series is to be named."""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "complete_appraisal",
    "complete_campus",
    "complete_kind",
    "complete_plan",
    "complete_run",
    "complete_schema",
    "complete_series",
    "complete_siting",
    "complete_study",
    "complete_transfer",
]


def complete_study(incomplete: str) -> list[str]:
    """Offer the bundled studies of every kind, and study files and folders here."""
    return _studies(incomplete, None)


def complete_siting(incomplete: str) -> list[str]:
    """Offer the bundled siting files, and files and folders here."""
    return _studies(incomplete, "siting")


def complete_plan(incomplete: str) -> list[str]:
    """Offer the bundled plans, and files and folders here."""
    return [*_studies(incomplete, "plan"), "explain", "rules"]


def complete_campus(incomplete: str) -> list[str]:
    """Offer the bundled campuses, and files and folders here."""
    return _studies(incomplete, "campus")


def complete_appraisal(incomplete: str) -> list[str]:
    """Offer the bundled appraisals, and files and folders here."""
    return _studies(incomplete, "appraisal")


def complete_transfer(incomplete: str) -> list[str]:
    """Offer the bundled transfers, and files and folders here."""
    return _studies(incomplete, "transfer")


def complete_kind() -> list[str]:
    """Offer the kinds of study."""
    from pilotzone.study import KINDS

    return list(KINDS)


def complete_schema() -> list[str]:
    """Offer what there are schemas of."""
    from pilotzone.study.schemas import schema_names

    return list(schema_names())


def _studies(incomplete: str, kind: str | None) -> list[str]:
    from pilotzone.study import bundled_studies

    head, found = _beside(incomplete)
    files = [head + item.name for item in found if item.suffix == ".toml"]
    return [*bundled_studies(kind), *files, *(f"{head}{item.name}/" for item in _folders(found))]


def complete_run(incomplete: str) -> list[str]:
    """Offer the runs here, and folders that may hold some."""
    head, found = _beside(incomplete)
    return [f"{head}{item.name}{'' if (item / 'audit.json').is_file() else '/'}" for item in _folders(found)]


def _beside(incomplete: str) -> tuple[str, list[Path]]:
    """Return the folder that was typed so far, and what is in it."""
    head = incomplete[: incomplete.rfind("/") + 1]
    here = Path(head or ".")
    try:
        return head, sorted(here.iterdir()) if here.is_dir() else []
    except OSError:
        return head, []


def _folders(found: list[Path]) -> list[Path]:
    return [item for item in found if item.is_dir() and not item.name.startswith(".")]


def complete_series(incomplete: str) -> list[tuple[str, str]]:
    """Offer the series, programmes and tables of the bundled evidence, with what they are."""
    from pilotzone.gather import load_evidence, table_titles

    evidence = load_evidence()
    found = [(name, entry.info.label) for name, entry in evidence.series.items()]
    found += [(name, policy.title) for name, policy in evidence.policies.items()]
    found += table_titles().items()
    return [item for item in found if item[0].startswith(incomplete)]

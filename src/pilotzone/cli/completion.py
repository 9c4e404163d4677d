"""What the shell offers when a study or a series is to be named."""

from __future__ import annotations

from pathlib import Path

__all__ = ["complete_series", "complete_study"]


def complete_study(incomplete: str) -> list[str]:
    """Offer the bundled studies, and study files and folders here."""
    from pilotzone.study import bundled_studies

    head = incomplete[: incomplete.rfind("/") + 1]
    here = Path(head or ".")
    try:
        found = sorted(here.iterdir()) if here.is_dir() else []
    except OSError:
        found = []
    files = [head + item.name for item in found if item.suffix == ".toml"]
    folders = [f"{head}{item.name}/" for item in found if item.is_dir() and not item.name.startswith(".")]
    return [*bundled_studies(), *files, *folders]


def complete_series(incomplete: str) -> list[tuple[str, str]]:
    """Offer the series of the bundled evidence, with what they are."""
    from pilotzone.gather import load_evidence

    found = load_evidence().series.items()
    return [(name, entry.info.label) for name, entry in found if name.startswith(incomplete)]

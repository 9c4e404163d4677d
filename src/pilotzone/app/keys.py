"""What a result depends on, in one hash: the study as it is on the screen, and every file that a run of it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from pilotzone.core import PilotZoneError
from pilotzone.study import Study, input_digests, parse, standing

__all__ = ["alone", "known_key", "result_key"]


def alone(study: Study[Any]) -> Study[Any]:
    """Return a study without what stands beside it and has a screen of its own."""
    return replace(study, beside={name: study.beside[name] for name in study.beside if name in study.kind.uses})


def result_key(study: Study[Any], inputs: Mapping[str, str] | None) -> str:
    """Return the hash of a study and of what was read for it; empty where not all of that has a hash."""
    if inputs is None:
        return ""
    parts = [study.kind.name, study.name, study.sha256, json.dumps(dict(inputs), sort_keys=True)]
    parts += sorted(f"{item.name}={item.study.sha256}" for item in standing(study))
    return sha256("\0".join(parts).encode()).hexdigest()


def known_key(text: str, name: str, kind: str, folder: Path) -> str:
    """Return the key under which the result of a study of the user's own would be kept; empty where it has none.

    What is wrong with the study, or with a file that it names, is left to whoever runs it.
    """
    try:
        study = alone(parse(text, name, folder=folder, kind=kind))
        return result_key(study, input_digests(study))
    except (PilotZoneError, OSError):
        return ""

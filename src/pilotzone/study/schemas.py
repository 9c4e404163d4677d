"""Schemas of study files, records and audit trails: for editors, and for programs in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from pilotzone.core import UsageError, did_you_mean
from pilotzone.study.kinds import KINDS
from pilotzone.study.recorded import RECORDS, Trail
from pilotzone.study.runs.audit import FORMAT

__all__ = ["made_schemas", "schema_names", "schema_text"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_AUDIT = "audit"
_RECORD = "-record"


def schema_names() -> tuple[str, ...]:
    """Return what there are schemas of: every kind of study file, the record of each kind, and the audit trail."""
    return (*KINDS, *(f"{name}{_RECORD}" for name in RECORDS), _AUDIT)


def schema_text(name: str) -> str:
    """Return a schema as the package has it, JSON Schema 2020-12.

    Parameters
    ----------
    name
        A kind of study for its file, ``KIND-record`` for the record of its runs, ``audit`` for ``audit.json``.

    Raises
    ------
    UsageError
        If there is no schema of that name.

    Examples
    --------
    >>> schema_text("zone").splitlines()[1]
    '  "$schema": "https://json-schema.org/draft/2020-12/schema",'
    """
    if name not in schema_names():
        near = did_you_mean(name, schema_names())
        raise UsageError(f"there is no schema of {name!r}.{near}", allowed=", ".join(schema_names()))
    return (resources.files("pilotzone.study") / "schemas" / _file_of(name)).read_text(encoding="utf-8")


def made_schemas() -> Mapping[str, dict[str, Any]]:
    """Return all schemas by the name of their file, made anew from the classes of files and records.

    The number in a name is the ``format`` of the file or folder: it is raised when what is there changes its meaning.
    """
    trail = Trail.model_json_schema()
    trail["properties"]["kind"]["enum"] = list(KINDS)
    made = {_AUDIT: ("Audit trail of a run of pilotzone", trail)}
    for name in KINDS:
        made[name] = (f"Study file of pilotzone: {KINDS[name].word}", KINDS[name].file.model_json_schema(by_alias=True))
        title = f"{KINDS[name].record_file} of pilotzone, of {KINDS[name].word}"
        made[f"{name}{_RECORD}"] = (title, RECORDS[name].model_json_schema())
    return {
        _file_of(name): {
            "$schema": _DIALECT,
            "$id": f"urn:pilotzone:{_file_of(name).removesuffix('.json')}",
            **schema,
            "title": title,
        }
        for name, (title, schema) in made.items()
    }


def _file_of(name: str) -> str:
    return f"{name}-{1 if name in KINDS else FORMAT}.json"

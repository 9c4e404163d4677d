"""Writing a run of any kind into a folder: record, tables, report and audit trail, whole or not at all."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Protocol, get_args

from pilotzone.core import TableFormat, as_json, check_choice, one_thread
from pilotzone.store import csv_bytes, parquet_bytes
from pilotzone.study.runs.audit import way_from
from pilotzone.study.runs.publish import publish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pilotzone.core import Table
    from pilotzone.study.runs.kind import Study

__all__ = ["audit_bytes", "contents_of", "digests_of", "json_bytes", "write_run"]

_AUDIT = "audit.json"


class Written(Protocol):
    """What is written of a run: see `Run`."""

    @property
    def study(self) -> Study[Any]: ...
    @property
    def findings(self) -> Any: ...  # noqa: ANN401 - of the kind
    @property
    def audit(self) -> Mapping[str, Any]: ...
    @property
    def seconds(self) -> Mapping[str, float]: ...
    def record(self) -> dict[str, Any]: ...
    def report(self) -> str: ...


def write_run(run: Written, folder: Path, *, tables: Sequence[TableFormat] = ()) -> Path:
    """Write a run; see `Run.write`."""
    for form in tables:
        check_choice(form, TableFormat, "tables")
    since, before = time.perf_counter(), sum(run.seconds.values())
    contents = contents_of(run, tables=tables)
    # What stands beside may have been run for the record only now, and has its own entries.
    beside = sum(run.seconds.values()) - before
    seconds = {**run.seconds, "report": round(max(time.perf_counter() - since - beside, 0.0), 3)}
    way = way_from(run.study.folder, folder)
    audit = audit_bytes(run.audit, digests_of(contents), way, tables=tables, seconds=seconds)

    def write(target: Path) -> None:
        for name, content in {**contents, _AUDIT: audit}.items():
            (target / name).write_bytes(content)

    publish(folder, write)
    return folder


@one_thread()
def contents_of(run: Written, *, tables: Sequence[TableFormat] = ()) -> dict[str, bytes]:
    """Return every file of a run but its audit trail, by name: the same findings give the same bytes.

    Parameters
    ----------
    run
        The run.
    tables
        Formats of tables for papers.
    """
    kind = run.study.kind
    found: dict[str, bytes] = {kind.record_file: json_bytes(run.record())}
    found |= {name: _table_bytes(name, table) for name, table in kind.tables(run.findings).items()}
    found["report.html"] = run.report().encode()
    return found | {name: text.encode() for name, text in kind.extras(run.findings, tables).items()}


def audit_bytes(
    audit: Mapping[str, Any],
    outputs: Mapping[str, str],
    folder: object,
    *,
    tables: Sequence[TableFormat],
    seconds: object,
) -> bytes:
    """Return what ``audit.json`` holds.

    Parameters
    ----------
    audit
        What the run was made from (see `made_from`).
    outputs
        SHA-256 of the files that it wrote, by name.
    folder
        Where the study file stood, as seen from the run.
    tables
        Formats in which tables for papers were asked for.
    seconds
        Duration of each stage.
    """
    study = {**audit["study"], "folder": folder}
    asked = {"tables": [form for form in get_args(TableFormat) if form in tables]}
    return json_bytes({**audit, "study": study, **asked, "outputs": dict(outputs), "seconds": seconds})


def digests_of(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of files by name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def json_bytes(record: object) -> bytes:
    """Return plain data as the text of a JSON file."""
    return (as_json(record) + "\n").encode()


def _table_bytes(name: str, table: Table) -> bytes:
    return parquet_bytes(table) if name.endswith(".parquet") else csv_bytes(table)

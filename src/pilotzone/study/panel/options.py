"""Options of a command as a study of a panel: checked as a file of that study is, before anything is read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pilotzone.core import Outcome, StudyError, UsageError
from pilotzone.store import is_postgres, local_path
from pilotzone.study.panel.file import PanelStudy, PanelStudySpec
from pilotzone.study.runs.audit import way_from
from pilotzone.study.runs.faults import explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.study.runs.kind import Kind

__all__ = ["study_of_options"]

_OUTCOME_KEYS = ("name", "role", "good", "scale", "label", "unit")
_HEADS = ("file", "cutoff")
"""Keys that make a table of their own: the option that sets one stands for the table."""


def study_of_options(
    kind: Kind[Any, Any],
    data: str,
    outcomes: Sequence[str],
    options: Mapping[str, tuple[str, Any]],
    *,
    folder: Path,
) -> PanelStudy:
    """Return the study of a panel that options of a command speak of.

    Parameters
    ----------
    kind
        Panels, as a kind of study.
    data
        Where the panel is; the study is called after it.
    outcomes
        As `Outcome.parse` reads them.
    options
        Option, as the user writes it, to the key of a study file that it sets and its value; what is ``None`` is as by
        default.
    folder
        Folder that relative paths start from.

    Raises
    ------
    UsageError
        Naming the first option at fault.
    """
    content: dict[str, Any] = {"format": 1, "panel": {}}
    names = {"panel.file": "the panel", "outcomes": "--outcome"}
    for option, (key, value) in options.items():
        names[key] = option
        table, _, last = key.rpartition(".")
        if last in _HEADS:
            names[table] = option
        if value is not None:
            _put(content, key.split("."), value)
    if os.path.isabs(data) and local_path(data) is not None:  # noqa: PTH117 - of a text
        # From its own folder, as in a study file beside it: nobody's home goes with the run.
        folder, data = Path(data).parent, Path(data).name
    content["panel"]["file"] = data
    near = content.get("space", {}).get("neighbours")
    if near is not None:
        near["file"] = way_from(Path(near["file"]), folder) or Path(near["file"]).name
    read = [Outcome.parse(text) for text in outcomes]
    content["outcomes"] = [
        {key: getattr(item, key) for key in _OUTCOME_KEYS} | {"margin": item.margin_text} for item in read
    ]
    name = Path(data).name.partition(".")[0] or "evaluation"
    if is_postgres(data):
        name = str(content["panel"].get("table") or "evaluation").rpartition(".")[2]
    try:
        spec = PanelStudySpec.model_validate(content)
    except ValidationError as error:
        raise _in_options(explain(error, name, PanelStudySpec), name, names) from error
    except StudyError as error:
        raise _in_options(error, name, names) from None
    return PanelStudy(name, kind, spec, "", folder)


def _put(content: dict[str, Any], path: list[str], value: object) -> None:
    *tables, key = path
    for table in tables:
        content = content.setdefault(table, {})
    content[key] = value


def _in_options(error: StudyError, name: str, names: Mapping[str, str]) -> UsageError:
    """Return an error about a study file in the words of the command: its user has never seen such a file."""
    keys = "|".join(re.escape(key) for key in sorted(names, key=len, reverse=True))

    def said(text: str) -> str:
        return re.sub(rf"(?<![\w.])(?:{keys})(?!\.?\w)", lambda found: names[found[0]], text)

    what = said(error.what.removeprefix(f"study {name!r}: "))
    return UsageError(
        what,
        allowed=None if error.allowed is None else said(error.allowed),
        todo=None if error.todo is None else said(error.todo),
    )

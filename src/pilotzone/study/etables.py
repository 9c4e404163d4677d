"""Results side by side, of every kind of study: folders of runs, runs in Python, and results without a study."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import UsageError, choice_hint, one_line, shown, shown_path
from pilotzone.store import replacing
from pilotzone.study.kinds import KINDS
from pilotzone.study.runs.comparing import edited, kind_of_run, of_record
from pilotzone.study.runs.modeltable import Beneath, model_table
from pilotzone.study.runs.plain import finite
from pilotzone.study.runs.running import Run
from pilotzone.study.runs.trail import open_run

if TYPE_CHECKING:
    from pilotzone.core import Table
    from pilotzone.study.runs.kind import Kind
    from pilotzone.study.runs.models import Model

__all__ = ["check_table_file", "etable", "write_table"]

_ENDINGS = (".tex", ".rtf", ".html", ".md", ".txt")
_LEAST_NAMES = 2
"""Results from which on each has a column of its own."""


@dataclass(frozen=True)
class _Source:
    """One result: where it comes from, its kind, and its columns.

    Attributes
    ----------
    name
        Name of its column; empty where the column's own name will do.
    shown
        What it is called in errors.
    kind
        Its kind of study.
    models
        Its columns.
    title
        Title of its study; may be empty.
    remarks
        What is to be known besides.
    """

    name: str
    shown: str
    kind: Kind[Any, Any]
    models: Sequence[Model]
    title: str = ""
    remarks: tuple[str, ...] = ()


def etable(
    *results: object,
    names: Sequence[str] | None = None,
    beneath: Beneath = "se",
    stars: Sequence[float] = (),
    events: bool = False,
    title: str | None = None,
) -> Table:
    r"""Lay results side by side: a column for each, effects with standard errors beneath, and facts below.

    Parameters
    ----------
    *results
        One or more of one kind: folders of runs, what `pilotzone.run` returns, or what `pilotzone.evaluate`,
        `pilotzone.synthetic_control` and their relatives return. A single one has a column for each of its estimators
        or places.
    names
        Heads of the columns, as many as there are; by default names of folders, studies or estimators.
    beneath
        What stands beneath an effect: ``se``, ``p`` or ``interval``. Where there is no standard error, as with
        placebo ranks, p stands there.
    stars
        Levels of p below which an effect has one star, two and so on, such as ``(0.1, 0.05, 0.01)``; none by default.
    events
        Whether effects by time since treatment stand below the averages. Estimators that stand beside the main one of
        a run have no column of them.
    title
        Title of the table; by default the study's, where all results have the same.

    Returns
    -------
    Table
        Texts, with ``to_text()``, ``to_latex()``, ``to_rtf()``, ``to_html()`` and ``to_markdown()``; `write_table`
        makes a file of it.

    Raises
    ------
    UsageError
        If nothing is given, results are of different kinds or hold nothing to show, or an option is not allowed.
    DataError
        If a run cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> import pilotzone as pz
    >>> rows = [
    ...     (k, year, 2012 * (k < 8), k % 5 + (k < 8 and year >= 2012) * 2.0 + k * year % 7)
    ...     for k in range(20)
    ...     for year in range(2009, 2015)
    ... ]
    >>> firms = pd.DataFrame(rows, columns=["firm", "year", "since", "jobs"])
    >>> found = [
    ...     pz.evaluate(firms, "jobs", unit="firm", time="year", cohort="since", estimator=name)
    ...     for name in ("callaway_santanna", "imputation")
    ... ]
    >>> print("\n".join(etable(*found, names=("CS", "BJS")).to_text().splitlines()[:4]))
                                     CS                  BJS
    ---------------------  ----------------------  ---------------
    jobs                           1.833                1.653
                                  (0.942)              (0.592)
    """
    if not results:
        raise UsageError("the table has no columns.", allowed="folders of runs, runs or results")
    sources = [_source(result) for result in results]
    for source in sources[1:]:
        if source.kind.name != sources[0].kind.name:
            first = sources[0]
            raise UsageError(
                f"{first.shown} holds {first.kind.word}, and {source.shown} {source.kind.word}.",
                allowed="results of one kind",
                todo="make a table of each kind",
            )
    columns = _columns(sources)
    if events and not any(model.events for _, model in columns):
        raise UsageError(
            f"{sources[0].shown} holds no effects by time since treatment.",
            allowed="results of evaluate, and runs of panels",
            todo="leave events out",
        )
    heads = _heads([head for head, _ in columns], names)
    titles = {source.title for source in sources}
    table = model_table(
        dict(zip(heads, (model for _, model in columns), strict=True)),
        beneath=beneath,
        stars=stars,
        events=events,
        title=(titles.pop() if len(titles) == 1 else "") if title is None else title,
    )
    remarks = dict.fromkeys(text for source in sources for text in source.remarks)
    return replace(table, note=" ".join([*([table.note] if table.note else []), *remarks]))


def check_table_file(file: str | os.PathLike[str]) -> Path:
    """Return the path of a file for a table.

    Raises
    ------
    UsageError
        If its name does not end in one of the formats.
    """
    path = Path(file)
    if path.suffix.lower() not in _ENDINGS:
        hint = choice_hint(path.suffix.lower(), list(_ENDINGS)) if path.suffix else ""
        raise UsageError(
            f"{shown_path(path)} does not end in a format of tables.{hint}",
            allowed=", ".join(_ENDINGS),
            todo="name the file for what it is to hold: table.tex for LaTeX, table.rtf for Word",
        )
    return path


def write_table(table: Table, file: str | os.PathLike[str]) -> Path:
    """Write a table to a file, whole or not at all, in the format that its name ends in.

    Parameters
    ----------
    table
        What `etable` returns, or any other table.
    file
        ``.tex`` (LaTeX with booktabs; its label is ``tab:NAME``), ``.rtf`` (Word and its relatives), ``.html`` (a
        page), ``.md`` (Markdown) or ``.txt``. What was there before is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If the name ends otherwise, or the place cannot be written to.
    """
    path = check_table_file(file)
    name = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")
    texts: dict[str, Callable[[], str]] = {
        ".tex": lambda: table.to_latex(label=f"tab:{name}" if name else ""),
        ".rtf": table.to_rtf,
        ".html": table.to_html_page,
        ".md": lambda: f"{table.to_markdown()}\n",
        ".txt": lambda: f"{table.to_text()}\n",
    }
    text = texts[path.suffix.lower()]()
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n")
    return path


# ------------------------------------------------------------------------------------------------- sources


def _source(result: object) -> _Source:
    if isinstance(result, str | os.PathLike):
        return _of_folder(Path(result))
    if isinstance(result, Run):
        kind = result.study.kind
        record = finite(kind.record(result.findings))
        name = result.study.name
        return _checked(_Source(name, shown(name), kind, kind.models(record), _title(record)))
    for kind in KINDS.values():
        part = kind.part_of(result)
        if part is not None:
            return _checked(_Source("", f"a {type(result).__name__}", kind, kind.models(finite(part))))
    raise UsageError(
        f"a {type(result).__name__} has no column in a table side by side.",
        allowed="folders of runs, what pilotzone.run, evaluate, synthetic_control and their relatives return",
    )


def _of_folder(path: Path) -> _Source:
    run = open_run(path)
    kind = kind_of_run(run, KINDS)
    models = of_record(run, kind, kind.models)
    title = of_record(run, kind, _title)
    return _checked(_Source(run.path.name, repr(run.shown), kind, models, title, tuple(edited([run], KINDS))))


def _title(record: Mapping[str, Any]) -> str:
    title = record.get("title")
    return title if isinstance(title, str) else ""


def _checked(source: _Source) -> _Source:
    """Refuse a result that has nothing to show."""
    if not any(model.estimates or any(model.facts) for model in source.models):
        raise UsageError(
            f"{source.shown} has neither effects nor figures for a table.",
            allowed="runs that came to a result",
            todo="look at its report, which says what could not be estimated",
        )
    return source


# ------------------------------------------------------------------------------------------------- columns


def _columns(sources: Sequence[_Source]) -> list[tuple[str, Model]]:
    """Return heads and columns: all of a single result, of several the results themselves without what is beside."""
    if len(sources) < _LEAST_NAMES:
        return [(model.name or source.name, model) for source in sources for model in source.models]
    found: list[tuple[str, Model]] = []
    for source in sources:
        own = [model for model in source.models if not model.beside]
        found += [(_head(source, model, alone=len(own) == 1), model) for model in own]
    return found


def _head(source: _Source, model: Model, *, alone: bool) -> str:
    if alone:
        return source.name or model.name
    return f"{source.name}: {model.name}" if source.name else model.name


def _heads(found: Sequence[str], names: Sequence[str] | None) -> list[str]:
    """Return heads, each once: what stands twice is numbered."""
    if names is not None and len(names) != len(found):
        raise UsageError(
            f"{len(names)} names are given for {len(found)} {'column' if len(found) == 1 else 'columns'}.",
            allowed="one name for each column",
        )
    heads: list[str] = []
    for k, given in enumerate(found if names is None else names, start=1):
        head = one_line(given).strip() or f"({k})"
        heads.append(head if head not in heads else f"{head} ({k})")
    return heads

"""``pilotzone place``: where data and work must, may and should be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pilotzone.cli.completion import complete_plan
from pilotzone.core import UsageError

__all__ = ["place"]


def place(
    plan: Annotated[
        str,
        typer.Argument(
            metavar="PLAN",
            help="A bundled plan (homecoming), the path of a plan file; or explain, or rules.",
            autocompletion=complete_plan,
        ),
    ] = "homecoming",
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CLASS SITE",
            help="After explain: a class and a site. After rules: a rule book.",
            show_default=False,
        ),
    ] = None,
    within: Annotated[
        str, typer.Option("--plan", metavar="PLAN", help="The plan that explain is about.", show_default="homecoming")
    ] = "homecoming",
    day: Annotated[
        str | None, typer.Option("--day", metavar="DAY", help="Read the law on another day, such as 2017-05-31.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the report and its tables here.", show_default="print only"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line: the sites that are open.")] = False,
) -> None:
    """Place data and work on sites under residency law.

    Least cost or carbon by a mixed-integer programme with its proof, what each rule costs, and the carbon price that
    changes the plan. 'place explain CLASS SITE' says what the law says of a class at a site; 'place rules BOOK' lists a
    rule book (china, gdpr, or a file). The law is read as data: this is not legal advice.
    """
    given = names or []
    if plan == "explain":
        _explain(given, within, day)
    elif plan == "rules":
        _rules(given)
    elif given:
        raise UsageError(f"{given[0]!r} is one name too many.", allowed="a plan; or explain CLASS SITE; or rules BOOK")
    else:
        _place(plan, out, day, json=json, quiet=quiet)


def _place(which: str, out: Path | None, day: str | None, *, json: bool, quiet: bool) -> None:
    from pilotzone.cli.showing import run_and_show
    from pilotzone.study import load

    if day is not None:
        raise UsageError("--day goes with explain.", todo="change day in the plan file: costs depend on it too")
    hint = "Report with a map of flows: pilotzone place ... --out FOLDER"
    run_and_show(load(which, kind="plan"), out, json=json, quiet=quiet, hint=hint)


def _explain(given: list[str], within: str, day: str | None) -> None:
    from pilotzone.cli.screen import print_table, print_text
    from pilotzone.placement import compile_rules
    from pilotzone.report import plain
    from pilotzone.study import load
    from pilotzone.study.plan import plan_material

    if len(given) != 2:  # noqa: PLR2004 - a class and a site
        raise UsageError("explain needs a class and a site.", allowed="pilotzone place explain CLASS SITE")
    plan = plan_material(load(within, kind="plan")).plan
    on = plan.day if day is None else _day(day)
    for residency in plan.residency:
        read = compile_rules(residency.book, residency.classes, residency.hosts, on)
        table = read.explain(*given)
        print_text(plain(f"{table.title}: {read.book.title}"), style="bold")
        rows = [(row["operation"], row["state"], row["why"]) for row in table.records()]
        print_table(("operation", "state", "why"), rows, whole=("operation",))
        print_text(plain(read.book.notice))


def _rules(given: list[str]) -> None:
    from pilotzone.cli.screen import print_table, print_text
    from pilotzone.placement import bundled_books, load_rules
    from pilotzone.report import plain

    for name in given or bundled_books():
        book = load_rules(name)
        print_text(plain(book.title), style="bold")
        print_text(plain(f"About data collected in {book.scope.collected_in}, at sites in {book.scope.places}."))
        rows = [
            (rule.id, ", ".join(sorted(rule.operations)), f"{rule.since}", str(rule.citation)) for rule in book.rules
        ]
        print_table(("rule", "operations", "since", "citation"), rows, whole=("since",))
        print_text(plain(book.notice))


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day.", allowed="a day such as 2017-06-01") from error

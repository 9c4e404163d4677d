"""``pilotzone place``: where data and work must, may and should be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from pilotzone.report import PlanFindings

__all__ = ["place"]


def place(
    plan: Annotated[
        str,
        typer.Argument(
            metavar="PLAN", help="A bundled plan (homecoming), the path of a plan file; or explain, or rules."
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
    rule book (china, gdpr, or a file). Law is read as data: no legal advice.
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
    from pilotzone.cli.progress import working
    from pilotzone.cli.screen import print_json, print_line
    from pilotzone.study import load_plan, plan_record, run_plan, write_plan

    if day is not None:
        raise UsageError("--day goes with explain.", todo="change day in the plan file: costs hang on it too")
    with working("placing", silent=quiet or json):
        found = run_plan(load_plan(which))
        if out is not None:
            write_plan(found, out)
    if json:
        print_json(plan_record(found))
    elif quiet:
        print_line(f"{found.name}: {', '.join(str(row['site']) for row in found.result.sites().records())}")
    else:
        _print(found, out)


def _print(found: PlanFindings, out: Path | None) -> None:
    from pilotzone.cli.screen import print_line, print_table, print_text
    from pilotzone.report import plain, plan_words
    from pilotzone.study import PLAN_FILES

    result = found.result
    print_text(plain(result.plan.title), style="bold")
    for text in plan_words(found):
        print_text(plain(text))
    print_text()
    several = len(result.plan.slots) > 1
    rows = [
        (
            row["site"],
            row["jurisdiction"],
            f"{row['peak_mw']:.1f}",
            *((row["peak_slot"],) if several else ()),
            "no capacity" if row["full"] is None else f"{100 * float(row['full']):.0f} %",
            row["classes"],
        )
        for row in result.sites().records()
    ]
    numbers = ("MW at peak", "slot", "full") if several else ("MW", "full")
    print_table(("site", "law", *numbers, "holds"), rows, right=numbers, whole=numbers)
    if len(result.frontier) > 1:
        print_text()
        print_text("Between least cost and least carbon", style="bold")
        points = [(f"{p.cost / 1e6:,.1f}", f"{p.carbon / 1e3:,.0f}", ", ".join(p.sites)) for p in result.frontier]
        heads = (f"million {result.plan.currency}", "kt of CO2", "open")
        print_table(heads, points, right=heads[:2], whole=heads[:2])
    for name, why in found.left_out.items():
        print_text(plain(f"{name} is not a site: {why}."), hanging="  ")
    print_line("")
    if out is None:
        print_line("Report with a map of flows: pilotzone place ... --out FOLDER")
    else:
        print_line(f"Report: {out / 'report.html'}")
        print_line(f"Beside it: {', '.join(name for name in PLAN_FILES if name != 'report.html')}")


def _explain(given: list[str], within: str, day: str | None) -> None:
    from pilotzone.cli.screen import print_table, print_text
    from pilotzone.place import compile_rules
    from pilotzone.report import plain
    from pilotzone.study import load_plan

    if len(given) != 2:  # noqa: PLR2004 - a class and a site
        raise UsageError("explain needs a class and a site.", allowed="pilotzone place explain CLASS SITE")
    plan = load_plan(within).plan
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
    from pilotzone.place import bundled_books, load_rules
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

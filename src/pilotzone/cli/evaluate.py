"""``pilotzone evaluate``: effects of a policy on many units, from a panel in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pilotzone.core import Outcome
    from pilotzone.evaluate.many import EffectRow, ManyEffects
    from pilotzone.report import EvaluationFindings

__all__ = ["evaluate", "print_evaluation"]


def evaluate(  # noqa: PLR0913, PLR0917 - each is an option of the command
    panel: Annotated[
        list[str],
        typer.Argument(
            metavar="PANEL", help="A Parquet or CSV file, a folder of them, or a DuckDB database (--table)."
        ),
    ],
    unit: Annotated[str, typer.Option("--unit", metavar="COLUMN", help="Which unit a row is of.")],
    time: Annotated[str, typer.Option("--time", metavar="COLUMN", help="Which period, whole numbers.")],
    cohort: Annotated[
        str,
        typer.Option("--cohort", metavar="COLUMN", help="First period of the unit's treatment; empty if never."),
    ],
    outcome: Annotated[
        list[str],
        typer.Option(
            "--outcome",
            metavar="COLUMN[,KEY=VALUE]",
            help="What is affected; may be given several times. For a verdict:"
            " log_co2,role=environment,good=down,scale=log,margin=5%. On a level scale: margin=0.5 t."
            " Further keys: unit, label.",
        ),
    ],
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="COLUMN", help="Units drawn or treated together.", show_default=False),
    ] = None,
    weight: Annotated[
        str | None, typer.Option("--weight", metavar="COLUMN", help="Sampling weight of a unit.", show_default=False)
    ] = None,
    covariate: Annotated[
        list[str] | None,
        typer.Option(
            "--covariate",
            metavar="COLUMN",
            help="What units were before treatment: trends are parallel among units alike in it. May be repeated.",
            show_default=False,
        ),
    ] = None,
    adjustment: Annotated[
        str, typer.Option("--adjustment", help="How covariates are used: dr (doubly robust), reg or ipw.")
    ] = "dr",
    estimator: Annotated[
        str, typer.Option("--estimator", help="callaway_santanna, sun_abraham or imputation.")
    ] = "callaway_santanna",
    controls: Annotated[str, typer.Option("--controls", help="never_treated or not_yet_treated.")] = "never_treated",
    base: Annotated[
        str, typer.Option("--base", help="Base of periods before treatment: varying or universal.")
    ] = "varying",
    anticipation: Annotated[
        int, typer.Option("--anticipation", min=0, help="Periods before treatment in which effects may begin.")
    ] = 0,
    summary: Annotated[
        str, typer.Option("--summary", help="The effect in one number: group, simple, dynamic or calendar.")
    ] = "group",
    cross_sections: Annotated[
        bool, typer.Option("--cross-sections", help="Each row is a unit of its own, drawn anew in each period.")
    ] = False,
    beside: Annotated[
        bool,
        typer.Option("--beside", help="Other estimators side by side, and a warning of two-way effects."),
    ] = False,
    honest: Annotated[
        bool, typer.Option("--honest", help="Effects if trends were not parallel, and how far they may part.")
    ] = False,
    coordinates: Annotated[
        str | None,
        typer.Option(
            "--coordinates",
            metavar="LON,LAT",
            help="Two columns that say where units are, in degrees (or, with --km, eastward and northward).",
            show_default=False,
        ),
    ] = None,
    km: Annotated[bool, typer.Option("--km", help="Coordinates are kilometres on a plane.")] = False,
    rings: Annotated[
        str | None,
        typer.Option(
            "--rings",
            metavar="KM[,KM]",
            help="Untreated units this near a treated one leave the controls, and have effects of their own.",
            show_default=False,
        ),
    ] = None,
    neighbours: Annotated[
        str | None,
        typer.Option(
            "--neighbours",
            metavar="FILE",
            help="The same by a table of units and neighbours in place of distances.",
            show_default=False,
        ),
    ] = None,
    neighbour_columns: Annotated[
        str, typer.Option("--neighbour-columns", metavar="NAMES", help="Its columns: unit,neighbour[,weight].")
    ] = "unit,neighbour",
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="Weights of treated neighbours from which on a unit is exposed. [default: 1]",
            show_default=False,
        ),
    ] = None,
    conley: Annotated[
        float | None,
        typer.Option(
            "--conley",
            metavar="KM",
            help="Conley's standard errors: units up to so far apart vary together.",
            show_default=False,
        ),
    ] = None,
    kernel: Annotated[str, typer.Option("--kernel", help="Of Conley's errors: uniform or bartlett.")] = "uniform",
    cell: Annotated[
        float | None,
        typer.Option("--cell", metavar="KM", help="Width of cells for them. [default: an eighth]", show_default=False),
    ] = None,
    level: Annotated[float, typer.Option("--level", help="Of intervals and bands.")] = 0.95,
    alpha: Annotated[float, typer.Option("--alpha", help="Level of each test of the verdict.")] = 0.05,
    development: Annotated[
        str, typer.Option("--development", help="Of several development outcomes all must rise, or any: all or any.")
    ] = "all",
    familywise: Annotated[
        str, typer.Option("--familywise", help="Test of at least one of several outcomes: sup-t or holm.")
    ] = "sup-t",
    seed: Annotated[int, typer.Option("--seed", help="Of random draws.")] = 20160,
    engine: Annotated[str, typer.Option("--engine", help="What reads the panel: duckdb or spark.")] = "duckdb",
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="NAME", help="Table of a DuckDB database.", show_default=False),
    ] = None,
    na: Annotated[
        list[str] | None,
        typer.Option(
            "--na",
            metavar="WORD",
            help="What stands for a missing number in a CSV file, besides an empty cell. May be repeated.",
            show_default=False,
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            "--delimiter",
            metavar="SIGN",
            help="What stands between cells of a CSV file. [default: a comma; a tab in .tsv]",
            show_default=False,
        ),
    ] = None,
    decimal: Annotated[
        str, typer.Option("--decimal", metavar="SIGN", help="Decimal mark in a CSV file: '.' or ','.")
    ] = ".",
    memory: Annotated[
        str | None,
        typer.Option("--memory", metavar="SIZE", help="Memory that DuckDB may use, such as 4GB.", show_default=False),
    ] = None,
    master: Annotated[
        str | None,
        typer.Option(
            "--master",
            metavar="URL",
            help="Where Spark runs, such as local[4] or spark://host:7077.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write report, effects and verdict there.", show_default=False
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, and one line an outcome.")] = False,
) -> None:
    """Estimate effects on many units, with a verdict.

    The panel is a long table with a row for each unit and period. Effects are estimated by cohort and period, with
    their joint covariance over all outcomes, and averaged. With a development and an environment outcome, each with a
    margin, one verdict follows. What too few units cannot carry gets no standard error, and it is said why.
    """
    from pilotzone.cli.progress import reading
    from pilotzone.cli.space import conley_of, place_of, spillovers_of
    from pilotzone.core import Combine, Familywise, PanelEstimator, check_choice
    from pilotzone.evaluate.many import Adjustment, AggregateKind, Base, Controls
    from pilotzone.evaluate.many import evaluate as estimate
    from pilotzone.study import run_of_options

    where = _one_panel(panel)
    options: dict[str, Any] = {
        "unit": unit,
        "time": time,
        "cohort": cohort,
        "outcomes": outcome,
        "cluster": cluster,
        "weight": weight,
        "covariates": tuple(covariate or ()),
        "adjustment": adjustment,
        "estimator": estimator,
        "controls": controls,
        "base": base,
        "anticipation": anticipation,
        "summary": summary,
        "cross_sections": cross_sections,
        "beside": beside,
        "honest": honest,
        "level": level,
        "seed": seed,
        "engine": engine,
        "table": table,
        "na": tuple(na or ()),
        "delimiter": delimiter,
        "decimal": decimal,
    }
    rules: dict[str, Any] = {"alpha": alpha, "development": development, "familywise": familywise}
    # Before the panel is read, which may take long.
    for value, choices, name in (
        (estimator, PanelEstimator, "--estimator"),
        (controls, Controls, "--controls"),
        (base, Base, "--base"),
        (summary, AggregateKind, "--summary"),
        (adjustment, Adjustment, "--adjustment"),
        (development, Combine, "--development"),
        (familywise, Familywise, "--familywise"),
    ):
        check_choice(value, choices, name)
    place = place_of(coordinates, km=km)
    space: dict[str, Any] = {
        "spillovers": spillovers_of(place, rings, neighbours, neighbour_columns, threshold),
        "conley": conley_of(place, conley, kernel, cell),
    }
    with reading(silent=quiet or json) as progress:
        effects = estimate(where, **options, **space, memory_limit=memory, master=master, progress=progress)
    name = Path(where).name.partition(".")[0] or "evaluation"
    every = {**options, **rules, "memory": memory, "master": master}
    done = run_of_options(name, where, effects, every, folder=Path.cwd())
    if out is not None:
        done.write(out)
    print_evaluation(done.findings, out, json=json, quiet=quiet)


def _one_panel(given: list[str]) -> str:
    """Return the panel; a shell has made many of a pattern where it found several files."""
    from pilotzone.core import UsageError, shown

    if len(given) == 1:
        return given[0]
    raise UsageError(
        f"{len(given):,} panels are given: {shown(given[0])}, {shown(given[1])}{', ...' if len(given) > 2 else ''}.",  # noqa: PLR2004
        allowed="one file, or a folder of Parquet or CSV files",
        todo="name the folder that the files lie in: all files below it are one panel",
    )


def print_evaluation(findings: EvaluationFindings, out: Path | None, *, json: bool, quiet: bool) -> None:
    """Print what was found: all of it as JSON, one line an outcome, or what a reader needs."""
    from pilotzone.cli.screen import print_json
    from pilotzone.study import evaluation_record

    if json:
        print_json(evaluation_record(findings))
    elif quiet:
        _print_briefly(findings)
    else:
        _print(findings, out)


def _print_briefly(findings: EvaluationFindings) -> None:
    from pilotzone.cli.screen import print_line
    from pilotzone.report import plain

    for row in findings.effects.overall:
        print_line(plain(f"{row.outcome.name}: {_effect(row)} {_interval(row)}"))
    if findings.verdict is not None:
        print_line(f"{findings.name}: {findings.verdict.label}")


def _print(findings: EvaluationFindings, out: Path | None) -> None:
    from pilotzone.cli.screen import print_line, print_text
    from pilotzone.report import LABEL_WORDS, design_words, plain
    from pilotzone.study import EVALUATION_FILES

    effects, verdict = findings.effects, findings.verdict
    level = f"{effects.design.level:.0%}"
    if verdict is None:
        print_text(findings.title, style="bold")
    else:
        print_text(f"{findings.title}: {LABEL_WORDS[verdict.label].upper()}", style="bold")
        print_text(plain(verdict.sentence))
    print_text()
    for outcome in effects.outcomes:
        _print_outcome(effects, outcome, level)
    for found in findings.others:
        for line in replace(found, note="").to_text().splitlines():
            print_line(plain(line))
        if found.note:
            print_text(plain(found.note))
        print_text()
    for term, text in design_words(effects):
        print_text(plain(f"{term}: {text}."), hanging="  ")
    for text in effects.notes:
        print_text(plain(text), hanging="  ")
    if verdict is None:
        print_text("No verdict: it needs a development and an environment outcome, each with a margin.", hanging="  ")
    if out is not None:
        print_line("")
        print_line(f"Report: {out / 'report.html'}")
        print_line(f"Beside it: {', '.join(name for name in EVALUATION_FILES if name != 'report.html')}")


def _print_outcome(effects: ManyEffects, outcome: Outcome, level: str) -> None:
    """Print the effects on one outcome, by time since treatment, and what decides whether they are identified."""
    from pilotzone.cli.screen import print_table, print_text
    from pilotzone.report import bare_title, plain

    overall = next(row for row in effects.overall if row.outcome.name == outcome.name)
    rows = [row for row in effects.of("dynamic") if row.outcome.name == outcome.name]
    print_text(plain(f"{bare_title(outcome)}: {_effect(overall)} {_interval(overall)}"), style="bold")
    if unit := _unit(outcome):
        print_text(plain(f"Figures of the table in {unit}."))
    heads, cells = _effect_table(rows, level)
    figures = [head for head in heads if head != _REMARK]
    print_table(heads, cells, right=figures, whole=figures, remark=_REMARK)
    state = next(item for item in effects.joint.identification if item.outcome == outcome.name)
    for check in state.checks:
        print_text(plain(f"{check.label}: {check.state}. {check.statement}"), hanging="  ")
    print_text()


_REMARK = ""
"""Head of the column of remarks."""


def _effect_table(rows: list[EffectRow], level: str) -> tuple[list[str], list[list[str]]]:
    """Return heads and cells; where nothing has a standard error, without empty columns for intervals and bands."""
    from pilotzone.report import plain

    columns = {
        "since treatment": [str(row.at) for row in rows],
        "effect": [_figure(row, row.estimate) for row in rows],
        f"{level} interval": [_pair(row, row.interval) for row in rows],
        f"{level} band": [_pair(row, row.band) for row in rows],
        "units": [f"{row.treated_units:,}" for row in rows],
        _REMARK: [_remark(row) for row in rows],
    }
    kept = {head: cells for head, cells in columns.items() if any(cells)}
    return list(kept), [[plain(cell) for cell in row] for row in zip(*kept.values(), strict=True)]


def _effect(row: EffectRow) -> str:
    from pilotzone.report import effect_text

    return effect_text(row.outcome, row.estimate)


def _interval(row: EffectRow) -> str:
    """Return the interval; its unit stands at the effect before it."""
    return _pair(row, row.interval)


def _pair(row: EffectRow, pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f"[{_figure(row, pair[0])}, {_figure(row, pair[1])}]"


def _unit(outcome: Outcome) -> str:
    """Return the unit that the figures of a table are without: that of levels; percent stays at its figures."""
    from pilotzone.report import plain_unit

    return "" if outcome.scale == "log" else plain_unit(outcome.unit)


def _figure(row: EffectRow, value: float) -> str:
    from pilotzone.report import effect_text, number_text

    if not _unit(row.outcome):
        return effect_text(row.outcome, value)
    return number_text(row.outcome.display(value), signed=True)


def _remark(row: EffectRow) -> str:
    return "reference" if row.reference else row.remark

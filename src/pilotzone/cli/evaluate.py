"""``pilotzone evaluate``: effects of a policy on many units, from a panel in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pilotzone.cli.doses import margins_of
from pilotzone.cli.space import coordinates_of, neighbour_columns_of, rings_of
from pilotzone.core import UsageError, shown

__all__ = ["evaluate"]


def evaluate(  # noqa: PLR0913, PLR0917 - each is an option of the command
    panel: Annotated[
        list[str],
        typer.Argument(
            metavar="PANEL",
            help="A file (Parquet, CSV, Excel, Stata, SPSS, Feather, JSON lines), a folder of Parquet or CSV files, a"
            " DuckDB database (--table), or postgresql://USER@HOST/DATABASE (--table or --query).",
        ),
    ],
    unit: Annotated[str, typer.Option("--unit", metavar="COLUMN", help="The unit of a row.")],
    cohort: Annotated[
        str,
        typer.Option(
            "--cohort",
            metavar="COLUMN",
            help="First period of the unit's treatment, empty or 0 if never; or 0 before it and 1 from it on.",
        ),
    ],
    outcome: Annotated[
        list[str],
        typer.Option(
            "--outcome",
            metavar="COLUMN[,KEY=VALUE]",
            help="An outcome; may be given several times. For a verdict:"
            " log_co2,role=environment,good=down,scale=log,margin=5%. On a level scale: margin=0.5 t."
            " Further keys: unit, label.",
        ),
    ],
    time: Annotated[
        str | None,
        typer.Option(
            "--time",
            metavar="COLUMN",
            help="The period of a row: 2016, 2016Q1, 2016-03, 2016-W05 or a date. Required unless --wide is given.",
            show_default=False,
        ),
    ] = None,
    wide: Annotated[
        bool,
        typer.Option(
            "--wide", help="The table has a row for each unit, and columns named by outcome and period: gdp_2004."
        ),
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="COLUMN",
            help="Group of units that were drawn or treated together.",
            show_default=False,
        ),
    ] = None,
    weight: Annotated[
        str | None, typer.Option("--weight", metavar="COLUMN", help="Sampling weight of a unit.", show_default=False)
    ] = None,
    covariate: Annotated[
        list[str] | None,
        typer.Option(
            "--covariate",
            metavar="COLUMN",
            help="A value of a unit before treatment: trends are parallel among units alike in it. May be repeated.",
            show_default=False,
        ),
    ] = None,
    adjustment: Annotated[
        str | None,
        typer.Option(
            "--adjustment", help="How covariates are used: dr (doubly robust), reg or ipw.", show_default="dr"
        ),
    ] = None,
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator",
            help="Estimator: callaway_santanna, sun_abraham or imputation.",
            show_default="callaway_santanna",
        ),
    ] = None,
    controls: Annotated[
        str | None,
        typer.Option(
            "--controls", help="Control units: never_treated or not_yet_treated.", show_default="never_treated"
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", help="Reference period of effects before treatment: varying or universal.", show_default="varying"
        ),
    ] = None,
    anticipation: Annotated[
        int | None,
        typer.Option(
            "--anticipation", min=0, help="Periods before treatment in which effects may begin.", show_default="0"
        ),
    ] = None,
    summary: Annotated[
        str | None,
        typer.Option(
            "--summary", help="The effect in one number: group, simple, dynamic or calendar.", show_default="group"
        ),
    ] = None,
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
            help="As --rings, with a table of units and neighbours instead of distances.",
            show_default=False,
        ),
    ] = None,
    neighbour_columns: Annotated[
        str | None,
        typer.Option(
            "--neighbour-columns",
            metavar="NAMES",
            help="Columns of the table of neighbours: unit,neighbour[,weight].",
            show_default="unit,neighbour",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="Least total weight of treated neighbours that makes a unit exposed. [default: 1]",
            show_default=False,
        ),
    ] = None,
    conley: Annotated[
        float | None,
        typer.Option(
            "--conley",
            metavar="KM",
            help="Conley's standard errors: distance up to which units vary together.",
            show_default=False,
        ),
    ] = None,
    kernel: Annotated[
        str | None,
        typer.Option("--kernel", help="Kernel of Conley's errors: uniform or bartlett.", show_default="uniform"),
    ] = None,
    cell: Annotated[
        float | None,
        typer.Option(
            "--cell",
            metavar="KM",
            help="Width of cells for Conley's errors. [default: an eighth of the distance]",
            show_default=False,
        ),
    ] = None,
    dose: Annotated[
        str | None,
        typer.Option(
            "--dose",
            metavar="COLUMN",
            help="How large the unit's treatment was, the same in all its rows; zero if never treated.",
            show_default=False,
        ),
    ] = None,
    dose_unit: Annotated[
        str | None,
        typer.Option(
            "--dose-unit",
            metavar="WORDS",
            help="What effects are told per, such as 'USD 1 bn' or '100 MW'.",
            show_default="unit of dose",
        ),
    ] = None,
    dose_scale: Annotated[
        float | None,
        typer.Option("--dose-scale", metavar="N", help="How much that is in the column.", show_default="1.0"),
    ] = None,
    dose_assumption: Annotated[
        str | None,
        typer.Option(
            "--dose-assumption",
            help="parallel, or strong: doses may be compared, which no test can show.",
            show_default="parallel",
        ),
    ] = None,
    dose_basis: Annotated[
        str | None, typer.Option("--dose-basis", help="Effects over doses: spline or bins.", show_default="spline")
    ] = None,
    dose_degree: Annotated[
        int | None, typer.Option("--dose-degree", help="Degree of the spline, 1 to 5.", show_default="3")
    ] = None,
    dose_knots: Annotated[
        int | None, typer.Option("--dose-knots", help="Inner knots of the spline.", show_default="0")
    ] = None,
    dose_bins: Annotated[
        int | None,
        typer.Option("--dose-bins", help="Number of bins. [default: one for each dose]", show_default=False),
    ] = None,
    dose_comparison: Annotated[
        str | None,
        typer.Option(
            "--dose-comparison",
            help="Compared with: none (never treated), rising (not treated yet as well) or low (lowest doses).",
            show_default="none",
        ),
    ] = None,
    dose_lowest: Annotated[
        float | None,
        typer.Option("--dose-lowest", metavar="DOSE", help="Largest dose that counts as low.", show_default=False),
    ] = None,
    dose_margin: Annotated[
        list[str] | None,
        typer.Option(
            "--dose-margin",
            metavar="OUTCOME=MARGIN",
            help="Margin of an outcome per unit of dose, for a verdict per unit of dose. May be repeated.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[
        float | None, typer.Option("--level", help="Confidence level of intervals and bands.", show_default="0.95")
    ] = None,
    alpha: Annotated[
        float | None, typer.Option("--alpha", help="Level of each test of the verdict.", show_default="0.05")
    ] = None,
    allowance: Annotated[
        float | None,
        typer.Option(
            "--allowance",
            metavar="M",
            help="Allowance for trends that are not parallel: M times the largest move before treatment, per period.",
            show_default="0.25",
        ),
    ] = None,
    development: Annotated[
        str | None,
        typer.Option(
            "--development",
            help="Which development outcomes must rise, where there are several: all or any.",
            show_default="all",
        ),
    ] = None,
    familywise: Annotated[
        str | None,
        typer.Option(
            "--familywise",
            help="Test that at least one of several outcomes changed: sup-t or holm.",
            show_default="sup-t",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of random draws.", show_default="20160")] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="What reads the panel: duckdb or spark.", show_default="duckdb")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="NAME", help="Table of the database.", show_default=False),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option("--query", metavar="SELECT", help="Query of PostgreSQL, in place of a table.", show_default=False),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook.", show_default=False),
    ] = None,
    header: Annotated[
        int | None,
        typer.Option(
            "--header", metavar="ROW", help="Row of the sheet with the names of the columns.", show_default=False
        ),
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option("--range", metavar="A5:P25", help="Cells of the sheet that hold the table.", show_default=False),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", help="Encoding of old Stata and SPSS files, such as gb18030.", show_default="utf-8"),
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
        str | None,
        typer.Option(
            "--decimal",
            metavar="SIGN",
            help="Decimal mark in a CSV file or in text of a sheet: '.' or ','.",
            show_default=".",
        ),
    ] = None,
    thousands: Annotated[
        str | None,
        typer.Option(
            "--thousands", metavar="SIGN", help="Mark between thousands in text of a sheet.", show_default=False
        ),
    ] = None,
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
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, and one line: the panel and its finding.")
    ] = False,
) -> None:
    """Estimate effects on many units, with a verdict.

    The panel is a table with a row for each unit and period, or with --wide a row for each unit. Effects are estimated
    by cohort and period, with their joint covariance over all outcomes, and averaged. With outcomes that have a role
    and a margin one verdict follows. What too few units cannot carry gets no standard error, and it is said why.
    """
    from pilotzone.cli.showing import run_and_show
    from pilotzone.study.panel import KIND, study_of_options

    where = _one_panel(panel)
    columns = neighbour_columns_of(neighbour_columns)
    for option, value, needed, what in (
        ("--threshold", threshold, neighbours, "--neighbours"),
        ("--neighbour-columns", neighbour_columns, neighbours, "--neighbours"),
        ("--kernel", kernel, conley, "--conley"),
        ("--cell", cell, conley, "--conley"),
        ("--dose-unit", dose_unit, dose, "--dose"),
        ("--dose-scale", dose_scale, dose, "--dose"),
        ("--dose-assumption", dose_assumption, dose, "--dose"),
        ("--dose-basis", dose_basis, dose, "--dose"),
        ("--dose-degree", dose_degree, dose, "--dose"),
        ("--dose-knots", dose_knots, dose, "--dose"),
        ("--dose-bins", dose_bins, dose, "--dose"),
        ("--dose-comparison", dose_comparison, dose, "--dose"),
        ("--dose-lowest", dose_lowest, dose, "--dose"),
        ("--dose-margin", dose_margin, dose, "--dose"),
    ):
        if value is not None and needed is None:
            raise UsageError(f"{option} goes with {what}, and only with it.")
    options: dict[str, tuple[str, Any]] = {
        "--unit": ("panel.unit", unit),
        "--time": ("panel.time", time),
        "--wide": ("panel.layout", "wide" if wide else None),
        "--cohort": ("panel.cohort", cohort),
        "--cluster": ("panel.cluster", cluster),
        "--weight": ("panel.weight", weight),
        "--covariate": ("panel.covariates", tuple(covariate) if covariate else None),
        "--cross-sections": ("panel.cross_sections", cross_sections or None),
        "--table": ("panel.table", table),
        "--query": ("panel.query", query),
        "--sheet": ("panel.sheet", sheet),
        "--header": ("panel.header", header),
        "--range": ("panel.range", cells),
        "--encoding": ("panel.encoding", encoding),
        "--thousands": ("panel.thousands", thousands),
        "--na": ("panel.na", tuple(na) if na else None),
        "--delimiter": ("panel.delimiter", delimiter),
        "--decimal": ("panel.decimal", decimal),
        "--adjustment": ("method.adjustment", adjustment),
        "--estimator": ("method.estimator", estimator),
        "--controls": ("method.controls", controls),
        "--base": ("method.base", base),
        "--anticipation": ("method.anticipation", anticipation),
        "--summary": ("method.summary", summary),
        "--beside": ("method.beside", beside or None),
        "--honest": ("method.honest", honest or None),
        "--level": ("method.level", level),
        "--seed": ("method.seed", seed),
        "--coordinates": ("space.coordinates", coordinates_of(coordinates, km=km)),
        "--km": ("space.measure", "km" if km else None),
        "--rings": ("space.rings", rings_of(rings)),
        "--neighbours": ("space.neighbours.file", neighbours),
        "--threshold": ("space.neighbours.threshold", threshold),
        "--neighbour-columns": ("space.neighbours.unit", columns["unit"]),
        "--neighbour-columns, the second": ("space.neighbours.neighbour", columns["neighbour"]),
        "--neighbour-columns, the third": ("space.neighbours.weight", columns["weight"]),
        "--conley": ("space.conley.cutoff", conley),
        "--kernel": ("space.conley.kernel", kernel),
        "--cell": ("space.conley.cell", cell),
        "--dose": ("dose.column", dose),
        "--dose-unit": ("dose.unit", dose_unit),
        "--dose-scale": ("dose.scale", dose_scale),
        "--dose-assumption": ("dose.assumption", dose_assumption),
        "--dose-basis": ("dose.basis", dose_basis),
        "--dose-degree": ("dose.degree", dose_degree),
        "--dose-knots": ("dose.knots", dose_knots),
        "--dose-bins": ("dose.bins", dose_bins),
        "--dose-comparison": ("dose.comparison", dose_comparison),
        "--dose-lowest": ("dose.lowest", dose_lowest),
        "--dose-margin": ("dose.margins", None if dose_margin is None else margins_of(dose_margin)),
        "--alpha": ("claim.alpha", alpha),
        "--allowance": ("claim.allowance", allowance),
        "--development": ("claim.development", development),
        "--familywise": ("claim.familywise", familywise),
        "--engine": ("engine.name", engine),
        "--memory": ("engine.memory", memory),
        "--master": ("engine.master", master),
    }
    study = study_of_options(KIND, where, outcome, options, folder=Path.cwd())
    run_and_show(study, out, json=json, quiet=quiet)


def _one_panel(given: list[str]) -> str:
    """Return the panel; a shell has made many of a pattern where it found several files."""
    if len(given) == 1:
        return given[0]
    raise UsageError(
        f"{len(given):,} panels are given: {shown(given[0])}, {shown(given[1])}{', ...' if len(given) > 2 else ''}.",  # noqa: PLR2004
        allowed="one file, or a folder of Parquet or CSV files",
        todo="name the folder that the files lie in: all files below it are one panel",
    )

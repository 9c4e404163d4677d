"""``pilotzone site``: rank places over all that is not known about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pilotzone.cli.completion import complete_siting

if TYPE_CHECKING:
    from pilotzone.report import SitingFindings
    from pilotzone.site import PlaceProfile, Siting

__all__ = ["site"]


def site(
    siting: Annotated[
        str,
        typer.Argument(
            metavar="SITING",
            help="guizhou (six provinces), provinces (all of China's), or the path of a siting file.",
            autocompletion=complete_siting,
        ),
    ] = "guizhou",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the report and its tables here.", show_default="print only"
        ),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            "--place",
            metavar="NAME",
            help="Print every figure of one place, or of all its spots, with its source, instead.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the ranking as JSON, and nothing else.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="One line: the place that ranks first most often.")
    ] = False,
) -> None:
    """Rank places for a zone over all that is not known.

    By climate, hazard, power, water and need, or by criteria and figures of your own.

    Weights are drawn from all that are admitted and figures from their ranges. What is assumed is marked ASSUMED, a
    place with a gap is ranked over what the gap could be. --out writes report.html, with a page for each place,
    siting.json, ranking.csv, ranks.csv, figures.csv, assumptions.csv and audit.json.
    """
    from pilotzone.cli.progress import working
    from pilotzone.cli.screen import print_json, print_line
    from pilotzone.study import load_siting, siting_findings, siting_record, write_siting

    read = load_siting(siting)
    with working("ranking places", silent=quiet or json):
        found = siting_findings(read)
        if out is not None:
            write_siting(found, out)
    if json:
        print_json(siting_record(found.name, found.siting))
    elif quiet:
        print_line(f"{found.name}: {found.siting.winner}")
    elif place is not None:
        _print_place(found, place)
    else:
        _print(found, out)


def _print(found: SitingFindings, out: Path | None) -> None:
    from pilotzone.cli.screen import print_line, print_table, print_text
    from pilotzone.report import plain, siting_limits, siting_words
    from pilotzone.study import SITING_FILES

    siting = found.siting
    print_text(plain(siting.spec.title), style="bold")
    print_text(plain(siting_words(siting)))
    print_text()
    table = siting.to_table()
    shares = [name for name in table.columns if name.startswith("first")]
    heads = ("place", "first", "mean rank", *(_short(name) for name in shares[1:]), "front")
    rows = [
        (
            row["place"],
            _percent(row["first"]),
            "" if row["mean rank"] is None else f"{row['mean rank']:.1f}",
            *(_percent(row[name]) for name in shares[1:]),
            row["on the front"] or row["left out"],
        )
        for row in table.records()
    ]
    print_table(heads, rows, right=heads[1:-1], whole=("place", "first"))
    print_text()
    _print_criteria(siting)
    decisive = siting.sensitivity.to_table().records()
    if decisive and decisive[0]["alone"] is not None:
        told = ", ".join(
            f"{row['unknown']} {_percent(row['alone'])} ({_percent(row['with interactions'])})" for row in decisive[:4]
        )
        head = f"What decides whether {siting.sensitivity.place} ranks first, share of the variance alone"
        print_text(plain(f"{head} (with interactions, which may add up to more than 100 %): {told}."))
    for gap in siting.gaps:
        print_text(plain(f"Gap: {gap.criterion} of {gap.place}, {gap.note}; {gap.source}."), hanging="  ")
    print_text()
    print_text("What the data cannot say", style="bold")
    for limit in siting_limits(siting):
        print_text(plain(f"- {limit.text}"), hanging="  ")
    print_line("")
    if out is None:
        print_line("Report with a page for each place: pilotzone site ... --out FOLDER")
    else:
        print_line(f"Report: {out / 'report.html'}")
        print_line(f"Beside it: {', '.join(name for name in SITING_FILES if name != 'report.html')}")


def _print_criteria(siting: Siting) -> None:
    from pilotzone.cli.screen import print_table, print_text

    heads = ("criterion", "better", "unit", "score 0 at", "score 1 at")
    rows = []
    for item in siting.spec.criteria:
        ends = ("", "") if item.scale is None else tuple(_number(end) for end in item.scale)
        worst, best = ends if item.good == "up" else ends[::-1]
        better = "higher" if item.good == "up" else "lower"
        rows.append((item.name, better, "" if item.unit == "1" else item.unit, worst, best))
    print_table(heads, rows, right=heads[3:], whole=("better", "score 0 at", "score 1 at"))
    print_text()


def _print_place(found: SitingFindings, name: str) -> None:
    from pilotzone.cli.screen import print_text
    from pilotzone.core import UsageError, did_you_mean, listing
    from pilotzone.report import plain, spot_words

    profiles = found.siting.profiles
    asked = [p for p in profiles if name in (p.place.name, p.place.belongs)]
    asked = asked or [p for p in profiles if p.place.region and p.place.region == name]
    if not asked:
        places = list(dict.fromkeys(word for p in profiles for word in (p.place.belongs, p.place.name)))
        raise UsageError(f"there is no place {name!r}.{did_you_mean(name, places)}", allowed=listing(places, most=40))
    for words in [spot_words(found.siting, place) for place in dict.fromkeys(p.place.belongs for p in asked)]:
        if words:
            print_text(plain(words))
            print_text()
    for k, profile in enumerate(asked):
        if k:
            print_text()
        _print_profile(profile)


def _print_profile(profile: PlaceProfile) -> None:
    from pilotzone.cli.screen import print_line, print_table, print_text
    from pilotzone.report import plain

    print_text(plain(profile.place.name), style="bold")
    heads = ("criterion", "from", "to", "unit", "kind", "source and note")
    rows = [
        (
            figure.criterion,
            "" if figure.kind == "missing" else _number(figure.low),
            "" if figure.kind == "missing" else _number(figure.high),
            "" if figure.unit == "1" else figure.unit,
            figure.kind,
            "; ".join(part for part in (figure.source, figure.note) if part),
        )
        for figure in (*profile.figures, *profile.context)
    ]
    print_table(heads, rows, right=("from", "to"), whole=("from", "to", "kind"))
    for cooling in profile.cooling:
        print_line("")
        for line in cooling.to_table().to_text().splitlines():
            print_line(plain(line))


def _short(name: str) -> str:
    """Return a head that fits: of a method its name, of an alternative that it is one."""
    words = name.removeprefix("first by ").removeprefix("first with ")
    return {
        "weighted_sum": "sum",
        "topsis": "TOPSIS",
        "promethee_2": "PROMETHEE",
        "water_without_reservoirs_l_per_kwh": "no reservoirs",
    }.get(words, words)


def _number(value: float) -> str:
    small = 0 < abs(value) < 1e-4  # noqa: PLR2004 - what nobody reads digit by digit
    return "< 0.0001" if small and value > 0 else f"{value:.4g}"


def _percent(share: object) -> str:
    return f"{100 * share:.0f} %" if isinstance(share, float) else ""

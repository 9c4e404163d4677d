"""A ranking of places as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import UsageError, did_you_mean, listing
from pilotzone.report import Aligned, Block, Grid, Line, LineWriter, Words, answer_lines, limits_line, plain
from pilotzone.study.siting.answer import siting_answer
from pilotzone.study.siting.criteria import criteria_rows, number_in_line
from pilotzone.study.siting.findings import ManyFindings
from pilotzone.study.siting.many import many_place_lines
from pilotzone.study.siting.wording import apart_words, short_label, siting_limits, spot_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.site import PlaceProfile, Siting
    from pilotzone.study.siting.findings import SitingFindings

__all__ = ["place_lines", "siting_lines"]

_MOST = 10
"""Places that a terminal shows: of more, two fewer and how many are left."""


def siting_lines(found: SitingFindings, width: int = 80) -> Sequence[Line]:
    """Return the answer, the ranking, what places are compared on, and what the data cannot answer.

    Parameters
    ----------
    found
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    siting = found.siting
    writer = LineWriter(width)
    answer_lines(writer, siting.spec.title, siting_answer(siting))
    ranking, more = _ranking(siting)
    writer.pair("detail", ranking, criteria_rows(siting.spec.criteria))
    if more:
        writer.add("detail", f"{more} more places in ranking.csv and the report (--out FOLDER).")
    for name, why in siting.left_out.items():
        writer.add("detail", f"{name} is left out: {why}.")
    if siting.sensitivity.apart is not None:
        writer.add("detail", apart_words(siting))
    if text := limits_line(siting_limits(siting)):
        writer.add("limit", text)
    return writer.lines


def _ranking(siting: Siting) -> tuple[Aligned, int]:
    """Return the places, the most acceptable first, and how many are not shown."""
    table = siting.to_table()
    shares = [name for name in table.columns if name.startswith("first")]
    heads = (
        "place",
        "first",
        "rank",
        *(short_label(name.partition(" ")[2].partition(" ")[2]).replace(" ", "\n") for name in shares[1:]),
        "front",
    )
    rows = [
        (
            str(row["place"]),
            _percent(row["first"]),
            f"{row['mean rank']:.1f}",
            *(_percent(row[name]) for name in shares[1:]),
            str(row["on the front"]),
        )
        for row in table.records()
        if row["mean rank"] is not None
    ]
    shown = rows if len(rows) <= _MOST else rows[: _MOST - 2]
    return Aligned(heads, shown), len(rows) - len(shown)


def place_lines(found: SitingFindings | ManyFindings, name: str) -> Sequence[Block]:
    """Return every figure of one place, or of all its spots, with its source.

    Raises
    ------
    UsageError
        If there is no such place.
    """
    if isinstance(found, ManyFindings):
        return many_place_lines(found.siting, name)
    profiles = found.siting.profiles
    asked = [p for p in profiles if name in (p.place.name, p.place.belongs)]
    asked = asked or [p for p in profiles if p.place.region and p.place.region == name]
    if not asked:
        places = list(dict.fromkeys(word for p in profiles for word in (p.place.belongs, p.place.name)))
        raise UsageError(f"there is no place {name!r}.{did_you_mean(name, places)}", allowed=listing(places, most=40))
    blocks: list[Block] = []
    for words in [spot_words(found.siting, place) for place in dict.fromkeys(p.place.belongs for p in asked)]:
        if words:
            blocks += [Words(plain(words)), Words()]
    for k, profile in enumerate(asked):
        blocks += [*([Words()] if k else []), *_profile(profile)]
    return blocks


def _profile(profile: PlaceProfile) -> Iterator[Block]:
    yield Words(plain(profile.place.name), bold=True)
    heads = ("criterion", "from", "to", "unit", "kind", "source and note")
    rows = [
        (
            figure.criterion,
            "" if figure.kind == "missing" else number_in_line(figure.low),
            "" if figure.kind == "missing" else number_in_line(figure.high),
            "" if figure.unit == "1" else figure.unit,
            figure.kind,
            "; ".join(part for part in (figure.source, figure.note) if part),
        )
        for figure in (*profile.figures, *profile.context)
    ]
    yield Grid(heads, rows, right=("from", "to"), whole=("from", "to", "kind"))
    for cooling in profile.cooling:
        yield Words()
        yield from (Line("detail", plain(line)) for line in cooling.to_table().to_text().splitlines())


def _percent(share: object) -> str:
    return f"{100 * share:.0f} %" if isinstance(share, float) else ""

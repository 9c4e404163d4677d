"""A ranking of places as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import UsageError, did_you_mean, listing
from pilotzone.report import Block, Grid, Line, Words, plain
from pilotzone.study.siting.criteria import criteria_grid, number_in_line
from pilotzone.study.siting.findings import ManyFindings
from pilotzone.study.siting.many import many_place_lines
from pilotzone.study.siting.wording import short_label, siting_limits, siting_words, spot_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.site import PlaceProfile, Siting
    from pilotzone.study.siting.findings import SitingFindings

__all__ = ["place_lines", "siting_lines"]


def siting_lines(found: SitingFindings) -> Sequence[Block]:
    """Return the ranking, what places are compared on, what decides, gaps, and what the data cannot say."""
    siting = found.siting
    blocks: list[Block] = [Words(plain(siting.spec.title), bold=True), Words(plain(siting_words(siting))), Words()]
    blocks += [_ranking(siting), Words(), criteria_grid(siting.spec.criteria), Words()]
    decisive = siting.sensitivity.to_table().records()
    if decisive and decisive[0]["alone"] is not None:
        told = ", ".join(
            f"{row['unknown']} {_percent(row['alone'])} ({_percent(row['with interactions'])})" for row in decisive[:4]
        )
        head = f"What decides whether {siting.sensitivity.place} ranks first, share of the variance alone"
        blocks.append(Words(plain(f"{head} (with interactions, which may add up to more than 100 %): {told}.")))
    for gap in siting.gaps:
        blocks.append(Words(plain(f"Gap: {gap.criterion} of {gap.place}, {gap.note}; {gap.source}."), hanging=True))
    blocks += [Words(), Words("What the data cannot say", bold=True)]
    return [*blocks, *(Words(plain(f"- {limit.text}"), hanging=True) for limit in siting_limits(siting))]


def _ranking(siting: Siting) -> Grid:
    table = siting.to_table()
    shares = [name for name in table.columns if name.startswith("first")]
    heads = (
        "place",
        "first",
        "mean rank",
        *(short_label(name.partition(" ")[2].partition(" ")[2]) for name in shares[1:]),
        "front",
    )
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
    return Grid(heads, rows, right=heads[1:-1], whole=("place", "first"))


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

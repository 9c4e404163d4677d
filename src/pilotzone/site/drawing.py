"""The chart of a ranking: how often each place has each rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.report import Cell, Chart, Column, Figure, Sheet, drawn, layered, number, row_axis, tips, whole_percent

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.site.acceptability import Acceptability

__all__ = ["RANKING_SOURCE", "plot_ranks", "rank_figure"]

_RANKS = (("first", 1, 1), ("second", 2, 2), ("third", 3, 3), ("fourth or fifth", 4, 5), ("sixth or lower", 6, 10**6))
_FILLS = ("#0b3d66", "#3f78ad", "#86b0d6", "#c9def0", "#f0f4f8")
_INKS = ("#ffffff", "#ffffff", "#0b1a28", "#0b1a28", "#0b1a28")
_LABELLED = 0.06
_ROW = 26
RANKING_SOURCE = "Draws of pilotzone; figures and their sources stand in the tables."


def plot_ranks(found: Acceptability) -> alt.LayerChart | alt.FacetChart:
    """Return the chart of how often each place has each rank, by itself."""
    figure = rank_figure(found, "ranks", f"{found.draws:,} draws of weights.")
    return drawn(figure.chart, figure.title, (figure.note,))


def rank_figure(found: Acceptability, name: str, note: str) -> Figure:
    """Return how often each place has each rank.

    Parameters
    ----------
    found
        The shares.
    name
        Identifier of the figure in its page.
    note
        How the draws were made, and how exact they are.
    """
    import altair as alt

    order = np.argsort(-found.first, kind="stable").tolist()
    names = [found.places[k] for k in order]
    words = [item for item in _RANKS if item[1] <= len(names)]
    rows, labels = [], []
    for k in order:
        start = 0.0
        for i, (word, low, high) in enumerate(words):
            share = float(found.ranks[k, low - 1 : high].sum())
            rows.append(
                {"row": found.places[k], "kind": word, "from": start, "across": start + share, "share": f"{share:.1%}"}
            )
            if share >= _LABELLED:
                labels.append(
                    {
                        "row": found.places[k],
                        "across": start + share / 2,
                        "text": f"{100 * share:.0f}",
                        "ink": _INKS[i],
                    }
                )
            start += share
    kinds = [word for word, _, _ in words]
    y = row_axis(names)
    axis = alt.Axis(title="share of draws in which a place has a rank", format=".0%", tickCount=5)
    x = alt.X("from:Q", axis=axis, scale=alt.Scale(domain=[0, 1], nice=False))
    bars = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(stroke="#4d545c", strokeWidth=0.5)
        .encode(
            x=x,
            x2=alt.X2("across:Q"),
            y=y,
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=list(_FILLS[: len(kinds)])),
                legend=alt.Legend(title=None, orient="bottom", columns=3, symbolType="square"),
            ),
            tooltip=tips(row="place", kind="rank", share="share of draws"),
        )
    )
    texts = (
        alt.Chart(alt.NamedData("labels"))
        .mark_text(fontSize=11)
        .encode(x=alt.X("across:Q"), y=y, text="text:N", color=alt.Color("ink:N", scale=None))
    )
    best, share = names[0], float(found.first[order[0]])
    columns = (Column("Place"), *(Column(word, "%", numeric=True) for word in kinds))
    body = tuple(
        (
            Cell(found.places[k]),
            *(
                number(f"{100 * (share_of := float(found.ranks[k, low - 1 : high].sum())):.1f}\u00a0%", 100 * share_of)
                for _, low, high in words
            ),
        )
        for k in order
    )
    return Figure(
        id=name,
        title=f"{best} ranks first in {whole_percent(share)} of simulated cases",
        summary=f"Bars of the share of draws in which each of {len(names)} places has each rank; "
        + ", ".join(f"{found.places[k]} first in {found.first[k]:.0%}" for k in order),
        source=RANKING_SOURCE,
        citation=RANKING_SOURCE,
        chart=Chart(layered(bars, texts), {"bars": rows, "labels": labels}, max(120, _ROW * len(names))),
        sheet=Sheet(f"{name}-data", "Share of draws in which each place has each rank", columns, body),
        note=note,
    )

"""Whether a longer window makes an effect easier to see: how placebo gaps scatter, by the length of the window.

``python -m tests.simulation.windows`` prints the table of docs/explanation/strength.md: on each panel of `fake_zones`
the standard deviation over units of the mean gap of the first periods, in multiples of that of the first one alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.fake_zones import panels
from tests.simulation.placebos import placebos

if TYPE_CHECKING:
    from tests.simulation.fake_zones import FakePanel

__all__ = ["LENGTHS", "spreads"]

LENGTHS = (2, 3, 5)


def spreads(panel: FakePanel) -> list[float]:
    """Return the spread of placebo effects over windows of `LENGTHS` periods, in multiples of that over one period."""
    found = placebos(panel.paths, panel.before)
    after = found.gaps[:, found.before :]
    one, *others = (float(after[:, :length].mean(axis=1).std(ddof=1)) for length in (1, *LENGTHS))
    return [other / one for other in others]


def main() -> None:
    """Print the table."""
    lines = [f"| {panel.name} | " + " | ".join(f"{value:.2f}" for value in spreads(panel)) + " |" for panel in panels()]
    print("\n".join(lines))  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main()

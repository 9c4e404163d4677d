"""How often a whole verdict is green where it should not be: at margins, under selection and under interference.

``python -m tests.simulation.whole_verdict N Z`` writes docs/explanation/figures/whole.csv: up to Z fake zones of each
real panel (a fifth of them where a drift is fitted anew, and two fifths as many draws of units among which the past
picks the zone), and N simulated panels a process. docs/explanation/whole-verdict.md describes it. Five ways of
calling a zone green:

* the usual workflow: a gain by a two-sided p of at most 5 percent, by RMSPE after over before or by the gap, and no
  significant harm read as no harm;
* the label, and the label with an allowance of 0.5 and of 1 times the zone's own largest placebo effect before.
"""

from __future__ import annotations

import csv
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import evenly_spaced
from tests.simulation.fake_processes import PROCESSES, drawn
from tests.simulation.fake_zones import MARGIN, SCENARIOS, FakePanel
from tests.simulation.pairs import Pair, fitted, joint_of, verdicts
from tests.simulation.placebos import most_ranks, placebos
from tests.simulation.whole_panels import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tests.simulation.placebos import Placebos
    from tests.simulation.whole_panels import PanelPair

    Floats = NDArray[np.float64]

__all__ = ["CASES", "PROCEDURES", "Case", "counted", "process_counts", "usual"]

FILE = Path(__file__).parents[2] / "docs" / "explanation" / "figures" / "whole.csv"
SEED = 20169
ALLOWANCES = (0.0, 0.5, 1.0)
PROCEDURES = ("usual, RMSPE ratio", "usual, gap", "label", "allowance 0.5", "allowance 1")
SIMULATED = ("20 units, 15 before", "8 periods before", "noise of 0.9", "50 units")
_ZONES = 3
"""Units of a simulated panel that are the zone in turn, where all are alike."""
_TIE = 1e-9

Choice = Literal[
    "any",
    "grew most",
    "rose beyond donors",
    "fell below donors",
    "highest harm before",
    "late divergence",
    "old divergence",
]
Reach = Literal["none", "all donors", "likest donors"]


@dataclass(frozen=True)
class Case:
    """A truth, and who gets the zone.

    Attributes
    ----------
    part
        Section of the page.
    name
        Words for the table.
    gain, harm
        True effects on the zone, in margins, positive for more of either.
    choice
        Who gets the zone, or how its development drifts.
    reach
        Which donors are touched: all, or the quarter with most weight in the zone's comparison.
    donor_gain, donor_harm
        True effects on each of them, in margins.
    """

    part: str
    name: str
    gain: float = 0.0
    harm: float = 0.0
    choice: Choice = "any"
    reach: Reach = "none"
    donor_gain: float = 0.0
    donor_harm: float = 0.0


CASES = (
    Case("right", "gain 2, no harm", gain=2),
    Case("right", "gain 1, no harm", gain=1),
    Case("right", "gain 2, no harm; half the gain in all donors", gain=2, reach="all donors", donor_gain=1),
    Case("size", "no gain, no harm"),
    Case("size", "no gain, harm 1", harm=1),
    Case("size", "gain 2, harm 1", gain=2, harm=1),
    Case("size", "gain 2, harm 2", gain=2, harm=2),
    Case("selection", "no gain; zone that grew most", choice="grew most"),
    Case("selection", "no gain; zone that rose most beyond its donors", choice="rose beyond donors"),
    Case("selection", "no gain; zone that fell most below its donors", choice="fell below donors"),
    Case("selection", "no gain; zone drifts up from long before", choice="old divergence"),
    Case("selection", "no gain; zone drifts up from just before", choice="late divergence"),
    Case("selection", "gain 2, harm 1; zone with most harm before", gain=2, harm=1, choice="highest harm before"),
    Case("interference", "no gain; all donors lose 1", reach="all donors", donor_gain=-1),
    Case("interference", "no gain; likest donors lose 1", reach="likest donors", donor_gain=-1),
    Case("interference", "gain 2, harm 1; half the harm in likest donors", gain=2, harm=1, reach="likest donors",
         donor_harm=0.5),
    Case("interference", "gain 2, harm 1; half the harm in all donors", gain=2, harm=1, reach="all donors",
         donor_harm=0.5),
    Case("interference", "gain 2, harm 1; all the harm in all donors", gain=2, harm=1, reach="all donors",
         donor_harm=1),
    Case("elsewhere", "gain 2 taken from likest donors, no harm", gain=2, reach="likest donors", donor_gain=-2),
    Case("elsewhere", "gain 2, no harm; harm 1 moved to likest donors", gain=2, reach="likest donors", donor_harm=1),
)  # fmt: skip
"""In *right* green is right; in *elsewhere* it is right of the zone and wrong of the whole; else it is wrong."""


def usual(found: Placebos, zone: int, effects: Floats, *, ratio: bool) -> tuple[bool, float]:
    """Return whether a two-sided test at 5 percent rejects "no effect", and the gap.

    Parameters
    ----------
    found, zone
        Placebos without effects, and which unit is the zone.
    effects
        True effects on every unit over the window, shape (n,).
    ratio
        By RMSPE after over before (Abadie, Diamond and Hainmueller 2010), else by the size of the mean gap.
    """
    gaps = found.gaps[:, found.before :] + (effects - found.weights @ effects)[:, None]
    mean = gaps.mean(axis=1)
    sizes = np.sqrt((gaps**2).mean(axis=1)) / found.rmspe if ratio else abs(mean)
    rank = int(np.sum(sizes >= sizes[zone] * (1 - _TIE)))
    return rank <= most_ranks(len(sizes)), float(mean[zone])


def called_green(pair: Pair, zone: int, case: Case) -> tuple[bool, ...]:
    """Return which procedures call the zone green, in the order of `PROCEDURES`."""
    effects = [_effects(found, zone, case, k, pair.margins[k]) for k, found in enumerate(pair.parts)]
    told = []
    for ratio in (True, False):
        (rose, gap), (moved, harm) = (
            usual(found, zone, effect, ratio=ratio) for found, effect in zip(pair.parts, effects, strict=True)
        )
        told.append(rose and gap > 0 and not (moved and harm > 0))
    labels = verdicts(joint_of(pair, zone, effects), ALLOWANCES)
    return (*told, *(label == "green growth" for label in labels))


def _effects(found: Placebos, zone: int, case: Case, column: int, margin: float) -> Floats:
    own, other = ((case.gain, case.donor_gain), (case.harm, case.donor_harm))[column]
    every = np.zeros(len(found.gaps))
    if case.reach == "all donors":
        every[:] = other * margin
    elif case.reach == "likest donors":
        # The same donors for both outcomes would be neighbours; likest is by each outcome's own comparison.
        most = np.argsort(-found.weights[zone], kind="stable")[: max(1, len(every) // 4)]
        every[most[most != zone]] = other * margin
    every[zone] = own * margin
    return every


def mirrored(pair: Pair) -> Pair:
    """Return the pair with the other direction good: down for development, up for the environment."""
    development, environment = (replace(found, gaps=-found.gaps, drift=-found.drift) for found in pair.parts)
    return Pair(development, environment, pair.margins)


def chosen(pair: Pair, paths: Floats, choice: Choice) -> int:
    """Return the zone that its past picks: paths of development with good up, and gaps before."""
    before = pair.development.before
    if choice == "grew most":
        return int((paths[:, before - 3 : before].mean(axis=1) - paths[:, : before - 3].mean(axis=1)).argmax())
    found = pair.environment if choice == "highest harm before" else pair.development
    late = found.gaps[:, before - 3 : before].mean(axis=1)
    return int(late.argmin() if choice == "fell below donors" else late.argmax())


def _margins(development: Placebos, environment: Placebos) -> tuple[float, float]:
    return (
        MARGIN * float(development.mean_gap.std(ddof=1)),
        MARGIN * float(environment.mean_gap.std(ddof=1)),
    )


def _drifting(pair: Pair, panel: PanelPair, zone: int, sign: int, choice: Choice) -> Pair:
    """Return the pair with a drift of development that reaches one margin, fitted anew."""
    single = FakePanel(panel.name, panel.development, panel.before)
    path = SCENARIOS[choice](single, pair.development, zone, sign * pair.margins[0])
    return replace(pair, development=placebos(path, panel.before))


Counts = dict[str, list[tuple[bool, ...]]]


def counted(panel: PanelPair, most: int, refitted: int, subsets: int) -> Counts:
    """Return, for each case, who calls which zone of a real panel green; either direction is the good one in turn.

    Parameters
    ----------
    panel
        Two outcomes.
    most
        Zones at most.
    refitted, subsets
        Zones on which a drift is fitted anew, and draws of four fifths of the units, among which the past picks one.
    """
    pair = _fitted(panel.development, panel.environment, panel.before)
    found: Counts = {case.name: [] for case in CASES}
    turned = {1: pair, -1: mirrored(pair)}
    for case in CASES:
        if case.choice == "any":
            for zone in _spread(pair.units, most):
                found[case.name].extend(called_green(turned[sign], zone, case) for sign in (1, -1))
        elif case.choice in SCENARIOS:
            for zone in _spread(pair.units, refitted):
                for sign in (1, -1):
                    drifted = _drifting(pair, panel, zone, sign, case.choice)
                    found[case.name].append(called_green(drifted if sign > 0 else mirrored(drifted), zone, case))
    rng = np.random.default_rng(SEED)
    for _ in range(subsets):
        kept = np.sort(rng.permutation(pair.units)[: round(0.8 * pair.units)])
        few = _fitted(panel.development[kept], panel.environment[kept], panel.before)
        for sign, one in ((1, few), (-1, mirrored(few))):
            _count_chosen(found, one, sign * panel.development[kept])
    return found


def _fitted(development: Floats, environment: Floats, before: int) -> Pair:
    pair = fitted(development, environment, before, (1.0, 1.0))
    return replace(pair, margins=_margins(*pair.parts))


def _spread(units: int, most: int) -> list[int]:
    return list(evenly_spaced(units, most)) if units > most else list(range(units))


def _count_chosen(found: Counts, pair: Pair, paths: Floats) -> None:
    for case in CASES:
        if case.choice != "any" and case.choice not in SCENARIOS:
            found[case.name].append(called_green(pair, chosen(pair, paths, case.choice), case))


def process_counts(name: str, draws: int, seed: int = SEED) -> Counts:
    """Return the same of simulated panels: three zones of each, and one where a past is chosen or a drift put in."""
    from tests.simulation.whole_panels import PanelPair

    process, rng = PROCESSES[name], np.random.default_rng(seed)
    found: Counts = {case.name: [] for case in CASES}
    for _ in range(draws):
        paths = [drawn(process, rng).paths for _ in range(2)]
        panel = PanelPair(name, paths[0], paths[1], process.before)
        pair = _fitted(paths[0], paths[1], process.before)
        for case in CASES:
            if case.choice == "any":
                found[case.name].extend(called_green(pair, zone, case) for zone in range(_ZONES))
            elif case.choice in SCENARIOS:
                found[case.name].append(called_green(_drifting(pair, panel, 0, 1, case.choice), 0, case))
        _count_chosen(found, pair, paths[0])
    return found


def rows_of(kind: str, name: str, units: int, found: Counts) -> list[dict[str, str]]:
    """Return the rows of a panel or process: percent called green, by case and procedure."""
    rows = []
    for case in CASES:
        shares = 100 * np.mean(np.array(found[case.name], dtype=float), axis=0)
        row = {"kind": kind, "panel": name, "units": str(units), "part": case.part, "case": case.name}
        row["verdicts"] = str(len(found[case.name]))
        rows.append(row | {which: f"{share:.1f}" for which, share in zip(PROCEDURES, shares, strict=True)})
    return rows


def _job(job: tuple[str, PanelPair | str, int]) -> list[dict[str, str]]:
    kind, what, size = job
    if isinstance(what, str):
        return rows_of(kind, what, PROCESSES[what].units, process_counts(what, size))
    return rows_of(kind, what.name, len(what.development), counted(what, size, size // 5, 2 * size // 5))


def _jobs(draws: int, zones: int) -> Iterator[tuple[str, PanelPair | str, int]]:
    yield from (("real", panel, zones) for panel in pairs())
    yield from (("simulated", name, draws) for name in SIMULATED)


def main(draws: int, zones: int) -> None:
    """Write the file."""
    rows: list[dict[str, str]] = []
    with ProcessPoolExecutor() as pool:
        for found in pool.map(_job, _jobs(draws, zones)):
            rows.extend(found)
            print(f"{found[0]['panel']}: done", flush=True)  # noqa: T201 - a script that prints
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    numbers = [int(item) for item in sys.argv[1:]]
    # `make simulate` gives one number to all simulations: panels.
    main(numbers[0] if numbers else 500, numbers[1] if len(numbers) > 1 else 60)

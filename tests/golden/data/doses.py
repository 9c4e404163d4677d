"""Make doses.json: what diff-diff and moderndid (both MIT licence) estimate from three drawn panels with doses.

moderndid is a peer in the benches alone, so that tests read what both say from the file. In an environment with
diff-diff 3.13, moderndid 0.2 and polars below 2, which moderndid's groups of periods need:

    python tests/golden/data/doses.py
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
GRID = (1.5, 2.25, 3.0)
LEVELS = (0.5, 1.0, 2.0, 4.0)
SPLINES = {"cubic": (3, 0), "one knot": (3, 1), "square": (2, 2)}
PANELS: dict[str, dict[str, Any]] = {
    "two periods": {"periods": 2, "cohorts": (2, 0), "levels": ()},
    "staggered": {"periods": 5, "cohorts": (3, 4, 0), "levels": ()},
    "levels": {"periods": 4, "cohorts": (3, 4, 0), "levels": LEVELS},
    "nobody untreated": {"periods": 4, "cohorts": (3,), "levels": LEVELS},
}


def drawn(seed: int, periods: int, cohorts: tuple[int, ...], levels: tuple[float, ...]) -> dict[str, list[Any]]:
    """Draw a panel: cohorts, doses and outcomes by unit."""
    rng = np.random.default_rng([20202, seed])
    whose = rng.choice(np.array(cohorts), 120)
    doses = rng.choice(np.array(levels), 120) if levels else np.round(rng.gamma(3, 0.7, 120) + 0.3, 4)
    doses = np.where(whose > 0, doses, 0.0)
    time = np.arange(1, periods + 1)
    after = (whose[:, None] > 0) & (time >= whose[:, None])
    values = rng.normal(5, 2, (120, 1)) + 0.1 * time + rng.normal(size=(120, periods))
    values += np.where(after, (0.6 * doses - 0.05 * doses**2)[:, None], 0.0)
    return {"cohorts": whose.tolist(), "doses": doses.tolist(), "values": np.round(values, 4).tolist()}


def frame_of(panel: dict[str, list[Any]]) -> Any:  # noqa: ANN401 - a data frame, whose library is imported where needed
    """Return a panel as a long table."""
    pd: Any = import_module("pandas")
    values = np.array(panel["values"])
    n, T = values.shape
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), T),
            "time": np.tile(np.arange(1, T + 1), n),
            "cohort": np.repeat(panel["cohorts"], T),
            "dose": np.repeat(panel["doses"], T),
            "y": values.ravel(),
        }
    )


def by_diff_diff(frame: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return curves, averages and events."""
    model = import_module("diff_diff").ContinuousDiD(base_period="universal", **options)
    found = model.fit(frame, outcome="y", unit="unit", time="time", first_treat="cohort", dose="dose")
    events = found.aggregate("event_study").to_dataframe()
    return {
        "att": [found.overall_att, found.overall_att_se],
        "acrt": [found.overall_acrt, found.overall_acrt_se],
        "doses": found.dose_response_att.dose_grid.tolist(),
        "att_d": found.dose_response_att.effects.tolist(),
        "att_d_se": found.dose_response_att.se.tolist(),
        "acrt_d": found.dose_response_acrt.effects.tolist(),
        "acrt_d_se": found.dose_response_acrt.se.tolist(),
        "events": {str(int(row[0])): [float(row[1]), float(row[2])] for row in events.iloc[:, :3].to_numpy()},
    }


def by_moderndid(frame: Any, degree: int, knots: int, control_group: str) -> dict[str, Any]:  # noqa: ANN401
    """Return curves and averages."""
    found = import_module("moderndid").cont_did(
        frame,
        yname="y",
        tname="time",
        idname="unit",
        gname="cohort",
        dname="dose",
        dvals=np.array(GRID),
        degree=degree,
        num_knots=knots,
        control_group=control_group,
    )
    names = ("overall_att", "overall_att_se", "overall_acrt", "overall_acrt_se")
    return {name: float(getattr(found, name)) for name in names} | {
        name: np.asarray(getattr(found, name)).tolist() for name in ("att_d", "att_d_se", "acrt_d", "acrt_d_se")
    }


def main() -> None:
    """Estimate everything and write the file."""
    warnings.simplefilter("ignore")
    panels = {name: drawn(k, **panel) for k, (name, panel) in enumerate(PANELS.items())}
    found: dict[str, Any] = {
        "versions": {name: version(name) for name in ("diff-diff", "moderndid", "polars", "numpy", "scipy")}
        | {"python": platform.python_version()},
        "panels": panels,
        "diff-diff": {},
        "moderndid": {},
    }
    for name in ("two periods", "staggered"):
        frame = frame_of(panels[name])
        for spline, (degree, knots) in SPLINES.items():
            for controls in ("never_treated", "not_yet_treated"):
                how = f"{name}, {spline}, {controls}"
                options = {"degree": degree, "num_knots": knots, "control_group": controls, "dvals": np.array(GRID)}
                found["diff-diff"][how] = by_diff_diff(frame, **options)
                if degree == 3:
                    found["moderndid"][how] = by_moderndid(frame, degree, knots, controls.replace("_", ""))
    for name, controls in (("levels", "never_treated"), ("nobody untreated", "lowest_dose")):
        how = f"{name}, bins, {controls}"
        found["diff-diff"][how] = by_diff_diff(
            frame_of(panels[name]), treatment_type="discrete", control_group=controls
        )
    (HERE / "doses.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

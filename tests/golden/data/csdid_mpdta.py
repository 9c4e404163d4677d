"""Make csdid_mpdta.json: what csdid and moderndid (both MIT licence) estimate on mpdta.csv.

They are peers in the benches alone, so that tests read what they say from the file. In the benches' environment:

    python tests/golden/data/csdid_mpdta.py
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import platform
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HOWS = ("dr", "reg", "ipw")
KINDS = ("simple", "dynamic", "group", "calendar")
Named = list[list[Any]]


def prepared() -> Any:  # noqa: ANN401 - a data frame, whose library is imported where needed
    """Return the panel with weights, clusters and holes made up for these comparisons: mpdta has none.

    Clusters hold counties of several cohorts; `kept` is false in about one row of eleven.
    """
    pd: Any = import_module("pandas")
    frame = pd.read_csv(HERE / "mpdta.csv").rename(columns={"log_teen_employment": "y", "first_treated": "cohort"})
    at = frame.county.rank(method="dense").astype(int) - 1
    frame["weight"] = 1 + (at % 7) / 4
    frame["cluster"] = at % 40
    frame["kept"] = (at * 5 + (frame.year - 2003) * 3) % 11 != 0
    frame["row"] = range(len(frame))
    return frame.merge(pd.read_csv(HERE / "mpdta_population.csv"), on="county", validate="many_to_one")


def main() -> None:
    """Estimate everything and write the file."""
    warnings.simplefilter("ignore")
    frame = prepared()
    holes = frame[frame.kept].drop(columns="kept")
    rows = {"idname": "row", "panel": False}
    with contextlib.redirect_stdout(io.StringIO()):
        found = {
            "versions": {name: version(name) for name in ("csdid", "moderndid")}
            | {"python": platform.python_version()},
            "csdid": {
                "plain": by_csdid(frame),
                "not_yet_treated": by_csdid(frame, control_group="notyettreated"),
                "weights": by_csdid(frame, weights_name="weight"),
                "clusters": by_csdid(frame, clustervar="cluster"),
                "weights_clusters": by_csdid(frame, weights_name="weight", clustervar="cluster"),
                "sections": by_csdid(frame, **rows),
                "sections_weights": by_csdid(frame, weights_name="weight", **rows),
                "sections_clusters": by_csdid(frame, clustervar="cluster", **rows),
                "holes": by_csdid(holes, allow_unbalanced_panel=True),
                **{f"covariates_{how}": by_csdid(frame, xformla="~log_population", est_method=how) for how in HOWS},
                "covariates_clusters": by_csdid(
                    frame, xformla="~log_population", est_method="dr", clustervar="cluster"
                ),
                "averages": averages_by_csdid(frame),
            },
            "moderndid": {
                "plain": by_moderndid(frame),
                "not_yet_treated": by_moderndid(frame, control_group="notyettreated"),
                "weights": by_moderndid(frame, weightsname="weight"),
                "clusters": by_moderndid(frame, clustervars=["cluster"]),
                "sections": by_moderndid(frame, panel=False),
                **{f"covariates_{how}": by_moderndid(frame, xformla="~log_population", est_method=how) for how in HOWS},
                "averages": averages_by_moderndid(frame),
            },
        }
    (HERE / "csdid_mpdta.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def by_csdid(frame: Any, **settings: Any) -> Named:  # noqa: ANN401
    """Return cohort, period, effect and analytic error."""
    found = fitted_by_csdid(frame, **settings).results
    return named(found["group"], found["year"], found["att"], found["se"])


def fitted_by_csdid(frame: Any, **settings: Any) -> Any:  # noqa: ANN401
    """Return its model."""
    names = {"yname": "y", "tname": "year", "idname": "county", "gname": "cohort", "control_group": "nevertreated"}
    how = settings.pop("est_method", "reg")
    model = import_module("csdid.att_gt").ATTgt(data=frame.copy(), **(names | settings))
    return model.fit(est_method=how, base_period="varying", bstrap=False)


def averages_by_csdid(frame: Any) -> Named:  # noqa: ANN401
    """Return kind, event time, cohort or period (none for the whole), average and analytic error."""
    found: Named = []
    for kind in KINDS:
        model = fitted_by_csdid(frame)
        model.aggte(typec=kind, bstrap=False, cband=False)
        taken = model.atte
        found.append([kind, None, float(taken["overall_att"]), numbers(taken["overall_se"])[0]])
        if kind != "simple":
            found += [[kind, *row] for row in one_each(taken["egt"], taken["att_egt"], numbers(taken["se_egt"]))]
    return found


def by_moderndid(frame: Any, **settings: Any) -> Named:  # noqa: ANN401
    """Return cohort, period, effect and analytic error."""
    found = fitted_by_moderndid(frame, **settings)
    return named(found.groups, found.times, found.att_gt, found.se_gt)


def fitted_by_moderndid(frame: Any, **settings: Any) -> Any:  # noqa: ANN401
    """Return its result."""
    fixed = {"est_method": "reg", "cband": False, "boot": False}
    return import_module("moderndid").att_gt(frame.copy(), "y", "year", "county", "cohort", **(fixed | settings))


def averages_by_moderndid(frame: Any) -> Named:  # noqa: ANN401
    """Return the same as `averages_by_csdid`."""
    found: Named = []
    for kind in KINDS:
        taken = import_module("moderndid").aggte(fitted_by_moderndid(frame), type=kind, boot=False, cband=False)
        found.append([kind, None, float(taken.overall_att), float(taken.overall_se)])
        if kind != "simple":
            found += [[kind, *row] for row in one_each(taken.event_times, taken.att_by_event, taken.se_by_event)]
    return found


def named(cohorts: Any, periods: Any, effects: Any, errors: Any) -> Named:  # noqa: ANN401
    """Return rows of figures that JSON can hold."""
    rows = zip(cohorts, periods, effects, errors, strict=True)
    found = [[int(g), int(t), float(effect), float(error)] for g, t, effect, error in rows]
    if not all(math.isfinite(value) for row in found for value in row):
        message = "not all effects have errors"
        raise ValueError(message)
    return found


def one_each(at: Any, effects: Any, errors: Any) -> Named:  # noqa: ANN401
    """Return rows of place, average and error."""
    return [[int(a), float(effect), float(error)] for a, effect, error in zip(at, effects, errors, strict=True)]


def numbers(value: Any) -> list[float]:  # noqa: ANN401
    """Return the numbers in this, however deeply they are wrapped."""
    return [float(item) for item in import_module("numpy").asarray(value).ravel()]


if __name__ == "__main__":
    main()

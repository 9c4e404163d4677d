"""Make pyfixest_mpdta.json: what pyfixest (MIT licence) estimates on mpdta.csv.

pyfixest is in no environment of the project. Run in one of its own, with pyfixest installed:

    python tests/golden/data/pyfixest_mpdta.py
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main() -> None:
    """Fit everything and write the file."""
    pf: Any = import_module("pyfixest")
    pd: Any = import_module("pandas")
    warnings.simplefilter("ignore")
    frame = pd.read_csv(HERE / "mpdta.csv").rename(columns={"log_teen_employment": "y", "first_treated": "cohort"})
    ever = frame.cohort > 0
    frame["treated"] = (ever & (frame.year >= frame.cohort)).astype(float)
    # Never treated: on the reference, and so without a dummy in any period.
    frame["since"] = (frame.year - frame.cohort).where(ever, -1).astype(int)
    plain = {"vcov": {"CRV1": "county"}, "ssc": pf.ssc(k_adj=False, G_adj=False)}
    found = {
        "versions": {"pyfixest": version("pyfixest"), "python": platform.python_version()},
        "two_way": taken(pf.feols("y ~ treated | county + year", frame, **plain)),
        "two_way_corrected": taken(pf.feols("y ~ treated | county + year", frame, vcov={"CRV1": "county"})),
        "two_way_events": taken(pf.feols("y ~ i(since, ref=-1) | county + year", frame, **plain)),
        "saturated": saturated(pf, frame),
        "imputation": imputation(pf, frame),
    }
    (HERE / "pyfixest_mpdta.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def taken(model: Any) -> dict[str, Any]:  # noqa: ANN401 - the library's models
    """Return names, coefficients and their covariance."""
    return {
        "names": [str(name) for name in model.coef().index],
        "estimate": [float(value) for value in model.coef()],
        "covariance": [[float(value) for value in row] for row in model._vcov],
    }


def saturated(pf: Any, frame: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return Sun and Abraham's regression, and its averages by event time; errors with its own corrections."""
    names = {"yname": "y", "idname": "county", "tname": "year", "gname": "cohort"}
    model = pf.event_study(frame, **names, estimator="saturated", cluster="county")
    averages = model.aggregate()
    return {
        **taken(model),
        "events": [int(event) for event in averages.index],
        "averages": [float(value) for value in averages["Estimate"]],
        "errors": [float(value) for value in averages["Std. Error"]],
    }


def imputation(pf: Any, frame: Any) -> list[list[float]]:  # noqa: ANN401
    """Return cohort, period and mean effect, with fixed effects fitted on untreated observations.

    Its did2s, which has the same estimates, leaves out units with a single untreated period, and stops.
    """
    model = pf.feols("y ~ 1 | county + year", frame[frame.treated == 0], fixef_rm="none", fixef_tol=1e-14)
    effects = model.fixef(atol=1e-14, btol=1e-14)
    by_county, by_year = effects["C(county)"], effects["C(year)"]
    treated = frame[frame.treated == 1].copy()
    county = [by_county[str(name)] for name in treated.county]
    year = [by_year[str(name)] for name in treated.year]
    constant = effects.get("Intercept", 0.0)
    treated["effect"] = treated.y - county - year - (0.0 if isinstance(constant, dict) else constant)
    means = treated.groupby(["cohort", "year"]).effect.mean()
    return [[int(cohort), int(period), float(value)] for (cohort, period), value in means.items()]


if __name__ == "__main__":
    main()

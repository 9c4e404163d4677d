"""Work that needs an extra says so where it is not installed, before it reads anything."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.unit.cli.command import call

import pilotzone as pz
from pilotzone.campus import PvArray, pv_profile
from pilotzone.core import Extra, UsageError, check_extra
from pilotzone.study.runs.audit import versions

TODO = "install it: pip install 'pilotzone[{}]'; in a clone of the repository: make environment"
MODULES: dict[Extra, str] = {
    "covariates": "diff_diff",
    "images": "vl_convert",
    "postgres": "adbc_driver_postgresql",
    "solar": "pvlib",
    "spark": "pyspark",
}


@pytest.mark.parametrize(("extra", "module"), MODULES.items())
def test_the_error_names_the_library_and_both_ways(extra: Extra, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if extra != "spark":  # the others are in every environment that tests run in
        check_extra(extra, "something is asked for")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"^something is asked for, and [a-z-]+ is not installed\.") as caught:
        check_extra(extra, "something is asked for", "what is there")
    assert (caught.value.allowed, caught.value.todo) == ("what is there", TODO.format(extra))


def test_covariates_are_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "diff_diff", None)
    with pytest.raises(UsageError, match="covariates are used, and diff-diff is not installed"):
        pz.evaluate(tmp_path / "absent.csv", "y", unit="u", time="t", cohort="g", covariates="x")
    panel = tmp_path / "panel.csv"
    panel.write_text("a file that is not a panel\n", encoding="utf-8")
    found = call(
        "evaluate", panel, "--unit", "u", "--time", "t", "--cohort", "g", "--outcome", "y", "--covariate", "x"
    )  # fmt: skip
    assert found.code == 2
    assert TODO.format("covariates") in " ".join(found.err.split())


def test_modelled_pv_is_refused_and_a_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pvlib", None)
    with pytest.raises(UsageError, match="PV output is modelled, and pvlib is not installed") as caught:
        pv_profile(
            PvArray(26.6, 106.7, tilt=25.0), dt.datetime(2015, 6, 21, tzinfo=dt.UTC), ghi=[np.nan], temp_c=[20.0]
        )
    assert "profile" in str(caught.value.allowed)


def test_bundled_studies_do_without_extras(tmp_path: Path) -> None:
    """The README's study, run where no library of an extra can be imported."""
    blocked = "; ".join(f"sys.modules[{module!r}] = None" for module in MODULES.values())
    program = (
        f"import sys; {blocked}\nfrom pilotzone.cli import main\n"
        f"sys.argv = ['pilotzone', 'run', 'guizhou', '--out', {str(tmp_path / 'out')!r}]\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    audit = (tmp_path / "out" / "audit.json").read_text(encoding="utf-8")
    assert "diff-diff" not in audit
    assert "pvlib" not in audit


def test_versions_name_a_library_of_an_extra_only_where_numbers_depend_on_it() -> None:
    assert "diff-diff" not in versions()
    assert versions(needed=["diff-diff"])["diff-diff"].startswith("3.13")
    assert versions(needed=["no-such-library"])["no-such-library"] == "none"

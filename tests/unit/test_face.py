"""The package's face: few names, each a plain thing whatever was imported before; former names warn."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest
from tests.unit.study.invented import write_study

import pilotzone as pz

FUNCTIONS = ("evaluate", "judge", "place", "run", "verify", "load", "compare_runs", "rank_sites", "derive")


def test_at_most_45_names_each_once() -> None:
    assert len(pz.__all__) <= 45
    assert len(set(pz.__all__)) == len(pz.__all__)
    assert {*pz.__all__} == {*pz._ROOMS}
    for name in (
        "evidence_panel", "derive", "synthetic_control", "estimate_few", "FewDesign", "Outcome", "judge",
        "confidence_set", "evaluate", "run", "verify",
    ):  # fmt: skip
        assert name in pz.__all__
    assert not {*pz._FORMER} & {*pz._ROOMS}


def test_functions_are_functions_whatever_was_imported_before() -> None:
    """In a process of its own, after every module of the package."""
    code = (
        "import importlib, inspect, pkgutil, pilotzone as pz\n"
        "for item in pkgutil.walk_packages(pz.__path__, 'pilotzone.'):\n"
        "    if not item.name.endswith('__main__'):\n"
        "        importlib.import_module(item.name)\n"
        f"for name in {FUNCTIONS!r}:\n"
        "    assert inspect.isfunction(getattr(pz, name)), (name, getattr(pz, name))\n"
        "for name in pz.__all__:\n"
        "    assert not inspect.ismodule(getattr(pz, name)), name\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=300)


def test_no_room_is_called_like_a_public_function() -> None:
    rooms = {item.name for item in pkgutil.iter_modules(pz.__path__)}
    assert not rooms & {*pz.__all__}


@pytest.mark.parametrize("name", ["evaluate", "judge", "place"])
def test_help_shows_parameters(name: str) -> None:
    function = getattr(pz, name)
    assert inspect.signature(function).parameters
    assert "Parameters" in (inspect.getdoc(function) or "")


@pytest.mark.parametrize("name", sorted(pz._FORMER))
def test_former_names_warn_and_work(name: str) -> None:
    room, own, instead = pz._FORMER[name]
    with pytest.warns(DeprecationWarning, match=rf"pilotzone\.{name} goes with version 0\.3: use "):
        found = getattr(pz, name)
    assert found is getattr(import_module(f"pilotzone.{room}"), own)
    assert instead.startswith(("pilotzone.", "what pilotzone.", "the method write of what pilotzone."))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = pz.nothing


def test_former_functions_do_what_they_did(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        done = pz.run_study(pz.load_study(study), progress=told.append)  # type: ignore[operator]
        folder = pz.write_run(done, tmp_path / "out")  # type: ignore[operator]
        former = pz.load_siting("guizhou").spec  # type: ignore[operator]
        assert [place.name for place in former.places] == [place.name for place in pz.siting_spec("guizhou").places]
        assert pz.load_plan("homecoming").plan.title == pz.load("homecoming").spec.title  # type: ignore[operator]
    assert told[0] == "inputs"
    assert "effects" in told
    assert pz.verify(folder).state == "same"
    assert done.verdict == pz.run(study).verdict

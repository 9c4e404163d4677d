"""Files of every kind, damaged at random: no fault of ours, no hang, no memory without end.

A small part here; more with ``make fuzz``, or ``PILOTZONE_FUZZ=1000`` (damaged files of each kind) and
``PILOTZONE_FUZZ_SEED=7`` (other damages).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.properties.fuzzing import DOORS

ROOT = Path(__file__).resolve().parents[2]
COUNT = int(os.environ.get("PILOTZONE_FUZZ", "15"))
SEED = os.environ.get("PILOTZONE_FUZZ_SEED", "2016")
SLOW = {"stata", "spss"}
"""Read in a process of their own each."""
MOST_MEMORY = 2**30


@pytest.mark.parametrize("door", DOORS)
def test_damaged_files_are_read_or_refused_in_words(door: str) -> None:
    cases = max(1, COUNT // 4) if door in SLOW else COUNT
    command = [sys.executable, "-m", "tests.properties.fuzzing", door, "--seed", SEED, "--cases", str(cases)]
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | alone, capture_output=True, text=True, check=False)
    again = f"python -m tests.properties.fuzzing {door!r} --seed {SEED} --only CASE --keep FOLDER"
    assert done.returncode == 0, f"{again}\n{done.stderr[-3000:]}"
    found = json.loads(done.stdout)
    assert found["faults"] == [], again
    assert found["refused"] > 0, "nothing was damaged so that it showed"
    assert found["memory"] < MOST_MEMORY

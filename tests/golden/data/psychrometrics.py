"""Make psychrometrics.json: what psychrolib (MIT licence) says of moist air.

It is in no environment of the project. Run in one of its own, with psychrolib installed:

    python tests/golden/data/psychrometrics.py
"""

from __future__ import annotations

import json
import random
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any


def main() -> None:
    """Ask for 400 states and write the file."""
    lib: Any = import_module("psychrolib")
    lib.SetUnitSystem(lib.SI)
    draw = random.Random(20160)
    rows = []
    for _ in range(400):
        temp, share, pressure = draw.uniform(-30, 45), draw.uniform(0.03, 1), draw.uniform(60_000, 104_000)
        ratio = lib.GetHumRatioFromRelHum(temp, share, pressure)
        rows.append(
            {
                "temp": temp,
                "share": share,
                "pressure": pressure,
                "saturation": lib.GetSatVapPres(temp),
                "ratio": ratio,
                "wet_bulb": lib.GetTWetBulbFromRelHum(temp, share, pressure),
                "dew_point": lib.GetTDewPointFromRelHum(temp, share),
                "enthalpy": lib.GetMoistAirEnthalpy(temp, ratio),
                "density": lib.GetMoistAirDensity(temp, ratio, pressure),
            }
        )
    heights = [[height, lib.GetStandardAtmPressure(height)] for height in (0.0, 500.0, 1100.0, 3000.0)]
    found = {"version": version("psychrolib"), "rows": rows, "heights": heights}
    (Path(__file__).parent / "psychrometrics.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

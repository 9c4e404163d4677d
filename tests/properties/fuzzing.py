"""Damages files of every kind at random and reads them: each is read, or refused in words, soon and within bounds.

    python -m tests.properties.fuzzing DOOR [--seed SEED] [--cases COUNT] [--only CASE] [--keep FOLDER]

A process of its own, since what is looked for may take it along: a library in C that crashes, memory without end, a
loop. It writes what it found as JSON. The same seed damages the same files in the same way; ``--only`` does one case
again, and ``--keep`` leaves its file.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from pilotzone.core import PilotZoneError

SECONDS = 10
"""Of a case, by the clock; the machine may be busy, so that a hang is told by computing time first."""
LONGEST_MESSAGE = 3_200


@dataclass(frozen=True)
class Door:
    """A way in.

    Attributes
    ----------
    file
        Name of the file that is damaged.
    make
        Writes it, and whatever it needs beside it, into a folder.
    read
        Reads it.
    text
        Whether it is text, whose lines and words are damaged as well as its bytes.
    """

    file: str
    make: Callable[[Path], None]
    read: Callable[[Path], object]
    text: bool = True


@dataclass(frozen=True)
class Fault:
    """What went wrong with a case."""

    case: int
    what: str


# ------------------------------------------------------------------------------------------------ what is damaged

TABLE = "unit,year,start,y,co2\n" + "".join(
    f"u{u},{year},{['', '2014'][u % 2]},{u + 0.1 * (year - 2010) + (u * year % 7) / 50:.3f},{1 + u % 3}\n"
    for u in range(8)
    for year in range(2010, 2018)
)
PANEL = """format = 1
title = "P"
[panel]
file = "panel.csv"
unit = "unit"
time = "year"
cohort = "start"
[[outcomes]]
name = "y"
good = "up"
scale = "level"
[space]
coordinates = ["lon", "lat"]
rings = [10.0, 20.0]
"""
ASSUMED = """[[assumption]]
name = "rel_humidity"
status = "ASSUMED"
low = 0.7
high = 0.8
unit = "1"
source = "to be checked"
"""
SITING = """title = "Two places"
draws = 500
assumptions = "assumed.toml"
figures = "figures.csv"
[weights]
intervals = { tariff = [0.1, 0.5] }
[[criterion]]
name = "tariff"
good = "down"
unit = "CNY/kWh"
[[criterion]]
name = "gdp_gap"
[[place]]
name = "Here"
latitude = 26.6
longitude = 106.7
figures = { gdp_gap = -0.2 }
[[place]]
region = "CN-GZ"
"""
SITE = """[[site]]
name = "{name}"
jurisdiction = "{where}"
capacity_mw = 200.0
fixed_cost = 1.0
cost_per_mwh = 50.0
pue = 1.12
carbon_kg_per_kwh = 0.3
zone = "{name}"
latitude = 45.6
longitude = -121.2
"""
PLAN = (
    """title = "A plan"
day = 2017-07-01
books = ["china"]
assumptions = "assumed.toml"
[[class]]
name = "accounts"
kind = "personal"
operator = "critical_infrastructure"
persons = 200000000
operations = ["store", "process"]
load_mw = 6.0
latency_ms = 80.0
[[region]]
name = "East"
latitude = 31.0
longitude = 121.0
users = 5.0
"""
    + SITE.format(name="Oregon", where="US")
    + SITE.format(name="Guian", where="CN")
)
CAMPUS = """title = "A campus"
currency = "CNY"
assumptions = "assumed.toml"
[campus]
it_mw = 10.0
year = 2027
utilisation = 0.5
in_use = { 2026 = 0.4, 2027 = 0.8 }
waits = 0.1
waits_h = 3
[[site]]
name = "Here"
region = "CN-GZ"
pue = 1.3
[site.grid]
prices = "hours.csv"
[[site.plant]]
technology = "wind_onshore"
name = "wind"
most_mw = 4.0
profile = "wind.csv"
[site.hydro]
capacity_mw = 2.0
mean_mwh = 6000.0
reservoir_mwh = 100.0
[site.battery]
most_mwh = 4.0
[site.diesel]
fuel_h = 20.0
[[limit]]
of = "co2"
amount = 9000.0
[stress]
water = [0.7, 1.3]
[[stress.summer]]
name = "hot"
shift_k = 2.0
weight = 1.0
"""
HOURS = "value\n" + "".join(f"{0.25 + k % 24 / 48:.4f}\n" for k in range(8760))
SITING_FIGURES = "place,criterion,low,high,source\nGuizhou,tariff,0.4,,a contract\nHere,tariff,0.2,0.3,another\n"
EPW_HEAD = "LOCATION,Guiyang,Guizhou,CHN,CSWD,578160,26.58,106.73,8.0,1074.0\n" + "X\n" * 6 + "DATA PERIODS,1\n"
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EPW = EPW_HEAD + "".join(
    f"2009,{month},{day},{hour},0,?9,{10 + hour % 12}.5,5.0,80,89300" + ",0" * 25 + "\n"
    for month, days in enumerate(DAYS, start=1)
    for day in range(1, days + 1)
    for hour in range(1, 25)
)


def written(file: str, text: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / file).write_text(text, encoding="utf-8")

    return make


def bundled(room: str, path: str) -> str:
    return (resources.files(room) / "bundled" / path).read_text(encoding="utf-8")


def make_siting(folder: Path) -> None:
    for name, text in (("mine.toml", SITING), ("assumed.toml", ASSUMED), ("figures.csv", SITING_FIGURES)):
        (folder / name).write_text(text, encoding="utf-8")


def make_plan(folder: Path) -> None:
    (folder / "l.toml").write_text(PLAN, encoding="utf-8")
    assumed = ASSUMED.replace("rel_humidity", "base_ms").replace("0.7", "2.0").replace("0.8", "9.0")
    (folder / "assumed.toml").write_text(assumed.replace('"1"', '"ms"'), encoding="utf-8")


def make_campus(folder: Path) -> None:
    assumed = ASSUMED.replace("rel_humidity", "discount_rate").replace("0.7", "0.03").replace("0.8", "0.05")
    texts = {"c.toml": CAMPUS, "assumed.toml": assumed, "hours.csv": HOURS, "wind.csv": HOURS}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def make_zone(folder: Path) -> None:
    from tests.unit.study.invented import Figures, write_figures, write_study

    write_study(folder)
    write_figures(folder, Figures(count=5))


def make_power(folder: Path) -> None:
    stamps = [f"2015{month:02}{day:02}{hour:02}" for month, days in enumerate(DAYS, start=1)
              for day in range(1, days + 1) for hour in range(24)]  # fmt: skip
    parameter = {name: dict.fromkeys(stamps, value) for name, value in (("T2M", 15.5), ("RH2M", 75.0), ("PS", 88.5))}
    record = {"geometry": {"coordinates": [106.7, 26.6, 1230.5]}, "properties": {"parameter": parameter},
              "header": {"fill_value": -999.0}}  # fmt: skip
    (folder / "power.json").write_text(json.dumps(record, indent=0), encoding="utf-8")


def frame() -> dict[str, list[object]]:
    keys = [(u, year) for u in range(4) for year in range(2010, 2014)]
    return {
        "unit": [f"Place {chr(65 + u)}" for u, _ in keys],
        "year": [year for _, year in keys],
        "gdp": [100.0 + 8 * u + year % 7 for u, year in keys],
        "co2": [50.0 + u for u, _ in keys],
    }


def make_parquet(folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(frame()), folder / "data.parquet")


def make_panel_parquet(folder: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet as pq

    (folder / "p.csv").write_text(TABLE, encoding="utf-8")
    pq.write_table(pyarrow.csv.read_csv(folder / "p.csv"), folder / "panel.parquet")


def make_workbook(folder: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    columns = frame()
    sheet.append(list(columns))
    for row in zip(*columns.values(), strict=True):
        sheet.append(list(row))
    book.save(folder / "data.xlsx")


def make_stata(folder: Path) -> None:
    import pandas as pd
    import pyreadstat

    pyreadstat.write_dta(pd.DataFrame(frame()), folder / "data.dta")


def make_spss(folder: Path) -> None:
    import pandas as pd
    import pyreadstat

    pyreadstat.write_sav(pd.DataFrame(frame()), folder / "data.sav")


def make_database(folder: Path) -> None:
    import duckdb

    (folder / "p.csv").write_text(TABLE, encoding="utf-8")
    with duckdb.connect(str(folder / "data.duckdb")) as connection:
        connection.execute("create table panel as from read_csv(?)", [str(folder / "p.csv")])


def make_run(folder: Path) -> None:
    record = {"study": {"name": "x", "sha256": "0" * 64, "settings": {}, "folder": "."}, "inputs": {}, "versions": {},
              "outputs": {"verdict.json": "0" * 64}, "seeds": {}}  # fmt: skip
    (folder / "audit.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


# ----------------------------------------------------------------------------------------------------- readers


def read_zone(path: Path) -> object:
    from pilotzone.study import load
    from pilotzone.study.zone.material import load_panel, outcome_of

    study = load(path)
    panel = load_panel(study)
    return [outcome_of(panel, item) for item in study.spec.outcomes]


def read_panel_study(path: Path) -> object:
    from pilotzone.study import load

    return load(path)


def read_siting(path: Path) -> object:
    from pilotzone.study.former import load_siting

    return load_siting(path.with_name("mine.toml"))


def read_plan(path: Path) -> object:
    from pilotzone.study.former import load_plan

    return load_plan(path)


def read_campus(path: Path) -> object:
    from pilotzone.study import load
    from pilotzone.study.campus import campus_material

    material = campus_material(load(path.with_name("c.toml"), kind="campus"))
    return [site.system.problem() for site in material.sites]


def read_assumed(path: Path) -> object:
    from pilotzone.gather import read_assumptions

    return read_assumptions(path)


def read_book(path: Path) -> object:
    from pilotzone.placement import load_rules

    return load_rules(path)


def read_zones(path: Path) -> object:
    from pilotzone.gather import read_panel

    return read_panel(path, unit="unit", period="year", units_of_measure={"gdp": "CNY", "co2": "t"})


def read_panel(path: Path) -> object:
    from pilotzone.store import PanelColumns, open_panel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = "panel" if path.suffix == ".duckdb" else None
        return open_panel(path, PanelColumns("unit", "year", "start", ("y",)), table=table).facts()


def read_hours(path: Path) -> object:
    from pilotzone.gather import read_weather

    return read_weather(path)


def read_run(path: Path) -> object:
    from pilotzone.study.runs.trail import open_run

    run = open_run(path.parent)
    return run.name, run.settings, run.others(), run.study_folder(), run.strings("outputs")


ZONES_CSV = "unit,year,gdp,co2\n" + "".join(
    ",".join(map(str, row)) + "\n" for row in zip(*frame().values(), strict=True)
)
DOORS = {
    "study": Door("invented.toml", make_zone, read_zone),
    "panel study": Door("p.toml", written("p.toml", PANEL), read_panel_study),
    "siting": Door("mine.toml", make_siting, read_siting),
    "figures": Door("figures.csv", make_siting, read_siting),
    "assumptions": Door("assumed.toml", written("assumed.toml", ASSUMED), read_assumed),
    "plan": Door("l.toml", make_plan, read_plan),
    "campus": Door("c.toml", make_campus, read_campus),
    "hourly file": Door("hours.csv", make_campus, read_campus),
    "book": Door("b.yaml", written("b.yaml", bundled("pilotzone.placement", "china.yaml")), read_book),
    "csv": Door("data.csv", written("data.csv", ZONES_CSV), read_zones),
    "parquet": Door("data.parquet", make_parquet, read_zones, text=False),
    "workbook": Door("data.xlsx", make_workbook, read_zones, text=False),
    "stata": Door("data.dta", make_stata, read_zones, text=False),
    "spss": Door("data.sav", make_spss, read_zones, text=False),
    "panel csv": Door("panel.csv", written("panel.csv", TABLE), read_panel),
    "panel parquet": Door("panel.parquet", make_panel_parquet, read_panel, text=False),
    "database": Door("data.duckdb", make_database, read_panel, text=False),
    "epw": Door("w.epw", written("w.epw", EPW), read_hours),
    "nasa power": Door("power.json", make_power, read_hours),
    "run": Door("audit.json", make_run, read_run),
}

# --------------------------------------------------------------------------------------------------- damage

TOKENS = [
    "9" * 5000, "9" * 400, "-" + "9" * 30, "1e999", "-1e-999", "nan", "inf", "-inf", "0x" + "f" * 600, "1_0", "0", "-1",
    "", " ", "\0", "\ufeff", "\u2028", "\u202e", "\x1b[31m", "\x85", "\r", "\n", "\t", '"', "'", '"""', "\\", "`", "#",
    "=cmd|' /C calc'!A0", "<script>", "省" * 2000, "\U0001f1e8", "e\u0301" * 50, "[" * 3000, "{" * 3000, "]" * 3,
    "[[a]]", "[1, 2]", "{a = 1}", "{a: 1}", "- a", "? [a]\n: 1", "&a [*a]", "*a",
    "!!binary x", "!!python/name:os.system",
    "!!timestamp x", "<<: *a", "true", "null", "~", "NO", "0o17", "1:30", "2017-13-45", "2017-06-01", "25:61:61",
    "a." * 5000 + "a = 1", "~nosuchuser/x.csv", "../../../etc/passwd", "/dev/zero", "/dev/stdin", ".", "a\0b",
    "x" * 300,
    "9**9**9**9 t", "log(log(t))", "t^99", "exp(exp(exp(a)))", "(" * 200, ",", ";", ",,,,,,,,,", "%s%n{0}", "\ud7ff",
    "-999.0", "99999999", "CN-GZ", "kind = ['a']", "all", "china", "guizhou",
]  # fmt: skip


def damaged(raw: bytes, door: Door, luck: random.Random) -> bytes:
    """Return the file with one to four damages; once in a while it is something else altogether."""
    if luck.random() < 0.03:
        return luck.choice([b"", b"\0", raw * 3, luck.randbytes(2000), b"PK\x03\x04" + raw, raw[: len(raw) // 2]])
    for _ in range(luck.choice([1, 1, 1, 2, 4])):
        raw = (words_damaged if door.text and luck.random() < 0.75 else bytes_damaged)(raw, luck)
    return raw


def bytes_damaged(raw: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(raw) + 1)
    size = luck.choice([1, 1, 2, 4, 8, 64, 512])
    match luck.randrange(6):
        case 0:
            return raw[:at] + bytes([luck.randrange(256)]) + raw[at + 1 :]
        case 1:
            return raw[:at] + raw[at + size :]
        case 2:
            return raw[:at] + raw[at : at + size] * luck.choice([2, 3, 50]) + raw[at + size :]
        case 3:
            return raw[:at] + luck.choice([b"\xff" * size, b"\0" * size, luck.randbytes(size)]) + raw[at + size :]
        case 4:
            return raw[:at]
        case _:
            number: int = luck.choice([0, 1, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1])
            width = luck.choice([4, 8])
            return raw[:at] + (number % (1 << 8 * width)).to_bytes(width, "little") + raw[at + width :]


def words_damaged(raw: bytes, luck: random.Random) -> bytes:
    lines = raw.decode("utf-8", "surrogateescape").split("\n")
    k = luck.randrange(len(lines))
    line = lines[k]
    token = luck.choice(TOKENS)
    cut = luck.randrange(len(line) + 1)
    match luck.randrange(8):
        case 0:
            del lines[k]
        case 1:
            lines.insert(k, line)
        case 2:
            lines.insert(k, token)
        case 3:
            lines[k] = line[:cut]
        case 4:
            lines[k] = line[:cut] + token + line[cut:]
        case 5:
            other = luck.randrange(len(lines))
            lines[k], lines[other] = lines[other], lines[k]
        case _:
            lines[k] = value_replaced(line, token, luck)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def value_replaced(line: str, token: str, luck: random.Random) -> str:
    """Return a line with what stands behind ``=`` or ``:``, or a cell, replaced."""
    for mark in ("=", ":", ","):
        head, found, tail = line.partition(mark)
        if found:
            quoted = luck.random() < 0.6 and mark != ","
            value = json.dumps(token) if quoted else token
            return f"{head}{found} {value}" + (f",{tail.partition(',')[2]}" if mark == "," else "")
    return token


# ------------------------------------------------------------------------------------------------------- cases


def fault_of(door: Door, path: Path) -> str | None:
    """Read a damaged file; return what is wrong with how that ended. A refusal as it should be passes."""
    try:
        door.read(path)
    except PilotZoneError as error:
        said = str(error)
        if error.exit_code not in {2, 3}:
            return f"exit code {error.exit_code}: {said[:300]}"
        if len(said) > LONGEST_MESSAGE:
            return f"a message of {len(said)} signs: {said[:300]}"
        raise
    except Exception as error:  # noqa: BLE001 - any other is what is looked for
        return "".join(traceback.format_exception(error))[-1500:]
    return None


def fuzz(door: Door, seed: int, cases: range, folder: Path) -> tuple[list[Fault], int]:
    """Return the faults, and how many files were refused."""
    door.make(folder)
    path = folder / door.file
    sound = path.read_bytes()
    door.read(path)  # sound, it is read
    faults, refused = [], 0
    for case in cases:
        luck = random.Random(f"{seed} {door.file} {case}")
        path.write_bytes(damaged(sound, door, luck))
        sys.stderr.write(f"{case}\n")  # which case it was, should the process end here
        sys.stderr.flush()
        faulthandler.dump_traceback_later(SECONDS * 6, exit=True)
        began = time.process_time()
        try:
            ended = fault_of(door, path)
        except PilotZoneError:
            ended, refused = None, refused + 1
        faulthandler.cancel_dump_traceback_later()
        if time.process_time() - began > SECONDS:
            ended = f"{time.process_time() - began:.0f} s of computing"
        if ended is not None:
            faults.append(Fault(case, ended))
    return faults, refused


def most_memory() -> int:
    """Return the most bytes that this process and those it started had in memory."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    status = Path("/proc/self/status")
    if not status.exists():
        return unit * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    # Linux counts what the process that started this one had in memory as this one's maximum, but not as its peak.
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return 1024 * max(int(peak.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("door", choices=DOORS)
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    cases = range(given.cases) if given.only is None else range(given.only, given.only + 1)
    with tempfile.TemporaryDirectory() as folder:
        place = given.keep or Path(folder)
        place.mkdir(exist_ok=True)
        faults, refused = fuzz(DOORS[given.door], given.seed, cases, place)
    record = {"faults": [asdict(fault) for fault in faults], "refused": refused, "memory": most_memory()}
    json.dump(record, sys.stdout)


if __name__ == "__main__":
    main()

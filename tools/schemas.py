"""Write the schemas of study files, records and audit trails into the package: ``schemas.py [--check]``.

Those of files are made of the classes that check the files. With ``--check`` nothing is written, and a schema that is
out of date is an error; a test does the same.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pilotzone.study.schemas import made_schemas

FOLDER = Path(__file__).resolve().parent.parent / "src" / "pilotzone" / "study" / "schemas"


def wanted() -> dict[str, str]:
    """Return the text of each schema by the name of its file."""
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in made_schemas().items()}


def out_of_date() -> list[str]:
    """Return the files that are missing, that differ, or that no schema has."""
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*") if path.is_file()}
    made = wanted()
    return sorted(name for name in {*there, *made} if there.get(name) != made.get(name))


def main(arguments: list[str]) -> None:
    """Write, or check."""
    if arguments == ["--check"]:
        if names := out_of_date():
            sys.exit(f"schemas: out of date: {', '.join(names)}; run python tools/schemas.py and commit")
        print("schemas: current")
        return
    if arguments:
        sys.exit("usage: schemas.py [--check]")
    FOLDER.mkdir(exist_ok=True)
    for name, text in wanted().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"schemas: wrote {len(wanted())} to {FOLDER}")


if __name__ == "__main__":
    main(sys.argv[1:])

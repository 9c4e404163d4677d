"""Freeze the protocol of a bundled study, and write docs/protocols.md.

``python tools/protocols.py`` writes the page anew; ``--check`` compares it. ``--freeze KIND/NAME --seen WORDS`` writes
the protocol beside the study file, once; ``--amend KIND/NAME --why WORDS`` adds a later change to it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import sys
from pathlib import Path

from pilotzone.study import KINDS
from pilotzone.study.runs.protocol import PROTOCOL_ENDING

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "protocols.md"
HEAD = """\
# Frozen protocols

The design of these studies was fixed before their first run: outcomes and roles, margins with reasons, windows, who is
left out, alternatives, placebo outcomes and placebo dates. The SHA-256 of the study file at that moment stands here, in
the audit trail of every run (`study.protocol` in `audit.json`), and in a file beside the study file in the package. A
test compares all of them with the file. A change after the freeze is listed with its day, its reason and what had been
seen by then.

A protocol fixes the study file. It does not fix the program or the figures: `versions` and `inputs` in the audit trail
name those. `git log` of the study file shows that it was committed before the first result.

Written by `python tools/protocols.py`.
"""


def page() -> str:
    """Return the page on all protocols."""
    found = [HEAD]
    for kind in KINDS.values():
        for name, item in kind.protocols.items():
            file = f"src/pilotzone/study/{kind.name}/bundled/{name}.toml"
            found.append(f"## {name}\n\nFile: `{file}` ({kind.word})\n")
            found.append(f"- frozen on {item.frozen}: `{item.sha256}`. Seen by then: {item.seen}")
            found += [f"- changed on {each.on}: `{each.sha256}`. {each.why}" for each in item.amended]
            found[-1] += "\n"
    return "\n".join(found)


def frozen(which: str) -> tuple[Path, str]:
    """Return where the protocol of a study lies, and the hash of the study file now."""
    kind, _, name = which.partition("/")
    if kind not in KINDS or name not in KINDS[kind].bundled:
        sys.exit(f"There is no bundled study {which!r}. Allowed: KIND/NAME, such as zone/guizhou.")
    file = ROOT / "src" / "pilotzone" / "study" / kind / "bundled" / f"{name}.toml"
    return file.with_suffix(PROTOCOL_ENDING), hashlib.sha256(file.read_bytes()).hexdigest()


def main(arguments: list[str]) -> int:
    """Freeze, amend, write or check, as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--freeze", "--amend", "--seen", "--why"):
        parser.add_argument(option)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    if asked.freeze:
        file, digest = frozen(asked.freeze)
        with file.open("x", encoding="utf-8") as stream:  # never a second time
            stream.write(f'sha256 = "{digest}"\nfrozen = "{today}"\nseen = {_text(asked.seen)}\n')
    if asked.amend:
        file, digest = frozen(asked.amend)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(f'\n[[amended]]\non = "{today}"\nsha256 = "{digest}"\nwhy = {_text(asked.why)}\n')
    if asked.check:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def _text(words: str | None) -> str:
    """Return words as text of TOML."""
    if not words:
        sys.exit("To do: say in words what had been seen (--seen), or why it was changed (--why).")
    return json.dumps(words, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Damaged weather files: whatever is done to one, its reader says what is wrong or reads it, and soon."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tests.unit.gather import weather_makers as make

from pilotzone.core import DataError, PilotZoneError
from pilotzone.gather import read_weather

CELLS = (
    *(b"", b"-", b"nan", b"inf", b"1e999", b"9" * 400, b"\0", b"\xff\xfe", b'"', b'""', b",", b";", b"\n", b"\r"),
    *(b"\xe2\x80\xa8", b"{", b"[", b"null", b"true", b"-9900", b"99.9", b"0", b"24", b"25", b"2009", b"\xd9\xa3"),
    *(b"1_0", b"=cmd", b"\x1b[31m", b" ", b"a" * 3_000, b"\xb1\xb1", b":", b"/", b"{}", b"[]", b'"x"', b"+5", b"."),
)
KINDS = (None, None, None, None, "epw", "tmy3", "nsrdb", "pvgis", "nasa_power")


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return a file with one to eight things done to it: cells, bytes, lines, pieces."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(min(len(content), rng.choice((300, 3_000, len(content)))) or 1) if content else 0
        lines = content.split(b"\n")
        kind = rng.randrange(7)
        if kind == 0:
            content = content[:at] + rng.choice(CELLS) + content[at + rng.choice((0, 1, 5, 50)) :]
        elif kind == 1:
            content = content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
        elif kind == 2:
            content = content[:at] + content[at + rng.choice((1, 2, 10, 1_000, 100_000)) :]
        elif kind == 3:
            content = content[:at] if rng.random() < 0.3 else content[at:]
        elif kind == 4:
            k = rng.randrange(min(len(lines), 30))
            cells = lines[k].split(b",")
            cells[rng.randrange(len(cells))] = rng.choice(CELLS)
            content = b"\n".join([*lines[:k], b",".join(cells), *lines[k + 1 :]])
        elif kind == 5:
            k = rng.randrange(len(lines))
            content = b"\n".join([*lines[:k], lines[rng.randrange(len(lines))], *lines[k:]])
        else:
            content = content[:at] + content[at : at + rng.randrange(2_000)] + content[at:]
    return content


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(6))
def test_damage_is_told_or_read(seed: int, tmp_path: Path) -> None:
    whole = {
        "a.epw": make.epw(),
        "half.epw": make.epw(each=2),
        "t.csv": make.tmy3("next"),
        "n.csv": make.nsrdb(),
        "v.csv": make.pvgis_csv(),
        "v.json": json.dumps(make.pvgis_json()),
        "w.json": json.dumps(make.power()),
        "w.csv": make.power_csv(),
    }
    rng = random.Random(seed)
    told = 0
    for _ in range(25):
        name = rng.choice(sorted(whole))
        file = tmp_path / rng.choice((name, name, name, "x.csv", "x.epw"))
        file.write_bytes(damaged(whole[name].encode(), rng))
        try:
            found = read_weather(file, rng.choice(KINDS), place=rng.choice((None, "X")))  # type: ignore[arg-type]
            assert found.hours in {8_760, 8_784}
        except PilotZoneError as error:
            told += 1
            text = str(error)
            assert len(text) < 1_500
            assert all(character >= " " or character == "\n" for character in text)
    # Damage that does no harm is rare: most of it is noticed.
    assert told > 15


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("lines.epw", b"\n" * 600_000 + b"a", "600,001 lines"),
        ("large.epw", b"a" * 32_000_001, "32,000,00"),
    ],
)
def test_sizes_are_bounded(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_weather(file)


def test_names_do_not_steer_what_shows_them(tmp_path: Path) -> None:
    file = tmp_path / "a.epw"
    text = make.epw(location="Gui\x1b[31m\u202eyang,-,CHN,CSWD,\u20285,26.58,106.73,8.0,1074.0")
    file.write_text(text, encoding="utf-8")
    found = read_weather(file)
    for shown in (found.place, found.source):
        assert shown.startswith(("Gui", "EPW of Gui"))
        assert not set(shown) & {"\x1b", "\u202e", "\u2028"}

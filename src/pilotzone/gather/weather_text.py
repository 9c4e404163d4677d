"""Text of weather files: which encoding it is in, and the names of places that stand in it.

All that is computed with is ASCII. A name is another matter: files of older programs have it in the encoding of the
country that they were made in, and say nowhere which that is.
"""

from __future__ import annotations

import codecs
import re

from pilotzone.core import DataError

__all__ = ["decoded", "lines_of", "named"]

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_EAST = {"CHN": "gb18030", "TWN": "big5", "HKG": "big5", "MAC": "big5", "JPN": "cp932", "KOR": "cp949"}
_SLAVIC = dict.fromkeys(("RUS", "UKR", "BLR", "BGR", "KAZ", "KGZ", "MKD", "SRB"), "cp1251")
_CENTRAL = dict.fromkeys(("POL", "CZE", "SVK", "HUN", "SVN", "HRV", "BIH", "ROU"), "cp1250")
_COUNTRIES = _EAST | _SLAVIC | _CENTRAL | {"GRC": "cp1253", "TUR": "cp1254", "ISR": "cp1255", "VNM": "cp1258"}
"""Country, ISO 3166-1 alpha 3, to the encoding that its programs used before UTF-8."""
_WEST = "cp1252"
_UNTOLD = ("gb18030", _WEST)
"""What a name could be in where the country does not stand in the file."""
_CODE = re.compile(r"[A-Z]{3}")
_HAN = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3\u3040-\u30ff]+")


def decoded(name: str, content: bytes) -> tuple[str, bool]:
    """Return the text of a file, and whether its encoding is told: UTF-8 or UTF-16.

    Else every byte is the character of its number, which keeps the bytes of names as they are; `named` reads them.

    Raises
    ------
    DataError
        If there are zero bytes: the file is not a text.
    """
    if content.startswith(_WIDE):
        try:
            return content.decode("utf-16"), True
        except UnicodeDecodeError as error:
            raise DataError(
                f"{name} begins as UTF-16 and does not continue as UTF-16.", allowed="text in UTF-8"
            ) from error
    if b"\0" in content:
        raise DataError(f"{name} holds zero bytes: it is not text.", allowed="a weather file as its source gives it")
    try:
        return content.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return content.decode("latin-1"), False


def lines_of(text: str) -> list[str]:
    """Return lines, whatever ends them; other characters that Python counts as ends do not."""
    found = re.split(r"\r\n|\n|\r", text)
    while found and not found[-1].strip():
        found.pop()
    return found


def named(file: str, text: str, country: str = "") -> str:
    """Return the name of a place whose bytes `decoded` kept, read in the encoding of its country.

    Parameters
    ----------
    file
        Name of the file, for the error.
    text
        The name, as `decoded` gave it.
    country
        ISO 3166-1 alpha 3 code; anything else counts as not said.

    Raises
    ------
    DataError
        If the encoding cannot be told: a wrong name is worse than none.
    """
    name = " ".join(text.split())
    if name.isascii():
        return name
    raw = name.encode("latin-1")
    code = country.strip().upper()
    known = (_COUNTRIES.get(code, _WEST),) if _CODE.fullmatch(code) else _UNTOLD
    found = {read for encoding in known if (read := _read(raw, encoding))}
    # A file of a country with letters of its own may also be in those of the west, and the other way round.
    if not found and len(known) == 1:
        found = {read for encoding in _UNTOLD if (read := _read(raw, encoding))}
    if len(found) != 1:
        could = f", it could be {' or '.join(sorted(found))}" if found else ""
        raise DataError(
            f"{file}: the name of the place is in an encoding that cannot be recognised{could}.",
            allowed="UTF-8, or the encoding of the country whose code stands beside the name",
            todo="save the file as UTF-8, or give the place a name in the siting file",
        )
    return found.pop()


def _read(raw: bytes, encoding: str) -> str:
    """Return what bytes say in an encoding, or nothing if that cannot be a name."""
    try:
        name = raw.decode(encoding)
    except UnicodeDecodeError:
        return ""
    others = [character for character in name if not character.isascii()]
    if encoding in _EAST.values():
        return name if all(_HAN.fullmatch(character) for character in others) else ""
    return name if all(character.isalpha() for character in others) else ""

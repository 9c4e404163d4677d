"""What study files have in common that a page begins from a user's own table."""

from __future__ import annotations

import json

from pydantic import Field

from pilotzone.core import UsageError
from pilotzone.study.runs.fields import StrictModel, Text

__all__ = ["BegunFile", "quoted"]


class BegunFile(StrictModel):
    """A table of one's own as a page names it, and how it is written where it is not as most are."""

    title: Text
    question: Text = Field(default="What did the zone change?")
    file: Text
    delimiter: Text | None = None
    encoding: Text | None = None
    sheet: Text | None = None

    def form(self) -> list[str]:
        """Return the lines of a study file that say how the table is written."""
        keys = ("delimiter", "encoding", "sheet")
        return [f"{key} = {quoted(text)}" for key in keys if (text := getattr(self, key))]


def quoted(text: str) -> str:
    """Return a text as TOML writes it; the escapes of JSON are among those of TOML.

    Raises
    ------
    UsageError
        If it holds half of a character, which no file can hold.
    """
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):  # noqa: PLR2004 - what no file can hold
        raise UsageError("a name holds signs that cannot be written.", todo="rename it in the file")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""What study files have in common that a page begins from a user's own table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, ValidationError

from pilotzone.core import UsageError
from pilotzone.study.runs.faults import explain
from pilotzone.study.runs.fields import StrictModel, Text

__all__ = ["BegunFile", "quoted", "quoted_margin"]


class BegunFile(StrictModel):
    """A table of one's own as a page names it, and how it is written where it is not as most are."""

    title: Text
    question: Text = Field(default="What did the zone change?")
    file: Text
    delimiter: Text | None = None
    encoding: Text | None = None
    sheet: Text | None = None

    @classmethod
    def of_page(cls, given: Mapping[str, Any], what: str = "study") -> Self:
        """Return what a page sent, checked; `what` is what its file is called.

        Raises
        ------
        StudyError
            If something is missing or cannot be.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise explain(error, "of the page", cls, what=what) from error

    def head(self, manual: str) -> list[str]:
        """Return the first lines of a study file, whose keys are told in a page of the reference."""
        return [
            f"# Begun in the lab from a table. Every key is told in docs/reference/{manual}.",
            "format = 1",
            f"title = {quoted(self.title)}",
            f"question = {quoted(self.question)}",
            "",
        ]

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


def quoted_margin(margin: str | float) -> str:
    """Return a margin as TOML writes it: a share such as ``"5%"`` is a text, any other a number."""
    return quoted(margin) if isinstance(margin, str) else f"{margin!r}"

"""The protocol of a bundled study is the hash of its file before its first run, and stands wherever it is told."""

from __future__ import annotations

from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest

from pilotzone.core import StudyError
from pilotzone.study import KINDS, load, parse
from pilotzone.study.runs.audit import made_from
from pilotzone.study.runs.protocol import Protocol, read_protocol
from protocols import PAGE, page

FROZEN = [(kind.name, name) for kind in KINDS.values() for name in kind.protocols]
FIRST = {
    "guiyang": "82d19b14902b7370b965ab8d88b0dea32d4aed0e80fa0c8aad95d9d172791fcf",
    "guizhou-cities": "fd5acf6cdad8c08095d044481abf02f9a1ea12307bdb43632a4f95f493ab795c",
    "china-zones": "8b73be6e3fb8207e91d5b6068ab93a5918b01ee7d0ea8b2d48072ee673a181f4",
    "china-zones-growth": "92a8c9f06d646b17fb47320b17eade6403035f32b0126924af8039b89992dfad",
    "us-data-centres": "d78f93586303ce7a4fdae6db41c20038d6e94671e9d894c1a1d6b616dbfecdda",
    "virginia": "bd2264d1c720b00ad268f4088ccab5dff8ddffc51dabb1cde3657f433220f953",
    "inland-provinces": "5a494bcc7950d0b61e64bec7a2623cf2adb9236341d333c1286eeabca79d5410",
}
"""The hash of each study file as it was committed before its first run: one that is named here never changes."""
A, B = "a" * 64, "b" * 64
OWN = f'sha256 = "{A}"\nfrozen = "2026-11-30"\nseen = "nothing"\n'


@pytest.mark.parametrize(("kind", "name"), FROZEN)
def test_study_file_is_the_frozen_one(kind: str, name: str) -> None:
    protocol = KINDS[kind].protocols[name]
    assert sha256(KINDS[kind].bundled_file(name)).hexdigest() == protocol.current
    assert protocol.sha256 == FIRST[name]
    assert protocol.sha256 in PAGE.read_text(encoding="utf-8")
    audit = made_from(load(name, kind=kind), {})
    assert audit["study"]["protocol"] == protocol.record()


def test_page_lists_all_protocols() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python tools/protocols.py"


def test_protocol_without_and_with_changes() -> None:
    first = read_protocol(OWN, "mine")
    assert (first, first.current) == (Protocol(A, "2026-11-30", "nothing"), A)
    assert first.sentence.endswith("(SHA-256 aaaaaaaaaaaa...), and has not been changed since.")
    later = read_protocol(f'{OWN}[[amended]]\non = "2026-12-01"\nsha256 = "{B}"\nwhy = "A typo."\n', "mine")
    assert (later.sha256, later.current) == (A, B)
    assert later.sentence.endswith("It was changed since. 2026-12-01: A typo.")
    assert later.record()["amended"] == [{"on": "2026-12-01", "sha256": B, "why": "A typo."}]


@pytest.mark.parametrize(
    "text",
    [
        OWN.replace("frozen", "when"),
        OWN.replace("2026-11-30", "30 November"),
        OWN.replace(A, A[:-1]),
        OWN.replace("nothing", " "),
        f'{OWN}[[amended]]\non = "2026-12-01"\nwhy = "A typo."\n',
    ],
)
def test_protocol_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(StudyError, match="protocol of 'mine'"):
        read_protocol(text, "mine")


def test_only_the_file_itself_has_its_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (resources.files("pilotzone.study.zone") / "bundled" / "guizhou.toml").read_bytes()
    own = Protocol(sha256(text).hexdigest(), "2026-11-30", "nothing")
    monkeypatch.setitem(KINDS["zone"].__dict__, "protocols", {"guizhou": own})
    assert load("guizhou").protocol == own
    assert parse(text + b"\n", "guizhou").protocol is None
    (tmp_path / "guizhou.toml").write_bytes(text)
    assert load(tmp_path / "guizhou.toml").protocol is None


def test_kinds_without_bundled_studies_have_no_protocols() -> None:
    assert all(set(kind.protocols) <= set(kind.bundled) for kind in KINDS.values())
    assert KINDS["plan"].protocols == {}

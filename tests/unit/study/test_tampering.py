"""Every kind of tampering is noticed, however well the hashes are made to fit: by exit code, and by name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.study.forged import Json, Tamper, cell, edit, rewrite, sealed, swap, write_panel, write_zone

from pilotzone.core import PilotZoneError
from pilotzone.study import KINDS, load, run_study, verify

CHECK = import_module("pilotzone.study.runs.verifying")


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_zone(tmp_path_factory.mktemp("zone")).parents[1]


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_panel(tmp_path_factory.mktemp("panel")).parents[1]


@pytest.fixture(scope="module")
def remembered() -> dict[str, Any]:
    return {}


@pytest.fixture(autouse=True)
def recomputed_once(remembered: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Recompute what is asked for only where it was not before: by settings and data, then by all that is shown."""

    def memory(name: str, key: Callable[..., object]) -> None:
        real = getattr(CHECK, name)

        def call(first: Any, **rest: Any) -> Any:  # noqa: ANN401 - studies and findings
            asked = f"{name}: {key(first)} {rest.get('tables')}"
            if asked not in remembered:
                remembered[asked] = real(first, **rest)
            return remembered[asked]

        monkeypatch.setattr(CHECK, name, call)

    def of_study(study: Any) -> str:  # noqa: ANN401 - of either kind
        data = study.spec.data if hasattr(study.spec, "data") else study.spec.panel
        files = [study.folder / name for name in (data.file, "places.toml") if (study.folder / name).is_file()]
        hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        return f"{study.name} {study.spec.model_dump_json()} {hashes}"

    def of_run(done: Any) -> str:  # noqa: ANN401 - of any kind
        return f"{id(done.findings)} {json.dumps(done.audit)}"

    memory("execute", of_study)
    memory("contents_of", of_run)


def audit(change: Callable[[Json], object]) -> Tamper:
    return lambda folder: edit(folder / "audit.json", change)


def verdict(change: Callable[[Json], object]) -> Tamper:
    return lambda folder: edit(folder / "verdict.json", change)


def text(name: str, old: str, new: str) -> Tamper:
    return lambda folder: swap(folder / name, old, new)


def raw(name: str, change: Callable[[bytes], bytes]) -> Tamper:
    def tamper(folder: Path) -> None:
        content = (folder / name).read_bytes()
        assert change(content) != content
        (folder / name).write_bytes(change(content))

    return tamper


def table(name: str, change: Callable[[pa.Table], pa.Table], **options: Any) -> Tamper:
    return lambda folder: rewrite(folder / name, change, **options)


def put(name: str, content: str = "<h1>GREEN GROWTH</h1>") -> Tamper:
    def tamper(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")

    return tamper


def both(*tampers: Tamper) -> Tamper:
    def tamper(folder: Path) -> None:
        for item in tampers:
            item(folder)

    return tamper


def deepest(record: Any) -> Json:  # noqa: ANN401 - plain data
    """Return the first table that has no table in it."""
    tables = [held for held in holders(record) if not any(isinstance(item, dict | list) for item in held.values())]
    return tables[0]


def holders(value: Any) -> list[Json]:  # noqa: ANN401 - plain data
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [held for item in inner for held in holders(item)] + ([value] if isinstance(value, dict) else [])


def without_policy(folder: Path) -> None:
    swap(folder / "report.html", 'http-equiv="Content-Security-Policy"', 'name="x"')


def with_script(folder: Path) -> None:
    script = 'document.title = "GREEN GROWTH"'
    import base64

    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    swap(folder / "report.html", "script-src ", f"script-src &#39;sha256-{digest}&#39; ")
    swap(folder / "report.html", "</body>", f"<script>{script}</script></body>")


def first_number_of_charts(content: bytes) -> bytes:
    """Return a report with one figure of the charts changed in its third digit."""
    import re

    start = content.index(b'"columns"')
    found = re.compile(rb"0\.\d{5,}").search(content, start)
    assert found is not None
    figure = found[0]
    return (
        content[: found.start()] + figure[:4] + (b"1" if figure[4:5] != b"1" else b"2") + content[found.start() + 5 :]
    )


def without_tables(folder: Path) -> None:
    """Take the tables for papers away, and all that the list of files says of them."""
    names = [path.name for path in folder.glob("table-*")]
    assert len(names) == 10
    for name in names:
        (folder / name).unlink()
    edit(folder / "audit.json", lambda record: [record["outputs"].pop(name) for name in names])


def linked(name: str) -> Tamper:
    def tamper(folder: Path) -> None:
        elsewhere = folder.parents[1] / "elsewhere"
        (folder / name).rename(elsewhere)
        (folder / name).symlink_to(elsewhere)

    return tamper


def piped(folder: Path) -> None:
    (folder / "evidence.parquet").unlink()
    os.mkfifo(folder / "evidence.parquet")


def as_folder(folder: Path) -> None:
    (folder / "evidence.parquet").unlink()
    (folder / "evidence.parquet").mkdir()


def renamed(folder: Path) -> None:
    (folder / "verdict.json").rename(folder / "Verdict.json")


def listed_as_well(folder: Path) -> None:
    put("report-final.html")(folder)
    digest = hashlib.sha256((folder / "report-final.html").read_bytes()).hexdigest()
    edit(folder / "audit.json", lambda record: record["outputs"].update({"report-final.html": digest}))


def reordered(record: Json) -> None:
    first = next(iter(record))
    record[first] = record.pop(first)


def note_on_table(kept: pa.Table) -> pa.Table:
    return kept.replace_schema_metadata({b"approved": b"by the ministry"})


def note_on_column(kept: pa.Table) -> pa.Table:
    field = kept.schema.field(0).with_metadata({b"approved": b"by the ministry"})
    return kept.cast(pa.schema([field, *list(kept.schema)[1:]]))


def as_float32(kept: pa.Table) -> pa.Table:
    place = kept.column_names.index("value")
    return kept.set_column(place, "value", kept.column("value").cast(pa.float32(), safe=False))


def other_version(folder: Path) -> None:
    """Say that another version made the run, so that the report need not be the same by its bytes."""
    edit(folder / "audit.json", lambda record: record["versions"].update(pilotzone="0.0.9"))
    swap(folder / "report.html", metadata.version("pilotzone"), "0.0.9")


def last_digit(name: str) -> Tamper:
    """Change the last digit of a number that has many."""

    def change(content: bytes) -> bytes:
        import re

        found = re.search(rb"0\.\d{14,}", content)
        assert found is not None
        at = found.end() - 1
        return content[:at] + (b"1" if content[at : at + 1] != b"1" else b"2") + content[at + 1 :]

    return raw(name, change)


OTHER, NOT_ALL, NONE = "different", "not all", "not recomputed"

REPORT = {
    "its label": (text("report.html", "<h1", '<p class="verdict">GREEN GROWTH</p><h1'), OTHER, "report.html: line "),
    "its policy": (without_policy, OTHER, "Content-Security-Policy"),
    "a script with its hash in the policy": (with_script, OTHER, "report.html: line "),
    "figures of a chart": (raw("report.html", first_number_of_charts), OTHER, "report.html: line "),
    "its vendored script": (raw("report.html", lambda c: c.replace(b"function", b"Function", 1)), OTHER, "report.html"),
    "its style": (text("report.html", "</style>", ".limits{display:none}</style>"), OTHER, "report.html: line "),
    "a line end": (raw("report.html", lambda c: c + b"\n"), OTHER, "report.html: line "),
    "other line ends": (raw("report.html", lambda c: c.replace(b"\n", b"\r\n")), OTHER, "report.html: line 1 "),
    "a byte order mark": (raw("report.html", lambda c: b"\xef\xbb\xbf" + c), OTHER, "report.html: line 1 "),
    "its end": (raw("report.html", lambda c: c[:-200]), OTHER, "report.html: line "),
    "all of it": (raw("report.html", lambda c: c * 6), OTHER, "report.html: has "),
}

RECORD = {
    "its label": (verdict(lambda r: r["verdict"].update(label="no")), OTHER, "verdict.label is 'no'"),
    "a p-value": (verdict(lambda r: r["verdict"].update(p_claim=0.001)), OTHER, "verdict.p_claim is 0.001"),
    "a last digit": (last_digit("verdict.json"), OTHER, "has other last digits of numbers"),
    "a key twice": (text("verdict.json", "{", '{ "title": "PROVEN",'), OTHER, "has the key 'title' twice"),
    "a key twice within": (
        text("verdict.json", '"label"', '"label": "x", "label"'),
        OTHER,
        "has the key 'label' twice",
    ),
    "the order of keys": (verdict(reordered), OTHER, "verdict.json: line 2 "),
    "a key more": (verdict(lambda r: r.update(approved=True)), OTHER, "approved is True, recomputed not there"),
    "a key more within": (verdict(lambda r: deepest(r).update(note="x")), OTHER, "note is 'x', recomputed not there"),
    "nothing for a number": (verdict(lambda r: r["verdict"].update(p_claim=None)), OTHER, "verdict.p_claim is empty"),
    "a whole number": (text("verdict.json", '"alpha": 0.05', '"alpha": 0.050'), OTHER, "verdict.json"),
    "blanks": (raw("verdict.json", lambda c: c.replace(b"  ", b" ")), OTHER, "verdict.json: line 2 "),
    "a line end": (raw("verdict.json", lambda c: c + b"\n"), OTHER, "verdict.json: line "),
    "an escape": (raw("verdict.json", lambda c: c.replace(b"green", b"gr\\u0065en", 1)), OTHER, "verdict.json: line "),
    "NaN": (text("verdict.json", '"alpha": 0.05', '"alpha": NaN'), OTHER, "verdict.alpha is nan"),
    "a ranking of places": (verdict(lambda r: deepest(r["siting"]).update(x=1)), OTHER, "siting"),
}

TABLES = {
    "a value": (table("effects.parquet", cell("value", 100, lambda v: v + 1)), OTHER, "effects.parquet: value of ("),
    "a last digit": (table("effects.parquet", cell("value", 100, lambda v: np.nextafter(v, 9))), OTHER, "last digits"),
    "a name": (table("effects.parquet", cell("unit", 100, lambda _: "Nowhere")), OTHER, "unit Nowhere"),
    "a note": (table("effects.parquet", note_on_table), OTHER, "note 'approved' is 'by the ministry'"),
    "a note on a column": (table("evidence.parquet", note_on_column), OTHER, "note on column 'unit' 'approved'"),
    "a type": (table("effects.parquet", as_float32), OTHER, "type of column 'value' is 'float', recomputed 'double'"),
    "the order of rows": (
        table("effects.parquet", lambda t: t.take(list(range(len(t)))[::-1])),
        OTHER,
        "another order",
    ),
    "the order of columns": (
        table("evidence.parquet", lambda t: t.select(t.column_names[::-1])),
        OTHER,
        "another order",
    ),
    "a column more": (
        table("effects.parquet", lambda t: t.append_column("x", pa.array([1] * len(t)))),
        OTHER,
        "column 'x' is there, and not there when recomputed",
    ),
    "a row less": (table("evidence.parquet", lambda t: t.slice(1)), OTHER, "is not there, and there when recomputed"),
    "a row twice": (table("evidence.parquet", lambda t: pa.concat_tables([t, t.slice(0, 1)])), OTHER, "there twice"),
    "its compression": (table("effects.parquet", lambda t: t, compression="snappy"), OTHER, "by another program"),
    "its groups of rows": (table("effects.parquet", lambda t: t, row_group_size=100), OTHER, "by another program"),
    "bytes within": (
        raw("effects.parquet", lambda c: c[:4] + b"GREEN GROWTH" + c[4:]),
        OTHER,
        "effects.parquet: ",
    ),
    "bytes after": (raw("effects.parquet", lambda c: c + b"\0"), OTHER, "is not a Parquet file that can be read"),
    "a figure": (table("evidence.parquet", cell("value", 7, lambda v: v * 2)), OTHER, "evidence.parquet: value of ("),
    "a source": (table("evidence.parquet", cell("source", 7, lambda _: "NBS")), OTHER, "source of (unit Place A"),
    "a text": (raw("table-effects.tex", lambda c: c.replace(b"Gap", b"Gain", 1) + b"%"), OTHER, "table-effects.tex"),
    "a text for Word": (raw("table-checks.rtf", lambda c: c[:-2] + b" }\n"), OTHER, "table-checks.rtf"),
}

AUDIT = {
    "an entry": (audit(lambda r: r.update(approved_by="Ministry")), OTHER, "approved_by is 'Ministry'"),
    "an entry of the study": (audit(lambda r: r["study"].update(claim="proven")), OTHER, "study.claim is 'proven'"),
    "a seed": (audit(lambda r: r["seeds"].update(draws=1)), OTHER, "seeds.draws is 1"),
    "a key twice": (text("audit.json", '"seeds"', '"seeds": {"a": 1}, "seeds"'), PilotZoneError, "'seeds' twice"),
    "NaN": (text("audit.json", '"statistics": 2', '"statistics": NaN'), PilotZoneError, "NaN"),
    "the order of keys": (audit(reordered), OTHER, "audit.json: line 2 "),
    "blanks": (raw("audit.json", lambda c: c.replace(b"  ", b" ")), OTHER, "audit.json: line 2 "),
    "a line end": (raw("audit.json", lambda c: c + b"\n"), OTHER, "audit.json: line "),
    "a byte order mark": (raw("audit.json", lambda c: b"\xef\xbb\xbf" + c), PilotZoneError, "is not JSON"),
    "the title": (audit(lambda r: r["study"]["settings"].update(title="Proven")), OTHER, "settings.title is 'Proven'"),
    "the margin": (
        audit(lambda r: r["study"]["settings"]["outcomes"][1].update(margin=20.0)),
        OTHER,
        "settings.outcomes[log_smoke].margin is 20.0, the study file says 10.0",
    ),
    "the alpha": (audit(lambda r: r["study"]["settings"]["claim"].update(alpha=0.1)), OTHER, "settings.claim.alpha"),
    "a setting more": (audit(lambda r: r["study"]["settings"].update(approved=True)), NONE, "approved is not a key"),
    "a setting less": (
        audit(lambda r: r["study"]["settings"].pop("alternatives")),
        OTHER,
        "settings.alternatives is not there",
    ),
    "a whole number": (
        audit(lambda r: r["study"]["settings"]["outcomes"][1].update(margin=10)),
        OTHER,
        "audit.json: line ",
    ),
    "the name": (audit(lambda r: r["study"].update(name="proven")), OTHER, "study file of proven was not found"),
    "the name, a path": (audit(lambda r: r["study"].update(name="../x")), OTHER, "was not found"),
    "the hash of the study": (
        audit(lambda r: r["study"].update(sha256="0" * 64)),
        OTHER,
        "is not the one that was run",
    ),
    "no hash of the study": (audit(lambda r: r["study"].update(sha256="")), OTHER, "study.sha256 is ''"),
    "words for a hash": (audit(lambda r: r["study"].update(sha256="checked")), OTHER, "study.sha256 is 'checked'"),
    "where the study was": (audit(lambda r: r["study"].update(folder="../..x")), NONE, "It was looked for as"),
    "no place of the study": (audit(lambda r: r["study"].update(folder=None)), NONE, "does not say where"),
    "a place of another kind": (audit(lambda r: r["study"].update(folder=["x"])), NONE, "does not say where"),
    "a version in words": (
        audit(lambda r: r["versions"].update(numpy="2, audited")),
        OTHER,
        "versions.numpy is '2, aud",
    ),
    "a platform in words": (
        audit(lambda r: r["versions"].update(platform="GREEN!")),
        OTHER,
        "versions.platform is 'GRE",
    ),
    "a version more": (audit(lambda r: r["versions"].update(note="1.0")), OTHER, "versions.note is '1.0'"),
    "a version less": (audit(lambda r: r["versions"].pop("numpy")), OTHER, "versions.numpy is not there"),
    "an input more": (audit(lambda r: r["inputs"].update({"data/x.csv": "0"})), OTHER, "data/x.csv: the run was made"),
    "an input less": (audit(lambda r: r["inputs"].pop("data/figures.csv")), OTHER, "data/figures.csv: is there now"),
    "an input's hash": (
        audit(lambda r: r["inputs"].update({"siting/places.toml": "0"})),
        OTHER,
        "places.toml: has changed",
    ),
    "a file more": (audit(lambda r: r["outputs"].update({"x.html": "0"})), OTHER, "lists 'x.html'"),
    "a file less": (audit(lambda r: r["outputs"].pop("report.html")), OTHER, "report.html: is not listed"),
    "durations in words": (audit(lambda r: r["seconds"].update(effects="fast")), OTHER, "audit.json: seconds is"),
    "a duration less": (audit(lambda r: r["seconds"].pop("effects")), OTHER, "audit.json: seconds is"),
    "a duration below zero": (audit(lambda r: r["seconds"].update(effects=-1.0)), OTHER, "audit.json: seconds is"),
    "a duration more": (audit(lambda r: r["seconds"].update(audited=1.0)), OTHER, "audit.json: seconds is"),
    "formats of tables": (audit(lambda r: r.update(tables=["latex"])), OTHER, "tables"),
    "a kind": (audit(lambda r: r.update(kind="zones")), PilotZoneError, "kind 'zones', which is not known"),
    "a kind that is a list": (audit(lambda r: r.update(kind=["plan"])), PilotZoneError, "which is not known"),
    "the kind of a panel": (
        audit(lambda r: r.update(kind="panel", statistics=KINDS["panel"].statistics)),
        NONE,
        "not a study that this version can run",
    ),
    "the kind of a panel alone": (
        audit(lambda r: r.update(kind="panel")),
        NONE,
        "numbers of a study of a panel with many units meant something else",
    ),
}

FILES = {
    "a second report": (put("report-final.html"), NOT_ALL, "also holds report-final.html"),
    "a second report, listed": (listed_as_well, OTHER, "lists 'report-final.html'"),
    "a hidden file": (put(".report.html"), NOT_ALL, "also holds .report.html"),
    "a folder": (put("appendix/report.html"), NOT_ALL, "also holds appendix"),
    "a file gone": (lambda folder: (folder / "effects.parquet").unlink(), OTHER, "effects.parquet: is not there."),
    "a file renamed": (renamed, OTHER, "verdict.json: is not there."),
    "a link": (linked("report.html"), OTHER, "report.html: is a link"),
    "a link for the audit": (linked("audit.json"), PilotZoneError, "is a link"),
    "a pipe": (piped, OTHER, "evidence.parquet: is not a file."),
    "a folder for a file": (as_folder, OTHER, "evidence.parquet: is not a file."),
    "no tables for papers": (without_tables, OTHER, "table-verdict.tex: is not there."),
    "one table for papers less": (
        lambda folder: (folder / "table-effects.tex").unlink(),
        OTHER,
        "table-effects.tex: is",
    ),
    "a report by another version": (both(other_version, without_policy), NOT_ALL, "report.html was made by other"),
    "a report on another machine": (
        both(audit(lambda r: r["versions"].update(platform="x y")), without_policy),
        OTHER,
        "Content-Security-Policy",
    ),
    "an audit by another version": (
        both(other_version, audit(lambda r: r.update(approved_by="Ministry"))),
        NOT_ALL,
        "approved_by is 'Ministry'",
    ),
}


def beside(name: str, change: Callable[[bytes], bytes]) -> Tamper:
    return lambda folder: raw(name, change)(folder.parents[1])


BESIDE = {
    "a margin in the study file": (
        beside("invented.toml", lambda c: c.replace(b"margin = 10", b"margin = 20")),
        NOT_ALL,
        "margin is 10.0, the study file says 20.0",
    ),
    "a comment in the study file": (beside("invented.toml", lambda c: c + b"# x\n"), NOT_ALL, "It says the same."),
    "the study file gone": (lambda folder: (folder.parents[1] / "invented.toml").unlink(), NOT_ALL, "was not found"),
    "a figure": (beside("figures.csv", lambda c: c.replace(b"1", b"2", 1)), OTHER, "data/figures.csv: has changed"),
    "a byte order mark": (beside("figures.csv", lambda c: b"\xef\xbb\xbf" + c), OTHER, "figures.csv: has changed"),
    "line ends": (beside("figures.csv", lambda c: c.replace(b"\r\n", b"\n")), OTHER, "figures.csv: has changed"),
    "a line end": (beside("figures.csv", lambda c: c + b"\n"), OTHER, "figures.csv: has changed"),
    "the ranking of places": (
        beside("places.toml", lambda c: c.replace(b"3.0", b"9.0")),
        OTHER,
        "places.toml: has chang",
    ),
}

ALL = {
    f"{part}: {what}": case
    for part, cases in (
        ("report", REPORT),
        ("record", RECORD),
        ("tables", TABLES),
        ("audit", AUDIT),
        ("folder", FILES),
        ("beside", BESIDE),
    )
    for what, case in cases.items()
}


def noticed(folder: Path, tamper: Tamper, state: str | type[PilotZoneError], says: str) -> None:
    tamper(folder)
    sealed(folder)
    if not isinstance(state, str):
        with pytest.raises(state, match=says):
            verify(folder)
        return
    found = verify(folder)
    told = "\n".join(
        [*(item.sentence() for item in found.differences), *found.unchecked, *found.remarks, found.obstacle or ""]
    )
    assert (found.state, says in told) == (state, True), told


@pytest.mark.parametrize("what", ALL)
def test_tampering_with_a_zone_is_noticed(zone: Path, tmp_path: Path, what: str) -> None:
    home = Path(shutil.copytree(zone, tmp_path / "home"))
    noticed(home / "runs" / "invented", *ALL[what])


def test_what_was_not_tampered_with_is_the_same(zone: Path, panel: Path, tmp_path: Path) -> None:
    for home, name in ((zone, "invented"), (panel, "zones")):
        folder = Path(shutil.copytree(home, tmp_path / name)) / "runs" / name
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        sealed(folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        found = verify(folder)
        assert (found.state, found.differences, found.unchecked, found.remarks) == ("same", (), (), ())


def other_margin(zone: Path, tmp_path: Path, sha256: Callable[[str], str]) -> Path:
    """Run the study with another margin; return the run in its home, said to be of the file that is there."""
    home = Path(shutil.copytree(zone, tmp_path / "home"))
    study = home / "invented.toml"
    own = study.read_bytes()
    study.write_bytes(own.replace(b"margin = 10", b"margin = 20"))
    done = load(study)
    study.write_bytes(own)
    folder = home / "runs" / "invented"
    forged = replace(done, sha256=sha256(hashlib.sha256(own).hexdigest()))
    shutil.rmtree(folder)
    return run_study(forged).write(folder)


@pytest.mark.parametrize(
    ("sha256", "state", "says"),
    [
        (lambda own: own, OTHER, "audit.json: settings.outcomes[log_smoke].margin is 20.0, the study file says 10.0"),
        (lambda _: "1" * 64, NOT_ALL, "settings.outcomes[log_smoke].margin is 20.0, the study file says 10.0"),
    ],
)
def test_a_whole_run_with_another_margin(
    zone: Path, tmp_path: Path, sha256: Callable[[str], str], state: str, says: str
) -> None:
    noticed(other_margin(zone, tmp_path, sha256), lambda _: None, state, says)


PANELS: dict[str, tuple[Tamper, str | type[PilotZoneError], str]] = {
    "its label": (text("report.html", "<h1", "<p>GREEN GROWTH</p><h1"), OTHER, "report.html: line "),
    "its policy": (without_policy, OTHER, "Content-Security-Policy"),
    "a label": (verdict(lambda r: r["verdict"].update(label="x")), OTHER, "verdict.label is 'x'"),
    "a last digit": (last_digit("verdict.json"), OTHER, "has other last digits"),
    "a key twice": (text("verdict.json", "{", '{ "title": "PROVEN",'), OTHER, "has the key 'title' twice"),
    "a key more within": (verdict(lambda r: deepest(r).update(x=1)), OTHER, "x is 1, recomputed not there"),
    "an effect": (table("effects.parquet", cell("estimate", 3, lambda v: v + 1e-6)), OTHER, "estimate of"),
    "an interval": (table("effects.parquet", cell("lower", 3, lambda _: -9.0)), OTHER, "lower of"),
    "a note": (table("effects.parquet", note_on_table), OTHER, "note 'approved'"),
    "the order of rows": (
        table("effects.parquet", lambda t: t.take(list(range(len(t)))[::-1])),
        OTHER,
        "another order",
    ),
    "an entry": (audit(lambda r: r.update(approved_by="Ministry")), OTHER, "approved_by is 'Ministry'"),
    "a seed": (audit(lambda r: r["seeds"].update(bands=1)), OTHER, "seeds.bands is 1"),
    "the seed of a setting": (
        audit(lambda r: r["study"]["settings"]["method"].update(seed=7)),
        OTHER,
        "settings.method.seed is 7, the study file says 20160",
    ),
    "the margin": (
        audit(lambda r: r["study"]["settings"]["outcomes"][1].update(margin=20.0)),
        OTHER,
        "settings.outcomes[co2].margin is 20.0, the study file says 5.0",
    ),
    "the citation": (audit(lambda r: r["study"]["settings"]["panel"].update(citation="NBS")), OTHER, "panel.citation"),
    "the engine": (
        audit(lambda r: r["study"]["settings"]["engine"].update(name="spark", master="local[2]")),
        OTHER,
        "settings.engine.name is 'spark', the study file says 'duckdb'",
    ),
    "Java's options": (
        audit(
            lambda r: r["study"]["settings"]["engine"].update(
                name="spark", spark={"spark.driver.extraJavaOptions": "-XX:OnOutOfMemoryError=id"}
            )
        ),
        NONE,
        "extraJavaOptions",
    ),
    "words for memory": (
        audit(lambda r: r["study"]["settings"]["engine"].update(memory="audited")),
        NONE,
        "engine.memory",
    ),
    "no hash of the study": (audit(lambda r: r["study"].update(sha256="")), OTHER, "report.html: line "),
    "no kind": (audit(lambda r: r.pop("kind")), PilotZoneError, "kind None, which is not known"),
    "durations": (audit(lambda r: r.update(seconds={"effects": 1.0})), OTHER, "seconds is "),
    "a second report": (put("report-final.html"), NOT_ALL, "also holds report-final.html"),
    "a file gone": (lambda folder: (folder / "effects.parquet").unlink(), OTHER, "effects.parquet: is not there."),
    "a link": (linked("verdict.json"), OTHER, "verdict.json: is a link"),
    "a byte order mark in the panel": (
        beside("towns.csv", lambda c: b"\xef\xbb\xbf" + c),
        OTHER,
        "towns.csv: has chang",
    ),
    "a line end in the panel": (beside("towns.csv", lambda c: c + b"\n"), OTHER, "towns.csv: has changed"),
    "the study file": (
        beside("zones.toml", lambda c: c.replace(b"= 5", b"= 9", 1)),
        NOT_ALL,
        "margin is 5.0, the study",
    ),
}


@pytest.mark.parametrize("what", PANELS)
def test_tampering_with_a_panel_is_noticed(panel: Path, tmp_path: Path, what: str) -> None:
    home = Path(shutil.copytree(panel, tmp_path / "home"))
    noticed(home / "runs" / "zones", *PANELS[what])


def test_both_together_are_as_many_as_they_look() -> None:
    assert len(ALL) + len(PANELS) >= 100
    assert len({id(case[0]) for case in (*ALL.values(), *PANELS.values())}) > 90

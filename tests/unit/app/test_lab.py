"""The application over HTTP: pages, orders, files; what comes from strangers stays text."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.unit.study.invented import Figures, write_study

from pilotzone.app.folder import Folder
from pilotzone.app.lab import Lab
from pilotzone.app.workers import Workers
from pilotzone.study import KINDS, run

PORT = 4323
HOME = f"http://127.0.0.1:{PORT}"
HOSTILE = "<img src=x onerror=alert(1)>"
GUIZHOU = {"study": "zone/guizhou", "changes": {}, "window": "w", "number": 1}


class Quiet:
    """Takes orders and does nothing: what is asked is looked at."""

    def __init__(self) -> None:
        self.orders: list[Any] = []

    def start(self) -> None: ...

    def end(self) -> None: ...

    async def order(self, name: str, order: Any) -> None:  # noqa: ANN401 - any order
        self.orders.append((name, order))

    def news(self, name: str) -> Any:  # noqa: ANN401 - as it is asked
        return Workers().news(name)

    async def cancel(self, name: str, number: int) -> None:
        self.orders.append((name, "cancel", number))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    found = Lab(Folder(tmp_path), PORT)
    found.workers = Quiet()  # type: ignore[assignment]
    return found


@pytest.fixture
def client(lab: Lab) -> Iterator[TestClient]:
    with TestClient(lab.guard, base_url=HOME, headers={"Origin": HOME}) as client:
        client.get(lab.guard.address)
        yield client


def orders(lab: Lab) -> list[Any]:
    return lab.workers.orders  # type: ignore[attr-defined, no-any-return]


def test_the_first_page_lists_all(client: TestClient, tmp_path: Path) -> None:
    write_study(tmp_path, title=HOSTILE)
    (tmp_path / "<b>.toml").write_text("format = 1")
    page = client.get("/").text
    for kind in KINDS.values():
        for name in kind.bundled:
            assert f'href="/study?study={kind.name}/{name}"' in page
    assert "/study?study=invented.toml" in page
    assert "&lt;b&gt;.toml" in page
    assert "<b>.toml" not in page
    assert HOSTILE not in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("study=zone/guizhou", 200),
        ("study=zone/guizhou&zone.start=2014", 200),
        ("study=zone/guizhou&data.file=%22/etc/passwd%22", 422),
        ("study=../x.toml", 422),
        ("study=%3Cscript%3E", 422),
        ("", 422),
    ],
)
def test_pages_of_studies(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/study?{query}")
    assert answer.status_code == status
    assert "<script>" not in answer.text
    assert "/etc/passwd" not in answer.text
    assert client.get(f"/file?{query}").status_code == status


def test_the_file_on_the_screen_is_the_study_file(client: TestClient) -> None:
    base = KINDS["zone"].bundled_file("guizhou").decode()
    assert client.get("/file?study=zone/guizhou").text == base
    changed = client.get("/file?study=zone/guizhou&zone.start=2014").text
    assert "start = 2014" in changed
    assert client.get("/file?study=zone/guizhou").headers["content-type"].startswith("text/plain")


def test_what_is_ordered(client: TestClient, lab: Lab, tmp_path: Path) -> None:
    assert client.post("/run", json=GUIZHOU).status_code == 202
    changed = {**GUIZHOU, "changes": {"zone.start": 2014}}
    assert client.post("/run", json=changed).status_code == 202
    write_study(tmp_path)
    mine = {**GUIZHOU, "study": "invented.toml"}
    client.post("/run", json=mine)
    write_study(tmp_path, figures=Figures(count=8))
    client.post("/run", json=mine)
    (tmp_path / "figures.csv").unlink()
    client.post("/run", json=mine)
    (_, bundled), (_, other), (_, own), (_, again), (_, lost) = orders(lab)
    assert (bundled.name, bundled.text) == ("zone/guizhou", "")
    assert "start = 2014" in other.text
    assert (other.name, other.folder) == ("guizhou", tmp_path)
    # Results are kept by what they depend on: the study as it is on the screen, and the figures that it reads.
    assert own.text == again.text
    assert len({bundled.key, other.key, own.key, again.key, lost.key}) == 5
    assert (own.name, lost.key) == ("invented", "")
    client.post("/cancel", json={"window": "w", "number": 2})
    assert orders(lab)[-1] == ("w", "cancel", 2)


def test_saving_and_reporting(client: TestClient, lab: Lab, tmp_path: Path) -> None:
    sent = {**GUIZHOU, "changes": {"zone.start": 2014}, "name": "earlier"}
    assert client.post("/save", json=sent).json() == {"file": "earlier.toml", "command": "pilotzone run earlier.toml"}
    assert "start = 2014" in (tmp_path / "earlier.toml").read_text(encoding="utf-8")
    assert client.post("/report", json=sent).status_code == 202
    order = orders(lab)[-1][1]
    assert (order.what, order.folder, order.out) == ("write", tmp_path / "earlier.toml", tmp_path / "runs" / "earlier")
    refused = client.post("/save", json={**sent, "changes": {}})
    assert refused.status_code == 422
    assert "is there already" in refused.json()["what"]
    assert client.post("/save", json={**sent, "name": "../x"}).status_code == 422
    assert [path.name for path in tmp_path.iterdir()] == ["earlier.toml"]
    assert not (tmp_path.parent / "x.toml").exists()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"null", b"{", b"\xff", b"x" * 70_000),
        b'{"window": "w"}',
        b'{"study": 1, "changes": {}, "window": "w"}',
        b'{"study": "zone/guizhou", "changes": {}, "window": 5}',
        b'{"study": "zone/guizhou", "changes": {}, "window": ""}',
        b'{"study": "zone/guizhou", "changes": [], "window": "w"}',
        b'{"study": "zone/guizhou", "changes": {}}',
        b'{"study": "zone/guizhou", "changes": {"title": NaN}, "window": "w"}',
    ],
)
@pytest.mark.parametrize("path", ["/run", "/save", "/report"])
def test_bad_orders_are_refused_in_words(
    client: TestClient, lab: Lab, tmp_path: Path, path: str, content: bytes
) -> None:
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert set(answer.json()) == {"what", "allowed", "todo"}
    assert orders(lab) == []
    assert list(tmp_path.iterdir()) == []


def test_a_form_of_another_page_is_no_order(client: TestClient) -> None:
    answer = client.post("/run", content=json.dumps(GUIZHOU), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_nothing_is_changed_by_looking(client: TestClient) -> None:
    for path in ("/run", "/save", "/report", "/verify", "/cancel"):
        assert client.get(path).status_code == 405


def test_reports_run_apart(client: TestClient, tmp_path: Path) -> None:
    run(write_study(tmp_path), out=tmp_path / "runs" / "invented")
    answer = client.get("/runs/invented/report.html")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    packed = client.get("/runs/invented.zip")
    assert packed.headers["content-type"] == "application/zip"
    for name in ("none", "..", "%2e%2e", "invented%2f.."):
        assert client.get(f"/runs/{name}/report.html").status_code == 404
        assert client.get(f"/runs/{name}.zip").status_code == 404
    (tmp_path / "runs" / "invented" / "report.html").unlink()
    (tmp_path / "runs" / "invented" / "report.html").symlink_to("/etc/hostname")
    assert client.get("/runs/invented/report.html").status_code == 404


def test_runs_are_compared(client: TestClient, tmp_path: Path) -> None:
    study = write_study(tmp_path)
    run(study, out=tmp_path / "runs" / "one")
    study.write_text(study.read_text(encoding="utf-8").replace("margin = 5", "margin = 6"), encoding="utf-8")
    run(study, out=tmp_path / "runs" / "two")
    page = client.get("/compare?left=one&right=two")
    assert page.status_code == 200
    assert "margin" in page.text
    assert client.get("/compare?left=one&right=nothing").status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "lab.js",
        "home.js",
        "line.js",
        "refusal.js",
        "fields.js",
        "lab.css",
        "charts.js",
        "report.css",
        "vega-bundle.min.js",
    ],
)
def test_assets(client: TestClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 200
    assert client.get("/assets/../lab.py").status_code == 404
    assert client.get("/assets/report.js").status_code == 404


def test_an_error_is_put_into_words_in_one_script_that_each_page_has(client: TestClient) -> None:
    scripts = ("line", "fields", "lab", "home", "map", "data", "tour", "refusal")
    texts = {name: client.get(f"/assets/{name}.js").text for name in scripts}
    assert [name for name, text in texts.items() if "Allowed" in text or "What to do" in text] == ["refusal"]
    for path, name in (("/", "home"), ("/study?study=zone/guizhou", "lab"), ("/map?study=zone/guizhou", "map")):
        loaded = client.get(path).text
        assert loaded.index("/assets/refusal.js") < loaded.index(f"/assets/{name}.js")
    loaded = client.get("/data").text
    assert loaded.index("/assets/refusal.js") < loaded.index("/assets/data.js")


def test_pages_load_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/study?study=zone/guizhou"):
        page = client.get(path).text
        assert "http" not in page.replace("http-equiv", "")
        assert "<style" not in page
        assert " on" not in "".join(part.split(">")[0] for part in page.split("<")[1:] if not part.startswith("p"))


def test_no_thread_is_left() -> None:
    assert [item.name for item in threading.enumerate() if item.name.startswith("pilotzone")] == []


def test_a_folder_that_is_gone_is_said_once(client: TestClient, tmp_path: Path) -> None:
    write_study(tmp_path)
    gone = tmp_path.with_name("elsewhere")
    tmp_path.rename(gone)
    try:
        for path in ("/", "/study?study=invented.toml", "/file?study=invented.toml", "/compare?left=a&right=b"):
            answer = client.get(path)
            assert answer.status_code == 422
            assert "no longer there" in answer.text
        assert client.get("/runs/a.zip").status_code == 404
        mine = {"study": "invented.toml", "changes": {}, "window": "w", "number": 1, "name": "x"}
        for path in ("/run", "/save", "/report", "/verify"):
            answer = client.post(path, json=mine)
            assert answer.status_code == 422
            assert "no longer there" in answer.json()["what"]
        # What comes with the package needs no folder.
        assert client.post("/save", json={**GUIZHOU, "name": "x"}).status_code == 422
        assert client.post("/run", json=GUIZHOU).status_code == 202
        assert not tmp_path.exists()
    finally:
        gone.rename(tmp_path)
    assert client.get("/").status_code == 200


def test_runs_of_any_name_are_shared(client: TestClient, tmp_path: Path) -> None:
    run(write_study(tmp_path), out=tmp_path / "runs" / '\u7701 "a"')
    answer = client.get("/runs/%E7%9C%81%20%22a%22.zip")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%9C%81%20%22a%22.zip"


def test_what_is_being_written_is_no_run_yet(client: TestClient, lab: Lab, tmp_path: Path) -> None:
    half = tmp_path / "runs" / ".one.partial-0a1b2c3d"
    half.mkdir(parents=True)
    (half / "audit.json").write_text("{}")
    assert lab.folder.runs() == []
    assert client.get("/runs/.one.partial-0a1b2c3d.zip").status_code == 404


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_windows_have_names(client: TestClient, name: str) -> None:
    answer = client.get(f"/events?window={name}")
    assert answer.status_code == 422
    assert set(answer.json()) == {"what", "allowed", "todo"}


@pytest.mark.parametrize(
    "changes",
    [{"title": "\ud800"}, {"donors.exclude": {"CN-SN": None}}, {"donors.exclude": {"\ud800": "x"}}, {"title": [None]}],
)
def test_what_no_file_can_say_is_refused(client: TestClient, tmp_path: Path, changes: dict[str, Any]) -> None:
    answer = client.post("/save", content=json.dumps({**GUIZHOU, "changes": changes, "name": "x"}),
                         headers={"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code == 422
    assert answer.json()["what"]
    assert list(tmp_path.iterdir()) == []


def test_a_link_names_no_rule_book_on_disk(client: TestClient, lab: Lab) -> None:
    book = {"study": "plan/homecoming", "changes": {"books": ["/etc/rules.yaml"]}, "window": "w", "number": 1}
    answer = client.post("/run", json=book)
    assert answer.status_code == 422
    assert "'/etc/rules.yaml'" in answer.json()["what"]
    assert orders(lab) == []
    assert client.post("/run", json={**book, "changes": {"books": ["gdpr"]}}).status_code == 202

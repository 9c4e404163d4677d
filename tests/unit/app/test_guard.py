"""Who is let in: one browser, on this machine, from the lab's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pilotzone.app.guard import POLICY, Guard

if TYPE_CHECKING:
    from starlette.requests import Request

PORT = 4321
HOME = f"http://127.0.0.1:{PORT}"


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.method} {request.url.path}")


@pytest.fixture
def guard() -> Guard:
    return Guard(Starlette(routes=[Route("/{rest:path}", hello, methods=["GET", "POST"])]), PORT)


@pytest.fixture
def stranger(guard: Guard) -> TestClient:
    return TestClient(guard, base_url=HOME)


@pytest.fixture
def client(guard: Guard) -> TestClient:
    client = TestClient(guard, base_url=HOME)
    assert client.get(guard.address).status_code == 200
    return client


def test_the_token_opens_once_and_leaves_the_address(guard: Guard, stranger: TestClient) -> None:
    address = guard.address
    first = stranger.get(f"{address}&study=zone/guizhou", follow_redirects=False)
    assert first.status_code == 303
    assert first.headers["location"] == "/?study=zone%2Fguizhou"
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"pilotzone-{PORT}=")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert stranger.get("/x").text == "GET /x"
    other = TestClient(guard, base_url=HOME)
    assert other.get(address).status_code == 403
    assert "Start it again" in other.get(address).text


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=None", "/runs/x.zip", "/assets/lab.js"])
def test_without_the_cookie_nothing_is_told(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 403
    assert stranger.post(path, headers={"Origin": HOME}).status_code == 403


def test_a_token_is_not_taken_by_post(guard: Guard, stranger: TestClient) -> None:
    assert stranger.post(guard.address, headers={"Origin": HOME}).status_code == 403
    assert stranger.get(guard.address).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"127.0.0.1.evil.example:{PORT}", ""]
)
def test_a_foreign_name_of_this_machine_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/x", headers={"Host": host}).status_code == 421


def test_localhost_is_another_name(guard: Guard) -> None:
    client = TestClient(guard, base_url=f"http://localhost:{PORT}")
    client.get(guard.address.replace("127.0.0.1", "localhost"))
    assert client.get("/x").status_code == 200


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "https://127.0.0.1:4321", "http://127.0.0.1:1"]
)
def test_only_own_pages_change_anything(client: TestClient, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert client.post("/x", headers=headers).status_code == 403
    assert client.post("/x", headers={"Origin": HOME}).text == "POST /x"


@pytest.mark.parametrize(("mode", "status"), [("navigate", 200), ("no-cors", 403), ("cors", 403)])
def test_other_sites_may_link_and_not_fetch(client: TestClient, mode: str, status: int) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}
    assert client.get("/x", headers=headers).status_code == status


def test_every_answer_carries_the_policy(client: TestClient, stranger: TestClient) -> None:
    for answer in (client.get("/x"), stranger.get("/x"), client.get("/x", headers={"Host": "evil.example"})):
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_a_cookie_of_another_lab_is_no_key(guard: Guard, client: TestClient) -> None:
    other = Guard(guard._app, PORT)  # the same application behind another guard
    assert TestClient(other, base_url=HOME, cookies=client.cookies).get("/x").status_code == 403

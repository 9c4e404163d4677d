"""The map of figures over HTTP: its page, its orders, and addresses of strangers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.app.test_lab import HOSTILE, client, lab, orders
from tests.unit.gather.own_shapes import features, written
from tests.unit.study.invented import write_study

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from pilotzone.app.lab import Lab

__all__ = ["client", "lab"]

ORDER = {"study": "zone/guizhou", "changes": {}, "window": "w", "number": 1}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("study=zone/guizhou", 200),
        ("study=zone/guizhou&zone.start=2014&map.series=co2_t&map.period=2010&map.region=CN-GZ", 200),
        ("study=zone/guizhou&map.series=%3Cscript%3E", 200),
        ("study=zone/guizhou&data.file=%22/etc/passwd%22", 422),
        ("study=../x.toml", 422),
        ("", 422),
    ],
)
def test_pages(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/map?{query}")
    assert answer.status_code == status
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


def test_what_is_ordered(client: TestClient, lab: Lab, tmp_path: Path) -> None:
    assert client.post("/atlas", json=ORDER).status_code == 202
    assert client.post("/atlas", json={**ORDER, "series": "co2_t"}).status_code == 202
    assert client.post("/atlas", json={**ORDER, "changes": {"zone.start": 2014}}).status_code == 202
    write_study(tmp_path, title=HOSTILE)
    client.post("/atlas", json={**ORDER, "study": "invented.toml"})
    (_, first), (_, second), (_, third), (_, own) = orders(lab)
    assert (first.what, first.name, first.text, first.series) == ("atlas", "zone/guizhou", "", "")
    assert second.series == "co2_t"
    assert "start = 2014" in third.text
    assert len({first.key, second.key, third.key, own.key, ""}) == 5
    assert (own.name, own.folder) == ("invented", tmp_path)
    (tmp_path / "figures.csv").unlink()
    client.post("/atlas", json={**ORDER, "study": "invented.toml"})
    assert orders(lab)[-1][1].key == ""
    assert HOSTILE not in client.get("/map?study=invented.toml").text


@pytest.mark.parametrize("wrong", [{"series": 5}, {"series": "x" * 81}, {"number": 0}, {"window": ""}, {"study": None}])
def test_bad_orders_are_refused_in_words(client: TestClient, lab: Lab, wrong: dict[str, object]) -> None:
    answer = client.post("/atlas", json={**ORDER, **wrong})
    assert answer.status_code == 422
    assert set(answer.json()) == {"what", "allowed", "todo"}
    assert orders(lab) == []
    assert client.get("/atlas").status_code == 405


def test_studies_without_a_map_say_so(client: TestClient) -> None:
    assert "no map of figures" in client.get("/map?study=siting/guizhou").text
    assert "Map of figures" not in client.get("/study?study=siting/guizhou").text
    assert 'href="/map"' in client.get("/study?study=zone/guizhou").text
    assert client.get("/assets/map.js").status_code == 200


def test_files_of_shapes_of_the_folder_can_be_chosen_and_no_others(
    client: TestClient, lab: Lab, tmp_path: Path
) -> None:
    written(tmp_path, features("A"), "<b>&.geojson")
    written(tmp_path, features("A"), "b.topojson")
    (tmp_path / "link.geojson").symlink_to(tmp_path / "b.topojson")
    (tmp_path / "folder.json").mkdir()
    page = client.get("/map?study=zone/guizhou").text
    assert "<option>&lt;b&gt;&amp;.geojson</option>" in page
    assert "link.geojson" not in page
    assert "folder.json" not in page
    assert client.post("/atlas", json={**ORDER, "shapes": "b.topojson"}).status_code == 202
    ((_, order),) = orders(lab)
    assert order.shapes == tmp_path / "b.topojson"
    assert order.key == ""
    for name in ("link.geojson", "../b.topojson", "c.json", "folder.json", "x" * 81):
        answer = client.post("/atlas", json={**ORDER, "number": 2, "shapes": name})
        assert answer.status_code == 422
        assert set(answer.json()) == {"what", "allowed", "todo"}
    assert len(orders(lab)) == 1

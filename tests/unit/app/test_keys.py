"""What the lab keeps a result by: a file of any study of a run, however far down, makes another key."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.study.nested import PANEL, SITING, write_firms, write_nested

from pilotzone.app.keys import alone, known_key, result_key
from pilotzone.study import input_digests, load, standing


def key(home: Path) -> str:
    return known_key((home / "mine.toml").read_text(encoding="utf-8"), "mine", "siting", home)


def test_a_file_below_makes_another_key(tmp_path: Path) -> None:
    write_nested(tmp_path)
    figures = tmp_path / "far" / "figures"
    keys = [key(tmp_path)]
    assert keys == [key(tmp_path)]
    write_firms(figures / "firms.csv", 5)
    keys.append(key(tmp_path))
    (figures / "panel.toml").write_text(f"# another\n{PANEL}", encoding="utf-8")
    keys.append(key(tmp_path))
    elsewhere = tmp_path / "far" / "elsewhere.toml"
    elsewhere.write_text(f"# another\n{elsewhere.read_text(encoding='utf-8')}", encoding="utf-8")
    keys.append(key(tmp_path))
    assert len(set(keys)) == 4
    assert all(keys)
    write_nested(tmp_path)
    assert key(tmp_path) == keys[0]


def test_what_is_kept_by_a_key_is_found_by_it_again(tmp_path: Path) -> None:
    study = alone(load(write_nested(tmp_path)))
    assert [item.name for item in standing(study)] == ["transfer.panel", "transfer"]
    assert result_key(study, input_digests(study)) == key(tmp_path)


@pytest.mark.parametrize("file", ["far/figures/firms.csv", "far/figures/panel.toml", "far/elsewhere.toml"])
def test_without_a_file_there_is_no_key(tmp_path: Path, file: str) -> None:
    write_nested(tmp_path)
    (tmp_path / file).unlink()
    assert key(tmp_path) == ""


def test_a_database_below_has_no_key(tmp_path: Path) -> None:
    """What a database holds is not hashed before it is read."""
    address = "postgresql://reader@localhost/firms"
    path = write_nested(tmp_path, panel=PANEL.replace('file = "firms.csv"', f'file = "{address}"\ntable = "firms"'))
    assert input_digests(load(path)) is None
    assert key(tmp_path) == ""
    assert input_digests(load(write_nested(tmp_path, SITING))) is not None

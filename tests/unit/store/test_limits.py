"""What an engine may be told: numbers within bounds, and nothing that names a program, a file or another machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotzone.core import UsageError
from pilotzone.store import PanelColumns, check_master, check_memory, check_spark, check_threads, open_panel
from pilotzone.store.confined import confined
from pilotzone.store.limits import MOST_THREADS, SPARK_ALLOWED, machine_cores, machine_memory, on_this_machine

COLUMNS = PanelColumns("unit", "year", "start", ("y",))

REFUSED = [
    ("spark.driver.extraJavaOptions", '-XX:MaxHeapSize=9m "-XX:OnOutOfMemoryError=id > pwned"'),
    ("spark.executor.extraJavaOptions", "-Dx=y"),
    ("spark.driver.defaultJavaOptions", "-Dx=y"),
    ("spark.jars", "http://example.org/a.jar"),
    ("spark.jars.packages", "a:b:1"),
    ("spark.jars.repositories", "http://example.org"),
    ("spark.submit.pyFiles", "/x/x.py"),
    ("spark.plugins", "org.example.Plugin"),
    ("spark.extraListeners", "org.example.Listener"),
    ("spark.sql.extensions", "org.example.Extension"),
    ("spark.serializer", "org.example.Serializer"),
    ("spark.pyspark.python", "/x/python"),
    ("spark.pyspark.driver.python", "/x/python"),
    ("spark.executorEnv.LD_PRELOAD", "/x/x.so"),
    ("spark.local.dir", "/etc"),
    ("spark.eventLog.dir", "/etc"),
    ("spark.sql.warehouse.dir", "/etc"),
    ("spark.hadoop.fs.s3a.endpoint", "http://example.org"),
    ("spark.master", "local[2]"),
    ("spark.submit.deployMode", "cluster"),
    ("SPARK.DRIVER.MEMORY", "1g"),
    ("spark.driver.memory ", "1g"),
    ("spark.driver.memory\n", "1g"),
    ("", "1g"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_settings_that_are_not_numbers_are_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_spark({"spark.executor.memory": "1g", name: value})
    assert "may not be given here" in caught.value.what
    assert "spark.executor.memory" in str(caught.value.allowed)
    with pytest.raises(UsageError, match="may not be given here"):  # before there is any session
        open_panel("panel.parquet", COLUMNS, engine="spark", spark={name: value})


ADMITTED = {
    "size": ("1g", "512m", "4t", "1024MB"),
    "count": ("1", "200", "100000"),
    "share": ("0.6", "1", ".25", "1.0"),
    "seconds": ("120s", "10000ms", "5min", "24h"),
    "truth": ("true", "false"),
    "name": ("pilotzone", "my queue", "root.team_a"),
}
STRANGE = {
    "size": ("1", "g", "0g", "-1g", "5t", "1g -XX:X", "1 g;", "1e9g", "9999999999g", "1.5g", ""),
    "count": ("0", "-1", "100001", "1.5", "1e3", "a", "1 ", "\u0661"),
    "share": ("1.1", "2", "-0.1", "nan", "0,5"),
    "seconds": ("120", "25h", "0s", "1d", "-1s"),
    "truth": ("True", "yes", "1"),
    "name": ("", "a$(id)", "a\nb", "x" * 101, "a;b", "`id`", "-a", 'a"b'),
}


@pytest.mark.parametrize("name", SPARK_ALLOWED)
def test_values_are_held_against_their_kind(name: str) -> None:
    kind = SPARK_ALLOWED[name]
    for value in ADMITTED[kind]:
        assert check_spark({name: value}) == {name: value}
    for strange in (*STRANGE[kind], None, 3, ["1g"]):
        with pytest.raises(UsageError, match=re.escape(name)) as caught:
            check_spark({name: strange})
        assert caught.value.allowed


def test_no_setting_that_is_admitted_is_of_java_a_module_or_a_path() -> None:
    words = "java|jar|class|plugin|listener|extension|python|env|dir|path|file$|host|url|address|submit"
    assert [name for name in SPARK_ALLOWED if re.search(words, name, re.IGNORECASE) and "pyspark" not in name] == []


@pytest.mark.parametrize(
    "master",
    [
        "local", "local[1]", "local[*]", "local[256]", "local[2,3]", "local-cluster[2,1,1024]", "yarn",
        "spark://host:7077", "spark://10.0.0.1:7077,host-2.example:7078", "k8s://https://host:443", "k8s://host:6443",
        "spark://[::1]:7077",
    ],
)  # fmt: skip
def test_masters_that_are_known(master: str) -> None:
    assert check_master(master) == master
    assert on_this_machine(master) == (not master.startswith(("spark", "k8s")))


@pytest.mark.parametrize(
    "master",
    [
        "", "local[0]", "local[257]", "local[1000000]", "local[9999999]", "local[2", "local[-1]", "local [2]", "LOCAL",
        "local[2]\n", "local-cluster[99,1,1024]", "local-cluster[2,1,99999999]", "yarn-client", "spark://host",
        "spark://host:7077/x", "spark://user@host:7077", "spark://host:7077 --conf x=y", "mesos://host:5050", "http://h",
        "k8s://http://host:1/path", "--class", None, 3,
    ],
)  # fmt: skip
def test_masters_that_are_none(master: object) -> None:
    with pytest.raises(UsageError, match="not a place where Spark runs") as caught:
        check_master(master)
    assert "local[4]" in str(caught.value.allowed)


@pytest.mark.parametrize("threads", [0, -1, MOST_THREADS + 1, 10**6, 2.0, True, "4", None])
def test_threads_have_bounds(threads: object) -> None:
    with pytest.raises(UsageError, match="threads is") as caught:
        check_threads(threads)
    assert "from 1 to 256" in str(caught.value.allowed)


@pytest.mark.parametrize(
    "memory", ["much", "4", "0GB", "-1GB", "5TB", "1e3GB", "4GB; SET x", "80%", "", 5, None, "9" * 400]
)
def test_memory_has_bounds(memory: object) -> None:
    with pytest.raises(UsageError, match="the memory limit is"):
        check_memory(memory)


def test_no_more_is_used_than_the_machine_has() -> None:
    home = confined(memory_limit="4TB", threads=MOST_THREADS)
    try:
        asked = "SELECT current_setting('threads'), current_setting('memory_limit')"
        threads, memory = home.connection.execute(asked).fetchone() or (0, "")
    finally:
        home.close()
    assert threads == min(machine_cores(), MOST_THREADS)
    there = machine_memory()
    assert there is not None
    number, unit = str(memory).split()
    assert float(number) * 1024 ** ["bytes", "KiB", "MiB", "GiB", "TiB"].index(unit) <= there * 1.01


def test_every_connection_is_confined() -> None:
    """Every connection to DuckDB in the package is made in one place, which confines it."""
    import pilotzone

    root = Path(pilotzone.__file__).parent
    made = re.compile(r"duckdb\.(connect|sql|query|execute|read_|from_|default_connection)")
    where = [file.relative_to(root).as_posix() for file in root.rglob("*.py") if made.search(file.read_text("utf-8"))]
    assert where == ["store/confined.py"]

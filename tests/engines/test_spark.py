"""What is Spark's own: sessions, workers, what it computes and reads otherwise than DuckDB, and what it says then."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.engines.java import need_java
from tests.engines.panels import STAGGERED, staggered
from tests.engines.test_panels import COLUMNS, WIDE, Gather, changed, frame, gathered, pivoted

from pilotzone.core import DataError, PilotZoneError, UsageError
from pilotzone.store import PanelColumns, open_panel, session
from pilotzone.store.spark import SparkEngine, explained

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from pilotzone.store import EngineName

ENGINES = ("duckdb", pytest.param("spark", marks=pytest.mark.spark))


# ------------------------------------------------------------------------------------------------ sessions


@pytest.mark.spark
def test_session_is_the_one_that_runs_and_workers_run_this_interpreter(spark: SparkSession) -> None:
    assert session.session() is spark
    assert session.session(spark.sparkContext.master) is spark
    assert spark.sparkContext.pythonExec == sys.executable
    assert "PYSPARK_PYTHON" not in os.environ
    assert session.is_local(spark)


@pytest.mark.spark
def test_session_that_runs_is_not_changed(spark: SparkSession) -> None:
    with pytest.raises(UsageError, match=r"spark\.master is to be 'local'.*runs in this process already"):
        session.session("local")
    with pytest.raises(UsageError, match=r"spark\.driver\.memory is to be '2g'"):
        open_panel(frame(), COLUMNS, engine="spark", spark={"spark.driver.memory": "2g"})
    assert session.session() is spark


def test_without_pyspark_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UsageError) as caught:
        open_panel(frame(), COLUMNS, engine="spark")
    assert "pip install 'pilotzone[spark]'" in str(caught.value.todo)


@pytest.mark.spark
def test_old_versions_are_refused(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    data = spark.createDataFrame(changed())
    monkeypatch.setattr("pyspark.__version__", "3.5.6")
    for panel in (changed(), data):
        with pytest.raises(UsageError, match=r"pyspark 3\.5\.6 is too old"):
            open_panel(panel, COLUMNS, engine="spark")


@pytest.mark.spark
def test_masters_that_are_none_are_told_in_one_message() -> None:
    need_java()
    program = (
        "from pilotzone.core import UsageError\nfrom pilotzone.store.session import session\n"
        "try:\n    session('no-such-master')\nexcept UsageError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Spark's Java process ends as it starts" in done.stdout
    assert "a master such as local[2]" in done.stdout
    assert "Could not parse Master URL" in done.stderr or "Master must" in done.stderr
    assert done.stdout.count("\n") == 3


@pytest.mark.parametrize(("home", "where"), [("", "none is on PATH"), ("/nowhere", "JAVA_HOME=/nowhere has none")])
def test_without_java_what_to_install_is_said(home: str, where: str, tmp_path: Path) -> None:
    # In a process of its own, which runs no session yet.
    program = (
        "from pilotzone.core import UsageError\nfrom pilotzone.store.session import session\n"
        "try:\n    session('local')\nexcept UsageError as error:\n    print(error)"
    )
    variables = {"PATH": str(tmp_path)} | ({"JAVA_HOME": home} if home else {})
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    assert f"Spark needs Java: {where}" in done.stdout
    assert "Allowed: Java 17 or 21" in done.stdout
    assert "apt-get install" in done.stdout


def test_archive_for_workers_holds_the_modules_and_needs_numpy_alone() -> None:
    archive = session.packed()
    with zipfile.ZipFile(archive) as content:
        assert {
            "pilotzone/__init__.py",
            "pilotzone/store/units.py",
            "pilotzone/evaluation/many/moments/kernels.py",
        } <= set(content.namelist())
    assert session.packed().name == archive.name  # named for its content
    program = (
        "import sys\nsys.path[:0] = [sys.argv[1], sys.argv[2]]\n"
        "import pilotzone.store.executors, pilotzone.evaluation.many as many\n"
        "print(many.__file__)\nprint(*{name.partition('.')[0] for name in sys.modules})"
    )
    libraries = str(np.__path__[0]).removesuffix("/numpy")
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, str(archive), libraries], capture_output=True, text=True, check=True
    )
    where, modules = done.stdout.splitlines()
    assert where.startswith(str(archive))
    assert "numpy" in modules.split()
    assert not {"pandas", "scipy", "duckdb", "pydantic", "pint", "altair"} & set(modules.split())


# ------------------------------------------------------------------------------------- options and frames


@pytest.mark.spark
def test_options_of_the_other_engine_are_refused() -> None:
    with pytest.raises(UsageError, match="the engine 'spark' has no option 'memory_limit'"):
        open_panel(frame(), COLUMNS, engine="spark", memory_limit="4GB")
    with pytest.raises(UsageError, match="the engine 'duckdb' has no option 'master'"):
        open_panel(frame(), COLUMNS, master="local")


@pytest.mark.spark
def test_frames_of_spark_are_read_by_spark_alone(spark: SparkSession) -> None:
    data = spark.createDataFrame(changed())
    assert open_panel(data, COLUMNS, engine="spark").facts().units == 3
    with pytest.raises(UsageError) as caught:
        open_panel(data, COLUMNS)
    assert "engine 'spark'" in str(caught.value.todo)


@pytest.mark.spark
def test_tables_and_folders_that_spark_reads(spark: SparkSession, tmp_path: Path) -> None:
    data = spark.createDataFrame(changed())
    expected = open_panel(changed(), COLUMNS).facts()
    data.createOrReplaceTempView("firms")
    data.repartition(3).write.csv(str(tmp_path / "a [b] {c}" / "csv"), header=True)
    data.repartition(2).write.partitionBy("year").parquet(str(tmp_path / "parquet"))
    for place in ("firms", tmp_path / "a [b] {c}" / "csv", tmp_path / "parquet", (tmp_path / "parquet").as_uri()):
        found = open_panel(place, COLUMNS, engine="spark").facts()
        assert (found.periods, found.rows, found.units) == (expected.periods, expected.rows, expected.units)
    (tmp_path / "empty").mkdir()
    bad: list[tuple[Path | str, str]] = [
        (tmp_path / "empty", "no Parquet file and no CSV file in the folder"),
        ("frims", "there is no file 'frims'"),
        ("file:///nowhere/panel.parquet", r"Spark cannot read the panel: \[PATH_NOT_FOUND\]"),
    ]
    for where, message in bad:
        with pytest.raises(PilotZoneError, match=message):
            open_panel(where, COLUMNS, engine="spark")
    spark.catalog.dropTempView("firms")


@pytest.mark.parametrize("engine", ENGINES)
def test_types_that_only_some_have(engine: EngineName) -> None:
    plain = changed()
    table = pa.table(
        {
            "firm": pa.array(plain["firm"], type=pa.uint16()),
            "year": pa.array(plain["year"], type=pa.int16()),
            "start": pa.array(plain["start"], type=pa.float32()),
            "jobs": pa.array([Decimal(k) / 10 for k in range(6)], type=pa.decimal128(38, 1)),
            "co2": pa.array(plain["co2"], type=pa.float32()),
            "county": pa.array(plain["county"]).dictionary_encode(),
        }
    )
    panel = open_panel(table, PanelColumns("firm", "year", "start", ("jobs", "co2"), "county"), engine=engine)
    (*batches,) = panel.carry(Gather())
    jobs = np.vstack([batch.values["jobs"] for batch in batches])
    np.testing.assert_array_equal(jobs, [[0.0, 0.1], [0.2, 0.3], [0.4, 0.5]])
    names = panel.facts().cluster_names
    assert names is not None
    assert names.tolist() == ["a", "b"]


@pytest.mark.parametrize("engine", ENGINES)
def test_names_are_names_whatever_stands_in_them(engine: EngineName) -> None:
    odd = {"firm": 'a"b', "year": "a`b", "start": "a.b", "jobs": "{a} $b", "co2": "a'b"}
    columns = PanelColumns(odd["firm"], odd["year"], odd["start"], (odd["jobs"], odd["co2"]))
    found = open_panel(changed().rename(columns=odd), columns, engine=engine).facts()
    assert found.units == 3
    assert list(found.observed) == ["{a} $b", "a'b"]


# ------------------------------------------------------------------------ where engines compute otherwise


@pytest.mark.parametrize("engine", ENGINES)
def test_nan_and_null_are_both_missing(engine: EngineName) -> None:
    table = pa.Table.from_pandas(changed(), preserve_index=False)
    jobs = pa.array([None, 2.0, float("nan"), 4.0, 5.0, None], type=pa.float64(), from_pandas=False)
    panel = open_panel(table.set_column(table.column_names.index("jobs"), "jobs", jobs), COLUMNS, engine=engine)
    assert panel.facts().observed["jobs"].tolist() == [1, 2]
    assert panel.facts().observed["co2"].tolist() == [3, 3]


def computed(column: str) -> Any:  # noqa: ANN401 - a DataFrame of Spark
    """Return a panel with a column that Spark itself is to compute."""
    return session.session().createDataFrame(changed()).selectExpr("*", f"{column} AS made")


@pytest.mark.spark
@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("jobs / (year - 2010)", "DIVIDE_BY_ZERO"),
        ("ln(year - 2010)", 0),
        ("CAST(jobs AS BIGINT) + 9223372036854775807", "ARITHMETIC_OVERFLOW"),
        ("CAST(county AS DOUBLE)", "CAST_INVALID_INPUT"),
    ],
)
def test_columns_that_cannot_be_computed(column: str, what: str | int) -> None:
    panel = open_panel(computed(column), PanelColumns("firm", "year", "start", ("made",)), engine="spark")
    if isinstance(what, int):  # Spark has NULL for the logarithm of zero, which is missing
        assert panel.facts().observed["made"].tolist() == [what, 3]
        return
    with pytest.raises(DataError, match=what):
        panel.facts()


@pytest.mark.parametrize(
    ("year", "what"),
    [("CASE WHEN year = 2010 THEN 'Infinity'::DOUBLE ELSE year END", "column 'year' is not a whole number in 3 rows"),
     ("CAST(year AS HUGEINT) + 9223372036854775807", "DuckDB cannot compute the panel's columns: Conversion Error")],
)  # fmt: skip
def test_what_a_database_stores_and_duckdb_cannot_read(year: str, what: str, tmp_path: Path) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "panel.duckdb")) as connection:
        connection.register("given", changed())
        connection.execute(f"CREATE TABLE firms AS SELECT * REPLACE ({year} AS year) FROM given")  # noqa: S608 - ours
    with pytest.raises(DataError, match=what):
        open_panel(tmp_path / "panel.duckdb", COLUMNS).facts()


@pytest.mark.spark
def test_a_number_over_zero_is_missing_where_a_site_wants_it_so(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        data = computed("jobs / (year - 2010)")
        found = open_panel(data, PanelColumns("firm", "year", "start", ("made",)), engine="spark").facts()
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
    assert found.observed["made"].tolist() == [0, 3]


@pytest.mark.spark
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
def test_no_period_moves_with_the_time_zone(spark: SparkSession, zone: str) -> None:
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", zone)
    try:
        data = changed().assign(day=pd.to_datetime("2010-12-31 23:30"))
        sent = spark.createDataFrame(data)
        assert open_panel(sent, COLUMNS, engine="spark").facts().periods == (2010, 2011)
        with pytest.raises(DataError, match="column 'day', periods, is of type TIMESTAMP"):
            open_panel(sent, PanelColumns("firm", "day", "start", ("jobs",)), engine="spark")
    finally:
        spark.conf.set("spark.sql.session.timeZone", str(before))


# --------------------------------------------------------------------------------------- what Spark says


class Importing:
    """A kernel that needs what workers have not."""

    def take(self, batch: object) -> object:
        import no_such_module  # type: ignore[import-not-found]

        return no_such_module, batch

    def merge(self, one: object, other: object) -> object:
        raise NotImplementedError(one, other)


class Slow:
    """A kernel that takes its time."""

    def take(self, batch: object) -> int:
        time.sleep(0.4)
        return int(batch is not None)

    def merge(self, one: int, other: int) -> int:
        return one + other


@pytest.mark.spark
def test_modules_that_workers_lack_are_named() -> None:
    with pytest.raises(UsageError, match="workers cannot import 'no_such_module'") as caught:
        open_panel(changed(), COLUMNS, engine="spark").carry(Importing())
    assert "PYSPARK_PYTHON" in str(caught.value.todo)


@pytest.mark.spark
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spark.sql.ansi.enabled", "false"),
        ("spark.sql.caseSensitive", "true"),
        ("spark.sql.execution.arrow.maxRecordsPerBatch", "7"),
        ("spark.sql.execution.arrow.useLargeVarTypes", "true"),
        ("spark.sql.adaptive.enabled", "true"),
    ],
)
def test_settings_of_a_site_change_nothing(spark: SparkSession, name: str, value: str) -> None:
    before = str(spark.conf.get(name))
    assert before != value
    spark.conf.set(name, value)
    try:
        found = gathered(open_panel(frame(), WIDE, engine="spark").carry(Gather()))
    finally:
        spark.conf.set(name, before)
    for part, values in pivoted(frame()).items():
        np.testing.assert_array_equal(found[part], values)


@pytest.mark.spark
def test_lost_executors_are_told_as_such() -> None:
    from pyspark.errors import PySparkRuntimeError

    with pytest.raises(PilotZoneError, match="Spark gave up: Job aborted") as caught, explained():
        raise PySparkRuntimeError("Job aborted due to stage failure: ExecutorLostFailure\nDriver stacktrace:")
    assert caught.value.exit_code == 2  # no fault of this package's


@pytest.mark.spark
@pytest.mark.parametrize("when", ["before", "while"])
def test_a_java_process_that_dies_is_told_as_such(when: str, alone: None) -> None:
    assert alone is None
    command = [sys.executable, "-W", "ignore", "-m", "tests.engines.broken", when]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("2 Spark gave up: its Java process is gone")
    assert "To do: look for what Java said above" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.spark
def test_py4j_writes_no_tracebacks_to_the_logger_of_all_programs(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    # Whether a dying process closes its connections or cuts them off is chance: what py4j does of the second is done.
    import py4j.java_gateway

    assert spark is not None
    exec(compile("import logging; logging.exception('cut off')", py4j.java_gateway.__file__, "exec"))  # noqa: S102
    assert not caplog.records
    logging.getLogger().error("somebody else's")
    assert [record.getMessage() for record in caplog.records] == ["somebody else's"]


@pytest.fixture
def alone() -> None:
    """Say that a test starts a session of its own, in a process of its own."""
    need_java()


@pytest.mark.spark
def test_progress_is_told_while_tasks_are_done(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.store.spark._MOST", 40)
    told: list[tuple[int, int]] = []
    data = staggered(20)
    before = spark.sparkContext.getLocalProperty("spark.jobGroup.id")
    panel = SparkEngine(spark.createDataFrame(data), STAGGERED, progress=lambda *done: told.append(done))
    panel.carry(Slow())
    assert told[-1] == (len(data), len(data))
    assert {rows for _, rows in told} == {len(data)}
    done = [rows for rows, _ in told]
    assert done == sorted(done)
    assert any(len(data) / 2 <= rows < len(data) for rows in done)
    assert spark.sparkContext.getLocalProperty("spark.jobGroup.id") == before

"""Sessions of Spark: found or started by configuration alone, quiet, with this package on every worker."""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import UsageError, check_extra, first_line
from pilotzone.store.spill import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

__all__ = ["SPARK_SETTINGS", "is_local", "java_is_gone", "said_first", "session", "ship"]

SPARK_SETTINGS = {
    "spark.app.name": "pilotzone",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Days and hours do not make a panel, but a table that has them is to be read alike everywhere.
    "spark.sql.session.timeZone": "UTC",
}
"""What a session is started with, unless it is configured."""

_ON_ONE_MACHINE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
"""Where everything is on one machine, no other needs to reach it, and its name need not be known to anyone."""
_OPTIONS = "spark.driver.extraJavaOptions"
_PYTHON = "PYSPARK_PYTHON"
_OLDEST = 4
_JAVA = "Java 17 or 21"
_MASTERS = "a master such as local[2], spark://host:7077 or yarn"
_shipped: set[str] = set()
"""Identifiers of the applications that have the package already."""


def session(master: str | None = None, settings: Mapping[str, str] | None = None) -> SparkSession:
    """Return the session of Spark that runs in this process, or start one.

    Parameters
    ----------
    master
        Where it runs: ``local[2]``, ``spark://host:7077``, ``yarn``, ``k8s://...``. ``None``: where the configuration
        of Spark says (`spark-defaults.conf`, ``spark-submit``), else on all cores of this machine.
    settings
        Further settings of Spark. They and `master` have no effect on a session that runs already, and are refused
        where it has others.

    Raises
    ------
    UsageError
        If there is no pyspark or no Java, the session cannot be started, or one runs with other settings.
    """
    check_extra("spark", "Spark is asked for", "the engine 'duckdb', which needs nothing more")
    from pyspark.sql import SparkSession

    check_version()
    wanted = dict(settings or {}) | ({} if master is None else {"spark.master": master})
    running = SparkSession.getActiveSession()
    if running is None and _context() is None:
        return _started(wanted)
    found = running or SparkSession.builder.getOrCreate()
    _refuse_other(found, wanted)
    return found


def check_version() -> None:
    """Refuse a pyspark that is too old.

    Raises
    ------
    UsageError
        If it is.
    """
    import pyspark

    if int(pyspark.__version__.partition(".")[0]) < _OLDEST:
        raise UsageError(
            f"pyspark {pyspark.__version__} is too old to carry kernels.",
            allowed=f"pyspark {_OLDEST} or newer",
            todo="install it: pip install 'pilotzone[spark]'; the cluster's Spark has to be of the same version",
        )


def is_local(spark: SparkSession) -> bool:
    """Whether workers are on this machine, of the interpreter that runs here."""
    context = spark.sparkContext
    return str(context.master).split("[")[0] == "local" and context.pythonExec == sys.executable


def ship(spark: SparkSession) -> None:
    """Give the package to all workers of a session, once; those of local mode have it."""
    context = spark.sparkContext
    name = str(context.applicationId)
    if name in _shipped or is_local(spark):
        return
    before = list(sys.path)
    context.addPyFile(str(packed()))
    sys.path[:] = before  # Spark puts the archive before the package that runs here
    _shipped.add(name)


def packed() -> Path:
    """Return an archive of the package's modules, named for its content; it is there as long as this process."""
    root = Path(__file__).resolve().parents[1]
    files = sorted(root.rglob("*.py"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    folder, remove = own_folder()
    atexit.register(remove)
    archive = folder / f"pilotzone-{digest.hexdigest()[:16]}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in files:
            target.write(file, Path(root.name, file.relative_to(root)).as_posix())
    return archive


def _context() -> object:
    from pyspark import SparkContext

    return SparkContext._active_spark_context  # noqa: SLF001 - there is no other way to ask without starting one


def _started(wanted: Mapping[str, str]) -> SparkSession:
    import pyspark
    from pyspark import SparkConf
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    _find_java()
    _keep_py4j_quiet()
    configured = SparkConf()
    for name, value in {**_defaults(wanted.get("spark.master")), **wanted}.items():
        if name in wanted or not configured.contains(name):
            configured.set(name, value)
    with _interpreter():
        try:
            found = SparkSession.builder.config(conf=configured).getOrCreate()
        except PySparkException as error:
            raise UsageError(
                f"Spark's Java process ends as it starts: {said_first(error)}.",
                allowed=f"{_JAVA}, {_MASTERS}, and settings that Spark knows",
                todo="read what Java said above; 'java -version' tells which one it is",
            ) from error
        except Exception as error:
            _stop()
            home = os.environ.get("SPARK_HOME")
            same = f"; SPARK_HOME={home} has to be of the version of pyspark, {pyspark.__version__}" if home else ""
            raise UsageError(
                f"Spark does not start: {said_first(error)}.",
                allowed=f"{_MASTERS}, and settings that Spark knows",
                todo=f"check that the master runs and can be reached, and that a cluster may call back here{same}",
            ) from error
    atexit.register(_stop)  # whatever runs on workers ends before what it talks to
    return found


def _keep_py4j_quiet() -> None:
    """Have what is wrong with the way to Java told once, and not by tracebacks before."""
    logging.getLogger("py4j").addHandler(logging.NullHandler())
    # Where a connection is cut off, and not closed, it writes to the logger of all programs, not to its own.
    root = logging.getLogger()
    if _not_by_py4j not in root.filters:
        root.addFilter(_not_by_py4j)


def _not_by_py4j(record: logging.LogRecord) -> bool:
    return Path(record.pathname).parent.name != "py4j"


def _defaults(master: str | None) -> dict[str, str]:
    found = dict(SPARK_SETTINGS)
    if master is not None and master.startswith("local"):
        found |= _ON_ONE_MACHINE
    if "SPARK_CONF_DIR" not in os.environ and "SPARK_HOME" not in os.environ:  # whoever has these has logs as well
        file = Path(__file__).with_name("log4j2.properties")
        found[_OPTIONS] = f'-Dlog4j2.configurationFile="{file.as_uri()}"'
    return found


def _stop() -> None:
    """Stop the context that there is, also a half-started one, which would be taken for a running one."""
    from py4j.protocol import Py4JError
    from pyspark import SparkContext

    if (context := SparkContext._active_spark_context) is not None:  # noqa: SLF001 - as above
        with suppress(Py4JError, ConnectionError, EOFError):  # where its process of Java is gone already
            context.stop()


def java_is_gone(grace: float = 0.0) -> bool:
    """Whether the process of Java that was started here has ended, or ends within so many seconds."""
    from pyspark import SparkContext

    process = getattr(SparkContext._gateway, "proc", None)  # noqa: SLF001 - there is no other way to ask
    if process is None:
        return False
    try:
        process.wait(timeout=grace)
    except subprocess.TimeoutExpired:
        return False
    return True


def _find_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else None
    if (java is not None and java.is_file()) or (java is None and shutil.which("java")):
        return
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # started by spark-submit: the Java process is there
        return
    where = f"JAVA_HOME={home} has none" if home else "none is on PATH, and JAVA_HOME is not set"
    raise UsageError(
        f"Spark needs Java: {where}.",
        allowed=_JAVA,
        todo="install it (Debian: apt-get install default-jre-headless) or set JAVA_HOME; 'duckdb' needs none",
    )


@contextmanager
def _interpreter() -> Iterator[None]:
    """Let workers run the interpreter that runs here, unless another is configured."""
    before = os.environ.get(_PYTHON)
    os.environ[_PYTHON] = before or sys.executable
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PYTHON]


def _refuse_other(found: SparkSession, wanted: Mapping[str, str]) -> None:
    has = dict(found.sparkContext.getConf().getAll())
    for name, value in wanted.items():
        if has.get(name) != value:
            raise UsageError(
                f"{name} is to be {value!r}, and Spark runs in this process already, with {has.get(name)!r}.",
                todo="stop that session first (SparkSession.stop), or leave the setting out",
            )


def said_first(error: BaseException | str) -> str:
    """Return the first line of an error, or what Java said where that stands behind it."""
    java = [line.removeprefix(": ") for line in str(error).splitlines() if line.startswith(": ")]
    return first_line(java[0] if java else error)

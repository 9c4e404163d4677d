"""Whether Spark can run here."""

from __future__ import annotations

import os
import shutil

import pytest

# A process of Java that is soon over: it compiles little, and keeps to one thread for its memory.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

# Short queries on little data: nothing is compiled that takes longer than running it, and memory is bounded.
SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": f"{SHORT_LIVED} -Dlog4j2.level=OFF",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
}


def need_java() -> None:
    """Skip where there is no Java, or fail where there has to be."""
    if shutil.which("java") or os.environ.get("JAVA_HOME"):
        return
    message = "no Java on this machine (Debian: apt-get install default-jre-headless)"
    if os.environ.get("PILOTZONE_REQUIRE_SPARK") == "1":
        pytest.fail(f"PILOTZONE_REQUIRE_SPARK=1, but {message}")
    pytest.skip(message)

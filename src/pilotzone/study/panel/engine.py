"""What reads the panel of a study: its keys in a study file, checked one by one."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pilotzone.core import StudyError, UsageError
from pilotzone.store import EngineName, check_master, check_memory, check_spark, check_threads, on_this_machine
from pilotzone.study.runs.fields import StrictModel, Text, Whole

__all__ = ["EngineSpec"]


class EngineSpec(StrictModel):
    """What reads the panel; it changes no result."""

    name: EngineName = "duckdb"
    memory: Text | None = None
    threads: Whole | None = None
    master: Text | None = None
    spark: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        try:
            if self.memory is not None:
                check_memory(self.memory, "engine.memory")
            if self.threads is not None:
                check_threads(self.threads, "engine.threads")
            if self.master is not None:
                check_master(self.master, "engine.master")
            check_spark(self.spark, "engine.spark")
        except UsageError as error:
            raise StudyError(error.what, allowed=error.allowed, todo=error.todo) from None
        return self

    def check_ours(self) -> None:
        """Refuse a master that is another machine, which a file may not choose.

        Raises
        ------
        StudyError
            Naming it.
        """
        if self.master is not None and not on_this_machine(self.master):
            raise StudyError(
                f"engine.master is {self.master!r}, which is another machine; a study file must not choose one.",
                allowed="local, local[4], local[*], yarn; or no master, to run where Spark is configured to run",
                todo="set spark.master in Spark's own configuration (spark-defaults.conf), and leave the key out",
            )

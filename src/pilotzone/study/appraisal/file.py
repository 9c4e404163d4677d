"""The appraisal file: what a user writes to have a campus weighed, checked key by key before anything is computed."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pilotzone.study.appraisal.asked import (
    BacktestEntry,
    ChanceEntry,
    CorrelationEntry,
    DriverEntry,
    EffectivenessEntry,
    FirmsEntry,
    ImpactEntry,
    MisallocationEntry,
    OptionsEntry,
    StrandingEntry,
)
from pilotzone.study.appraisal.given import (
    AppraisalEntry,
    BurdenEntry,
    InvestmentEntry,
    PowerEntry,
    RevenueEntry,
    TransfersEntry,
    WorkEntry,
)
from pilotzone.study.runs.fields import StudyFile, Text
from pilotzone.study.runs.kind import Study

__all__ = ["AppraisalFile", "AppraisalStudy"]


class AppraisalFile(StudyFile):
    """An appraisal file."""

    title: Text
    appraisal: AppraisalEntry
    investment: InvestmentEntry | None = None
    revenue: RevenueEntry = RevenueEntry()
    power: PowerEntry = PowerEntry()
    work: WorkEntry = WorkEntry()
    transfers: TransfersEntry = TransfersEntry()
    burden: tuple[BurdenEntry, ...] = Field(default=(), max_length=40)
    impact: ImpactEntry | None = None
    driver: tuple[DriverEntry, ...] = Field(default=(), max_length=20)
    correlation: tuple[CorrelationEntry, ...] = Field(default=(), max_length=190)
    chance: ChanceEntry = ChanceEntry()
    effectiveness: EffectivenessEntry | None = None
    options: OptionsEntry | None = None
    stranding: StrandingEntry | None = None
    misallocation: MisallocationEntry | None = None
    firms: FirmsEntry | None = None
    backtest: BacktestEntry | None = None
    sources: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _needs(self) -> Self:
        wanted = {
            "[revenue]": self.revenue != RevenueEntry(),
            "[power]": self.power != PowerEntry(),
            "[work]": self.work != WorkEntry(),
            "[transfers]": self.transfers != TransfersEntry(),
            "[[burden]]": bool(self.burden),
            "[impact]": self.impact is not None,
            "[[driver]]": bool(self.driver),
            "[effectiveness]": self.effectiveness is not None,
            "[options]": self.options is not None,
            "[stranding]": self.stranding is not None,
        }
        asked = [name for name, there in wanted.items() if there]
        if self.investment is None and asked:
            message = f"{asked[0]} needs [investment]: what is built"
            raise ValueError(message)
        if all(part is None for part in (self.investment, self.misallocation, self.firms, self.backtest)):
            message = "nothing is asked for: give [investment], [misallocation], [firms] or [backtest]"
            raise ValueError(message)
        asked_of = () if self.effectiveness is None else self.effectiveness.effect
        lone = next((entry.outcome for entry in asked_of if entry.handed and "zone" not in self.beside), None)
        if lone is not None:
            message = (
                f"the effect on {lone!r} has no figures, and no study of zones stands beside: give effect and se, or "
                "name it as zone in [beside]"
            )
            raise ValueError(message)
        rate = None if self.effectiveness is None else self.effectiveness.per_usd
        if self.appraisal.currency == "USD" and rate is not None:
            message = "effectiveness.per_usd is given, and the appraisal counts in USD: leave it out"
            raise ValueError(message)
        if self.correlation and not self.driver:
            message = "[[correlation]] needs [[driver]]: what varies"
            raise ValueError(message)
        return self


AppraisalStudy = Study[AppraisalFile]
"""An appraisal that is asked for."""

"""What the report of a transfer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import Outcome
    from pilotzone.report import Limit
    from pilotzone.study.transfer.places import PlaceGiven
    from pilotzone.transfer import (
        Breakdown,
        CandidateRanks,
        Described,
        Forecasts,
        Hierarchical,
        JointSynthesis,
        PooledEffect,
        Predictions,
        Synthesis,
    )

__all__ = ["CandidateRow", "OutcomeTransfer", "TransferFindings"]


@dataclass(frozen=True)
class CandidateRow:
    """What one candidate could expect on one outcome, or why nobody can tell.

    Attributes
    ----------
    place, region
        The candidate, and its region of the evidence, empty where it is none.
    effect, low, high
        Predicted effect and its prediction interval in the outcome's own scale; ``None`` where there is none.
    forbids
        The moderator that forbids the transfer; empty where it is not forbidden.
    refusal
        Why there is no prediction; empty where there is one.
    first
        Probability that it gains most among candidates that can be told apart; ``None`` where they cannot.
    """

    place: str
    region: str
    effect: float | None
    low: float | None
    high: float | None
    forbids: str = ""
    refusal: str = ""
    first: float | None = None


@dataclass(frozen=True, eq=False)
class OutcomeTransfer:
    """All that was found on one outcome.

    Attributes
    ----------
    outcome
        On what.
    synthesis
        The pooled effect.
    candidates
        A row for each candidate.
    predictions
        Effects as a function of moderators; ``None`` where none is declared, or there is no candidate.
    ranks
        Candidates by expected effect; ``None`` where nothing tells them apart.
    forecasts
        Each zone forecast from the others; ``None`` where zones are too few.
    forecasts_note
        Why forecasts are without moderators, or there are none; empty where nothing is to be said.
    breakdown
        What would overturn predictions; ``None`` with two zones.
    posterior
        Under the stated priors; ``None`` where none are stated.
    """

    outcome: Outcome
    synthesis: Synthesis
    candidates: tuple[CandidateRow, ...]
    predictions: Predictions | None = None
    ranks: CandidateRanks | None = None
    forecasts: Forecasts | None = None
    forecasts_note: str = ""
    breakdown: Breakdown | None = None
    posterior: Hierarchical | None = None

    @property
    def pooled(self) -> PooledEffect:
        """The mean effect of zones."""
        return self.synthesis.pooled[0]

    @property
    def told(self) -> tuple[CandidateRow, ...]:
        """Candidates with a prediction."""
        return tuple(row for row in self.candidates if row.effect is not None)

    @property
    def refused(self) -> tuple[CandidateRow, ...]:
        """Candidates to which effects cannot be transported."""
        return tuple(row for row in self.candidates if row.effect is None)


@dataclass(frozen=True, eq=False)
class TransferFindings:
    """Everything that the report of a transfer shows.

    Attributes
    ----------
    name, title, question
        Name, title and question of the transfer.
    treatment, horizon
        What was done in the zones, and over which time effects are.
    outcomes
        What was found, outcome by outcome.
    zones, candidates
        Places as they were given.
    zone_values, candidate_values
        Their moderators; ``None`` where none is declared.
    beside
        Whether effects are those of the study beside.
    limits
        What the study says of its limits.
    jointly
        Mean effects on all outcomes jointly; ``None`` with one outcome, or where it is not known how they err together.
    """

    name: str
    title: str
    question: str
    treatment: str
    horizon: str
    outcomes: tuple[OutcomeTransfer, ...]
    zones: tuple[PlaceGiven, ...]
    candidates: tuple[PlaceGiven, ...]
    zone_values: Described | None
    candidate_values: Described | None
    beside: bool
    limits: tuple[Limit, ...]
    jointly: JointSynthesis | None = None

    @property
    def main(self) -> OutcomeTransfer:
        """What was found on the first outcome."""
        return self.outcomes[0]

"""Transfers: what zones did elsewhere, pooled, and what a region without one could expect."""

from pilotzone.study.transfer.file import TransferFile, TransferStudy
from pilotzone.study.transfer.findings import CandidateRow, OutcomeTransfer, TransferFindings
from pilotzone.study.transfer.kind import TransferKind

__all__ = [
    "KIND",
    "CandidateRow",
    "OutcomeTransfer",
    "TransferFile",
    "TransferFindings",
    "TransferKind",
    "TransferStudy",
]

KIND = TransferKind()

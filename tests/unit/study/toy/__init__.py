"""An invented kind of study, to show what a new one costs: this folder, and one line in the list of kinds.

A pond has fish of several kinds; their number is counted, and the mean weight is known from a table if there is one.
"""

from tests.unit.study.toy.kind import PondKind

__all__ = ["KIND"]

KIND = PondKind()

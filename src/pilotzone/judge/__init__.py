"""Several effects, one verdict."""

from pilotzone.judge.judgement import judge
from pilotzone.judge.verdict import OutcomeTest, Verdict

__all__ = ["OutcomeTest", "Verdict", "judge"]

"""Several effects, one verdict."""

from pilotzone.judge.judgement import judge
from pilotzone.judge.ranks import rank_p
from pilotzone.judge.verdict import OutcomeTest, Verdict

__all__ = ["OutcomeTest", "Verdict", "judge", "rank_p"]

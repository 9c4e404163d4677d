"""What a criterion of the evidence is: its words, its bounds, and the function from a place to what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pilotzone.core import Assumptions
from pilotzone.site.criteria import Criterion
from pilotzone.site.criterion_values import CriterionValue, ValueKind, missing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.gather import Climate
    from pilotzone.site.surface import CoolingSurface
    from pilotzone.site.unknowns import Quantity

    Floats = NDArray[np.float64]

__all__ = ["NO_REGION", "Context", "Found", "KnownCriterion", "Located"]

NO_REGION = "the place is in no region of the evidence"


class Located(Protocol):
    """What a finder asks of a place."""

    @property
    def name(self) -> str:
        """Words for a reader."""
        ...

    @property
    def region(self) -> str:
        """ISO 3166-2 code of its region; empty outside the evidence."""
        ...

    @property
    def weather(self) -> Climate | None:
        """Hours of it, if its user gave any."""
        ...

    def points(self) -> Floats:
        """Return where it may be, latitude and longitude in degrees, shape (k, 2); none if nobody says."""
        ...


@dataclass(frozen=True, eq=False)
class Context:
    """What a criterion's value rests on beside the place.

    Attributes
    ----------
    assumptions
        What is not in the evidence.
    year
        That values are of; the latest that is known if ``None``.
    surface
        PUE and water of the place; ``None`` where its climate is not known or no criterion asks for it.
    """

    assumptions: Assumptions
    year: int | None = None
    surface: CoolingSurface | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """What is known of a place on a criterion.

    Attributes
    ----------
    value
        Its range, with its source.
    quantity
        Its value as a function of what is not known; ``None`` where the range is all there is.
    """

    value: CriterionValue
    quantity: Quantity | None = None


@dataclass(frozen=True)
class KnownCriterion:
    """A criterion of the evidence: all that anything in the package asks about it.

    Attributes
    ----------
    criterion
        Name, good direction and unit.
    label
        A few words.
    short
        One or two words, for the head of a column.
    meaning
        A sentence.
    bounds
        Least and greatest value that can be, in its unit.
    source
        Where its values are from, without the years.
    find
        From the criterion, a place and what its value rests on, to what is known.
    needs_climate
        Whether it needs PUE and water of a year.
    leaning
        What a ranking leans towards where it counts; empty where that goes without saying.
    caveat
        What its values cannot say, a sentence; empty where the meaning says it.
    themes
        What it counts that other criteria may count too.
    measure
        What a figure without a unit is: ratio, share, chance; empty for one with a unit.
    caveat_brief
        The caveat in a few words.
    instead_of
        Criterion for which a ranking is shown with this one in its place; such a one is not ranked on by itself unless
        it is asked for. Empty for one that is.
    """

    criterion: Criterion
    label: str
    short: str
    meaning: str
    bounds: tuple[float, float]
    source: str
    find: Callable[[KnownCriterion, Located, Context], Found]
    needs_climate: bool = False
    leaning: str = ""
    caveat: str = ""
    themes: tuple[str, ...] = ()
    measure: str = ""
    caveat_brief: str = ""
    instead_of: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.criterion.name

    def value(
        self, place: Located, low: float, high: float, *, years: str = "", kind: ValueKind = "data", note: str = ""
    ) -> CriterionValue:
        """Return a range of a place, with the source and the years that it is of."""
        source = f"{self.source}, {years}" if years else self.source
        return CriterionValue(place.name, self.name, low, high, self.criterion.unit, kind, source, note)

    def absent(self, place: Located, why: str) -> Found:
        """Return that nothing is known of a place, and why."""
        return Found(missing(place.name, self.name, self.criterion.unit, why))

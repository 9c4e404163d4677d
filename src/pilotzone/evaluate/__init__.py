"""Effects of a zone that exists: on one zone or a few (`few`), or on many units (`many`)."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pilotzone.evaluate.many import ManyEffects


class _Room(ModuleType):
    """Lets the room be called like the one function of many units.

    Python puts an imported room on the package as ``pilotzone.evaluate``, where users look for the function of that
    name; whichever of the two they find, ``pz.evaluate(panel, ...)`` works.
    """

    def __call__(self, data: Any, **options: Any) -> ManyEffects:  # noqa: ANN401 - passed on as they are
        """Estimate effects on many units: see `pilotzone.evaluate.many.evaluate`."""
        from pilotzone.evaluate.many import evaluate

        return evaluate(data, **options)


sys.modules[__name__].__class__ = _Room

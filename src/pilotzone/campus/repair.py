"""A dispatch that keeps every equation, from one that nearly does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.form import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Missed", "missed", "repaired"]

_ROUNDS = 3
_NOTHING = 1e-9
"""Part of the largest load below which a flow counts as zero."""


def repaired(form: Form, y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Return flows and capacities that keep bounds, stores and balances as far as they can be kept.

    Parameters
    ----------
    form
        The problem.
    y, x
        Flows, (J, N), and capacities beside what is given, (K,), that nearly keep them.

    Notes
    -----
    Capacities and levels are cut to their bounds, and what goes into and out of a store is changed by what its levels
    then need. What is missing from a balance is shared between the flows that are between their bounds, in the measure
    of their distance from them; what is left goes to the cheapest room, and last to load that is not served. At last a
    capacity is cut to what is used of it.
    """
    x = np.clip(x, 0.0, form.most)
    upper = form.upper(x)
    y = np.maximum(y, 0.0)
    np.minimum(y[: form.bounded], upper, out=y[: form.bounded])
    # What is left of a flow that is not used is nothing, and the others make up for it.
    alone = ~np.any(form.into != 0, axis=0) & (form.sign != 0)
    y[alone[:, None] & (y < _NOTHING * max(float(form.load.max()), 1.0))] = 0.0
    full = np.full_like(y, np.inf)
    full[: form.bounded] = upper
    for store in range(len(form.level)):
        _mend_store(form, y, full, store)
    _mend_balance(form, y, full)
    return y, _used(form, y, x)


def _mend_store(form: Form, y: Floats, full: Floats, store: int) -> None:
    """Change what goes into a store and out of it by what its levels need."""
    level = y[form.level[store]]
    need = level - form.keep[store] * form.before(level) - form.inflow[store]
    into = form.into[store]
    rows = np.flatnonzero(into).tolist()
    missing = need - into @ y
    # What is missing is first taken back from what goes out; what is too much, from what goes in.
    for j in sorted(rows, key=lambda j: (into[j] > 0, form.sign[j] != 0)):
        change = np.clip(y[j] + missing / into[j], 0.0, full[j])
        less = np.abs(change) < np.abs(y[j])
        taken = np.where(less, change - y[j], 0.0)
        y[j] += taken
        missing -= into[j] * taken
    for j in sorted(rows, key=lambda j: form.sign[j] != 0):
        change = np.clip(y[j] + missing / into[j], 0.0, full[j]) - y[j]
        y[j] += change
        missing -= into[j] * change


def _mend_balance(form: Form, y: Floats, full: Floats) -> None:
    """Share what is missing from each balance between the flows that can give way."""
    rows = np.flatnonzero((form.sign != 0) & ~np.any(form.into != 0, axis=0))
    if not rows.size:
        return
    sign, flow, room = form.sign[rows][:, None], y[rows], full[rows]
    rest = form.load - form.balance(y) + (sign * flow).sum(axis=0)
    for _ in range(_ROUNDS):
        missing = rest - (sign * flow).sum(axis=0)
        give = np.minimum(flow, np.where(np.isfinite(room), room - flow, flow + 1.0))
        total = give.sum(axis=0)
        part = np.divide(give, total, out=np.zeros_like(give), where=total > 0)
        flow = np.clip(flow + sign * part * missing, 0.0, room)
    cost = form.cost[rows] * sign
    # Cheapest first where power is missing, dearest first where there is too much.
    order = np.argsort(cost.mean(axis=1), kind="stable")
    for up in (True, False):
        for j in order if up else order[::-1]:
            missing = rest - (sign * flow).sum(axis=0)
            wanted = np.maximum(missing, 0.0) if up else np.minimum(missing, 0.0)
            flow[j] = np.clip(flow[j] + sign[j] * wanted, 0.0, room[j])
    y[rows] = flow


def _used(form: Form, y: Floats, x: Floats) -> Floats:
    """Return capacities cut to what is used of them."""
    used = np.zeros_like(x)
    for j in np.flatnonzero(form.cap >= 0).tolist():
        over = y[j] - form.room[j]
        need = np.divide(over, form.avail[j], out=np.zeros_like(over), where=(form.avail[j] > 0) & (over > 0))
        used[form.cap[j]] = max(used[form.cap[j]], float(need.max()))
    return np.minimum(x, used)


@dataclass(frozen=True)
class Missed:
    """How far a dispatch is from keeping each kind of equation, at most.

    Attributes
    ----------
    balance, store, bound
        Tolerances of power, stores and bounds, beside the largest load (or 1 MW where there is none).
    limit
        Limit of limits without a price, beside their amount.
    """

    balance: float
    store: float
    bound: float
    limit: float

    @property
    def most(self) -> float:
        """The largest of them."""
        return max(self.balance, self.store, self.bound, self.limit)


def missed(form: Form, y: Floats, x: Floats) -> Missed:
    """Return how far a dispatch is from keeping each kind of equation."""
    size = max(float(form.load.max(initial=0.0)), float(form.inflow.max(initial=0.0))) or 1.0
    over = y[: form.bounded] - form.upper(x)
    bound = max(float(over.max(initial=0.0)), float(-y.min(initial=0.0)), float((x - form.most).max(initial=0.0)))
    hard = ~np.isfinite(form.price)
    scale = np.where(form.amount != 0, np.abs(form.amount), size)
    beyond = np.where(hard, (form.totals(y) - form.amount) / scale, 0.0)
    store = np.abs(form.kept(y) - form.inflow) if len(form.level) else np.zeros(1)
    return Missed(
        balance=float(np.abs(form.load - form.balance(y)).max()) / size,
        store=float(store.max()) / size,
        bound=bound / size,
        limit=max(float(beyond.max(initial=0.0)), 0.0),
    )

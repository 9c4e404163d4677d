"""A step of Newton's method on a supply problem: hours are eliminated, capacities and limits are the border.

Names of the equations (docs/explanation/supply.md): flows y with their slacks v below upper bounds, duals z of both;
small variables x (capacities), s (room below their bounds), w (room below limits) and u (what goes beyond priced ones).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.hours import Hours
from pilotzone.campus.points import Point, Residuals, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Newton"]


_REFINED = 2
"""How often a solution is refined."""
_EXACT, _SHARE = 1e-11, 1e-3
"""Residuals of the linear system that are left alone: of loads near one, and beside those of the step's point."""


@dataclass(frozen=True, eq=False)
class _Reduced:
    """A solution of the reduced system: duals, border, and what they come to for flows."""

    power: Floats
    water: Floats
    border: Floats
    row: Floats
    rooms: Floats

    def plus(self, more: _Reduced) -> _Reduced:
        """Return the sum of two."""
        pairs = zip(vars(self).values(), vars(more).values(), strict=True)
        return _Reduced(*(one + other for one, other in pairs))


class Newton:
    """The linear system of a step, factored at a point."""

    def __init__(self, shape: Shape, point: Point) -> None:
        self.shape, self.point = shape, point
        flows, bounded = shape.flows, shape.bounded
        self.inverse = 1 / point.pos
        self.ratio = point.dual * self.inverse
        weight = self.ratio[:flows].copy()
        weight[:bounded] += self.ratio[flows:]
        np.divide(1.0, weight, out=weight)
        if not shape.whole:
            weight *= shape.live
        self.weight = weight
        self.upper = self.ratio[flows:]
        self.share = self.upper * weight[:bounded]
        self.tight = self.upper > self.ratio[:bounded]
        self.loose = ~self.tight
        self.small_ratio = point.small_dual / point.small
        self.chain = Hours(shape.form, weight)
        self._border()

    def _border(self) -> None:
        """Form the columns of capacities and limits, and the small system that is left of them."""
        shape, form = self.shape, self.shape.form
        sought, years = shape.sought, form.years
        size = sought + shape.limits
        if size == 0:
            return
        power, water, middle, own = self._columns(size)
        found_power, found_water = self.chain.solve(power, water)
        columns = [_by_year(part, size, years) for part in (power, water)]
        solved = [_by_year(part, size, years) for part in (found_power, found_water)]
        self.columns = np.concatenate(columns, axis=2).transpose(1, 0, 2)
        self.solved = np.concatenate(solved, axis=2).transpose(1, 0, 2)
        self.sign = np.concatenate([-np.ones(sought), np.ones(shape.limits)])
        parts = middle - self.sign[:, None] * (self.columns @ self.solved.transpose(0, 2, 1))
        rows = sought + len(form.amount)
        system = np.zeros((rows, rows))
        for year in range(years):
            index = shape.border[year]
            system[np.ix_(index, index)] += parts[year]
        diagonal = np.zeros(rows)
        diagonal[:sought] = own + self.small_ratio[shape.x]
        diagonal[shape.capped] += self.small_ratio[shape.s]
        diagonal[sought:] = 1 / self.small_ratio[shape.w]
        diagonal[sought + shape.priced] += 1 / self.small_ratio[shape.u]
        system[np.diag_indices(rows)] += diagonal
        self.system = system

    def _columns(self, size: int) -> tuple[Floats, Floats, Floats, Floats]:
        shape, form = self.shape, self.shape.form
        sought, years, stores = shape.sought, form.years, len(form.level)
        power, water = np.zeros((size, shape.hours)), np.zeros((size, shape.hours, stores))
        middle = np.zeros((years, size, size))
        through = self.share * shape.avail
        # share * (1 - share / upper) without a subtraction.
        inner = np.einsum("jt,jt,jt->j", through, shape.avail, self.ratio[: shape.bounded])
        own = np.bincount(shape.cap, inner * (form.cap >= 0), minlength=sought)[:sought].astype(np.float64)
        level_of = {int(row): store for store, row in enumerate(form.level)}
        for j in np.flatnonzero(form.cap >= 0).tolist():
            k = int(form.cap[j])
            if form.sign[j]:
                power[k] += form.sign[j] * through[j]
            for store in np.flatnonzero(form.into[:, j]).tolist():
                water[k, :, store] -= form.into[store, j] * through[j]
            if j in level_of:
                store = level_of[j]
                water[k, :, store] += through[j] - form.keep[store] * form.before(through[j])
        self._limit_columns(power, water, middle, through)
        return power, water, middle, own

    def _limit_columns(self, power: Floats, water: Floats, middle: Floats, through: Floats) -> None:
        """Add the columns of limits, and what they have to do with capacities and one another."""
        shape, form = self.shape, self.shape.form
        years = form.years
        weighted: dict[int, list[tuple[int, Floats, Floats]]] = {}
        for limit, j, effect in form.effects:
            column, part = shape.sought + limit, effect * self.weight[j]
            if form.sign[j]:
                power[column] -= form.sign[j] * part
            for store in np.flatnonzero(form.into[:, j]).tolist():
                water[column, :, store] += form.into[store, j] * part
            if j < shape.bounded and form.cap[j] >= 0:
                k = int(form.cap[j])
                joint = (effect * through[j]).reshape(years, -1).sum(axis=1)
                middle[:, k, column] += joint
                middle[:, column, k] -= joint
            weighted.setdefault(j, []).append((column, effect, part))
        for items in weighted.values():
            for column, _, part in items:
                for other, effect, _ in items:
                    middle[:, column, other] += (part * effect).reshape(years, -1).sum(axis=1)

    def step(self, product: Floats, small: Floats, missing: Residuals, share: float) -> Point:
        """Return the step that changes products by some amounts, and removes a share of the residuals.

        Parameters
        ----------
        product, small
            How much products of positions and duals are to change, (J + B, N), and the same of the small variables.
        missing, share
            Residuals, and which share of them is removed.
        """
        shape, point = self.shape, self.point
        flows, bounded = shape.flows, shape.bounded
        scaled = product * self.inverse
        small_scaled = small / point.small
        pos, dual = np.empty_like(point.pos), np.empty_like(point.dual)
        right, border = self._right(scaled, small, small_scaled, missing, share)
        found = self._reduced(right, border, pos, missing, share)
        row = found.row
        if missing.flow is not None:
            row += share * missing.flow
        np.multiply(self.ratio[:flows], pos[:flows], out=dual[:flows])
        np.subtract(scaled[:flows], dual[:flows], out=dual[:flows])
        np.subtract(found.rooms, pos[:bounded], out=pos[flows:])
        if missing.upper is not None:
            pos[flows:] += share * missing.upper
        self._duals(scaled[flows:], row[:bounded], pos[flows:], dual)
        if not shape.whole:
            pos *= shape.mask
            dual *= shape.mask
        small_step, small_dual = self._small(found.border, small, small_scaled, share * missing.most)
        return Point(pos, dual, small_step, small_dual, found.power, found.water)

    def _right(
        self, scaled: Floats, small: Floats, small_scaled: Floats, missing: Residuals, share: float
    ) -> tuple[Floats, Floats]:
        """Return the right side of flows, (J, N), and of the border."""
        shape, form = self.shape, self.shape.form
        flows, bounded = shape.flows, shape.bounded
        right = scaled[:flows].copy()
        above = -scaled[flows:]
        if missing.upper is not None:
            above += self.upper * (share * missing.upper)
        if missing.flow is not None:
            right += share * missing.flow
        right[:bounded] += above
        capacity = share * missing.capacity + small_scaled[shape.x]
        capacity[shape.capped] += self.small_ratio[shape.s] * (share * missing.most) - small_scaled[shape.s]
        if shape.sought:
            capacity += shape.rooms_back(self.share * right[:bounded] - above)
        limit = form.totals(self.weight * right) - share * missing.limit
        limit += small[shape.w] / self.point.small_dual[shape.w]
        limit[shape.priced] -= small[shape.u] / self.point.small_dual[shape.u]
        return right, np.concatenate([capacity, limit])

    def _reduced(self, right: Floats, border: Floats, pos: Floats, missing: Residuals, share: float) -> _Reduced:
        """Solve for duals, border and flows, which are written to `pos`; what is missed is solved for again."""
        form, flows = self.shape.form, self.shape.flows
        balance, store = share * missing.balance, share * missing.store
        np.multiply(self.weight, right, out=pos[:flows])
        found: _Reduced | None = None
        for _ in range(1 + _REFINED):
            left, left_store = balance - form.balance(pos[:flows]), store - form.kept(pos[:flows])
            if found is not None:
                most = max(float(np.abs(left).max()), float(np.abs(left_store).max(initial=0.0)))
                if most <= _EXACT + _SHARE * share * missing.primal:
                    break
            more = self._solve(left, left_store, border if found is None else np.zeros_like(border))
            change = more.row.copy()
            change[: self.shape.bounded] += self.upper * more.rooms
            change *= self.weight
            pos[:flows] += change
            found = more if found is None else found.plus(more)
        assert found is not None  # noqa: S101 - it is solved once or more
        return found

    def _duals(self, scaled: Floats, row: Floats, slack: Floats, dual: Floats) -> None:
        """Set duals of upper bounds: from the dual row where the bound is tight, from the product elsewhere.

        Each is taken where it loses nothing: at a tight bound the slack is a difference of large numbers, and at a
        loose one the dual is.
        """
        flows, bounded = self.shape.flows, self.shape.bounded
        product = scaled - self.upper * slack
        by_row = row + dual[:bounded]
        np.copyto(dual[:bounded], product - row, where=self.loose)
        np.copyto(dual[flows:], product)
        np.copyto(dual[flows:], by_row, where=self.tight)
        np.subtract(scaled, by_row, out=by_row)
        np.divide(by_row, self.upper, out=slack, where=self.tight)

    def _solve(self, balance: Floats, store: Floats, border: Floats) -> _Reduced:
        """Solve for duals of balances and stores and for the border."""
        shape, years, hours = self.shape, self.shape.form.years, self.shape.hours
        power, water = self.chain.solve(balance[None], np.ascontiguousarray(store.T)[None])
        both = np.concatenate([_by_year(part, 1, years)[0] for part in (power, water)], axis=1)
        found = border
        if len(border):
            right = border.copy()
            np.subtract.at(right, shape.border, self.sign * (self.columns @ both[:, :, None])[:, :, 0])
            found = np.asarray(np.linalg.solve(self.system, right), dtype=np.float64)
            both -= (found[shape.border][:, None, :] @ self.solved)[:, 0]
        each = hours // years
        prices = np.ascontiguousarray(both[:, :each]).reshape(hours)
        worth = np.ascontiguousarray(both[:, each:].reshape(hours, len(shape.form.level)).T)
        row = shape.form.prices_of(prices, worth)
        shape.form.add_limits(row, -found[shape.sought :])
        return _Reduced(prices, worth, found, row, np.asarray(shape.rooms(found[: shape.sought])))

    def _small(self, border: Floats, small: Floats, scaled: Floats, most: Floats) -> tuple[Floats, Floats]:
        shape, point = self.shape, self.point
        dx, dm = border[: shape.sought], border[shape.sought :]
        step, dual = np.empty_like(point.small), np.empty_like(point.small_dual)
        step[shape.x] = dx
        dual[shape.x] = scaled[shape.x] - self.small_ratio[shape.x] * dx
        step[shape.s] = most - dx[shape.capped]
        dual[shape.s] = scaled[shape.s] - self.small_ratio[shape.s] * step[shape.s]
        dual[shape.w], dual[shape.u] = dm, -dm[shape.priced]
        for part in (shape.w, shape.u):
            step[part] = (small[part] - point.small[part] * dual[part]) / point.small_dual[part]
        return step, dual

    def lengths(self, step: Point) -> tuple[float, float]:
        """Return how far a step can go until something is zero: positions, duals; one at most."""
        point = self.point
        return (
            _length(float((step.pos * self.inverse).min()), step.small / point.small),
            _length(float((step.dual / point.dual).min()), step.small_dual / point.small_dual),
        )


def _length(least: float, small: Floats) -> float:
    least = min(least, float(small.min(initial=0.0)))
    return 1.0 if least >= -1.0 else -1.0 / least


def _by_year(values: Floats, columns: int, years: int) -> Floats:
    """Return values of some columns year by year, (columns, years, what a year has)."""
    return values.reshape(columns, years, values.size // (columns * years))

"""The hours of a year as a linear system: balance and stores, eliminated hour by hour.

With weights D of flows, the matrix H D H' of all balances and stores falls apart into hours that only levels of stores
join. The balance of each hour is eliminated first. What is left is block tridiagonal, one block of the size of the
stores an hour, in a circle in each year. Nothing is subtracted that is formed by a sum before: a flow's part of the
eliminated block is ``d (c - s r)(c - s r)'`` with r the mean effect on stores of the hour's flows, and with one store
the pivots of the chain are sums as well (``p = x + w``, next ``x = e + keep^2 w x / p``). The circle is closed by a
correction of low rank (Woodbury).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.campus.form import Form

    Floats = NDArray[np.float64]

__all__ = ["Hours"]

_LEAST = 1e-250


class Hours:
    """H D H' of a form, factored.

    Parameters
    ----------
    form
        The problem.
    weight
        D, (J, N); zero where a flow has no room.
    """

    def __init__(self, form: Form, weight: Floats) -> None:
        from scipy.linalg import lapack

        self.lapack = lapack
        self.form = form
        self.stores = len(form.level)
        # Levels carry no power: only the other rows are in the balance.
        self.total = np.maximum(np.square(form.sign) @ weight, _LEAST)
        if self.stores:
            self.mean = (form.into * form.sign) @ weight
            self.mean /= -self.total
            self._chain(weight)

    def _chain(self, weight: Floats) -> None:
        form, stores = self.form, self.stores
        held = weight[form.level]
        own = np.empty((stores, stores, form.hours))
        touching = np.flatnonzero(np.any(form.into != 0, axis=0))
        others = np.setdiff1d(np.flatnonzero(form.sign), touching)
        rest = weight[others].sum(axis=0)
        apart = [form.sign[j] * self.mean + form.into[:, j][:, None] for j in touching]
        for a in range(stores):
            for b in range(a + 1):
                cell = rest * self.mean[a] * self.mean[b]
                for j, part in zip(touching, apart, strict=True):
                    cell += weight[j] * part[a] * part[b]
                own[a, b] = own[b, a] = cell
            own[a, a] += form.asleep[a]
        # The circle is cut where levels are least free, each year at an hour of its own: little has to be closed there.
        freedom = (held / np.maximum(held.mean(axis=1, keepdims=True), _LEAST)).sum(axis=0).reshape(form.years, -1)
        per_year = form.hours // form.years
        first = (np.argmin(freedom, axis=1) + 1) % per_year
        turned = (np.arange(per_year)[None, :] + first[:, None]) % per_year
        self.order = (turned + np.arange(form.years)[:, None] * per_year).ravel()
        self.back = np.argsort(self.order)
        held, own = held[:, self.order], own[:, :, self.order]
        self.held = held
        if stores == 1:
            self._one(np.maximum(own[0, 0], _LEAST), held[0])
        else:
            self._several(own, held)
        self._close()

    def _one(self, own: Floats, held: Floats) -> None:
        """Factor a chain of one store: all pivots are sums of what is positive."""
        keep = float(self.form.keep[0])
        square = keep * keep
        per_year = self.form.hours // self.form.years
        inside = held.copy()
        # The last level of a year goes round to its first hour: it is not in the chain, but in its closing.
        inside[per_year - 1 :: per_year] = 0.0
        pivots, carried = [], 0.0
        for e, w in zip(own.tolist(), inside.tolist(), strict=True):
            x = e + carried
            p = x + w
            carried = square * w * (x / p)
            pivots.append(p)
        self.pivots = np.array(pivots)
        joined = -keep * inside
        self.lower = joined[:-1] / self.pivots[:-1]

    def _several(self, own: Floats, held: Floats) -> None:
        """Factor a chain of several stores as a band."""
        form, stores = self.form, self.stores
        per_year = form.hours // form.years
        inside = held.copy()
        inside[:, per_year - 1 :: per_year] = 0.0
        before = np.zeros_like(inside)
        before[:, 1:] = inside[:, :-1]
        band = np.zeros((stores + 1, form.hours, stores))
        for a in range(stores):
            for b in range(a + 1):
                band[a - b, :, b] = own[a, b]
            band[0, :, a] += inside[a] + form.keep[a] ** 2 * before[a]
            band[stores, :, a] = -form.keep[a] * inside[a]
        flat = band.reshape(stores + 1, -1)
        scale = 1 / np.sqrt(np.maximum(flat[0], _LEAST))
        self.scale = scale
        for k in range(stores + 1):
            flat[k, : len(scale) - k] *= scale[: len(scale) - k] * scale[k:]
        for shift in (0.0, 1e-15, 1e-13, 1e-11, 1e-9):
            flat[0] = 1.0 + shift
            self.band, info = self.lapack.dpbtrf(flat, lower=1)
            if info == 0:
                return
        message = "the chain of stores is not positive definite"
        raise FloatingPointError(message)

    def _tri(self, right: Floats) -> Floats:
        """Solve the open chain; (m, N, S) in, the same out."""
        shape = right.shape
        flat = np.ascontiguousarray(right).reshape(shape[0], -1)
        if self.stores == 1:
            found, _ = self.lapack.dpttrs(self.pivots, self.lower, flat.T)
            return np.ascontiguousarray(found.T).reshape(shape)
        found, _ = self.lapack.dpbtrs(self.band, (flat * self.scale).T, lower=1)
        return np.ascontiguousarray(found.T * self.scale).reshape(shape)

    def _close(self) -> None:
        """Prepare what closes the circle of each year."""
        form, stores = self.form, self.stores
        per_year = form.hours // form.years
        ends = np.zeros((stores, form.hours, stores))
        for s in range(stores):
            ends[s, ::per_year, s] = -form.keep[s]
            ends[s, per_year - 1 :: per_year, s] = 1.0
        self.ends = self._tri(ends).reshape(stores, form.years, per_year, stores)
        last = self.held[:, per_year - 1 :: per_year]
        middle = np.zeros((form.years, stores, stores))
        for s in range(stores):
            middle[:, s, s] = 1 / np.maximum(last[s], _LEAST)
        middle += self._across(self.ends).transpose(1, 2, 0)
        self.middle = middle

    def _across(self, values: Floats) -> Floats:
        """Return what the closing sees of values (m, years, hours, S): the last less what is kept at the first."""
        return np.asarray(values[:, :, -1, :] - self.form.keep * values[:, :, 0, :])

    def solve(self, power: Floats, water: Floats) -> tuple[Floats, Floats]:
        """Solve for several right sides: power (m, N) and water (m, N, S)."""
        if not self.stores:
            return power / self.total, water
        form = self.form
        mean = self.mean.T
        right = water - power[:, :, None] * mean
        found = self._tri(right[:, self.order])
        by_year = found.reshape(len(found), form.years, -1, self.stores)
        seen = self._across(by_year)  # (m, years, S)
        if self.stores == 1:
            factor = seen / self.middle[:, :, 0]
        else:
            factor = np.asarray(np.linalg.solve(self.middle[None], seen[..., None])[..., 0], dtype=np.float64)
        for s in range(self.stores):
            by_year -= self.ends[s][None] * factor[:, :, s][:, :, None, None]
        found = by_year.reshape(found.shape)[:, self.back]
        back = power / self.total - np.einsum("mts,ts->mt", found, mean)
        return back, found

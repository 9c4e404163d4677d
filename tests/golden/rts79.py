"""Load shape of the IEEE Reliability Test System 1979, from its three tables, and units of it and of the RBTS."""

from __future__ import annotations

import numpy as np

from pilotzone.campus.outages import Unit

# IEEE RTS task force 1979, "IEEE Reliability Test System", IEEE Trans. PAS-98(6) 2047: peaks of weeks in percent of
# the year's, of days in percent of the week's, of hours in percent of the day's (weekday and weekend by season).
WEEKS = (
    "86.2 90 87.8 83.4 88 84.1 83.2 80.6 74 73.7 71.5 72.7 70.4 75 72.1 80 75.4 83.7 87 88 85.6 81.1 90 88.7 89.6 86.1 "
    "75.5 81.6 80.1 88 72.2 77.6 80 72.9 72.6 70.5 78 69.5 72.4 72.4 74.3 74.4 80 88.1 88.5 90.9 94 89 94.2 97 100 95.2"
)
DAYS = "93 100 98 96 94 77 75"
HOURS = {
    "winter": (
        "67 63 60 59 59 60 74 86 95 96 96 95 95 95 93 94 99 100 100 96 91 83 73 63",
        "78 72 68 66 64 65 66 70 80 88 90 91 90 88 87 87 91 100 99 97 94 92 87 81",
    ),
    "summer": (
        "64 60 58 56 56 58 64 76 87 95 99 100 99 100 100 97 96 96 93 92 92 93 87 72",
        "74 70 66 65 64 62 62 66 81 86 91 93 93 92 91 91 92 94 95 95 100 93 88 80",
    ),
    "between": (
        "63 62 60 58 59 65 72 85 95 99 100 99 93 92 90 88 90 92 96 98 96 90 80 70",
        "75 73 69 66 65 65 68 74 83 89 92 94 91 90 90 86 85 88 92 100 97 95 90 85",
    ),
}
RTS_79 = tuple(
    Unit(f"U{mw}", float(mw), rate, count)
    for mw, rate, count in (
        (12, 0.02, 5),
        (20, 0.1, 4),
        (50, 0.01, 6),
        (76, 0.02, 4),
        (100, 0.04, 3),
        (155, 0.04, 4),
        (197, 0.05, 3),
        (350, 0.08, 1),
        (400, 0.12, 2),
    )
)
# Billinton and others 1989, "A reliability test system for educational purposes", IEEE Trans. PWRS-4(3) 1238.
RBTS = tuple(
    Unit(f"R{mw}{rate}", float(mw), rate, count)
    for mw, rate, count in ((5, 0.01, 2), (10, 0.02, 1), (20, 0.015, 4), (20, 0.025, 1), (40, 0.02, 1), (40, 0.03, 2))
)


def _numbers(text: str) -> list[float]:
    return [float(part) / 100 for part in text.split()]


def rts_load(peak_mw: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return 8,736 hours of load, MW."""
    found = []
    for week, share in enumerate(_numbers(WEEKS), start=1):
        season = "winter" if week <= 8 or week >= 44 else "summer" if 18 <= week <= 30 else "between"
        for day, of_week in enumerate(_numbers(DAYS)):
            found += [share * of_week * hour * peak_mw for hour in _numbers(HOURS[season][day >= 5])]
    return np.array(found)

"""Write the scales and references of the evidence's criteria: the range and the middles of China's 31 provinces.

``python tools/siting_scales.py`` writes ``src/pilotzone/site/bundled/scales.toml``; a test holds the file to what this
makes of the evidence.
"""

from __future__ import annotations

from pathlib import Path

from pilotzone.site import KNOWN_CRITERIA, default_assumptions, known_regions, place_of_region, profile_of

TARGET = Path(__file__).parents[1] / "src" / "pilotzone" / "site" / "bundled" / "scales.toml"
HEAD = """\
# Made by tools/siting_scales.py from the bundled evidence and the package's assumptions; not to be changed by hand.
# low, high: from the least to the greatest figure of China's 31 provinces, airside cooling, the latest year.
# reference: the middle of each province's figure, without those that have none, in order of size.
"""


def scales() -> str:
    """Return the text of the file."""
    names = list(KNOWN_CRITERIA)
    profiles = [profile_of(place_of_region(code), names, default_assumptions()) for code in known_regions()]
    parts = [HEAD]
    for name in names:
        known = [
            figure for profile in profiles for figure in profile.figures
            if figure.criterion == name and figure.kind != "missing"
        ]  # fmt: skip
        low, high = min(figure.low for figure in known), max(figure.high for figure in known)
        middles = ", ".join(f"{round(middle, 9):.6g}" for middle in sorted(figure.middle for figure in known))
        parts.append(f"\n[{name}]\nlow = {round(low, 9):.6g}\nhigh = {high:.6g}\nreference = [{middles}]\n")
    return "".join(parts)


if __name__ == "__main__":
    TARGET.write_text(scales(), encoding="utf-8")

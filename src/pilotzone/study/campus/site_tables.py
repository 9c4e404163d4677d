"""Tables of a campus file that describe a site: its weather, radiation and wind, and all that supplies it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pilotzone.campus import WAITING
from pilotzone.gather import Stamps
from pilotzone.study.campus.amounts import Amount
from pilotzone.study.campus.supply_tables import BatteryEntry, DieselEntry, GridEntry, HydroEntry, PlantEntry
from pilotzone.study.runs.fields import Number, StrictModel, Text, Whole

__all__ = ["SiteEntry", "SkyEntry"]

_TAKEN = (WAITING, "not served", "unserved", "it", "facility")
"""Names that rows and columns of plans have already."""


class SkyEntry(StrictModel):
    """Radiation and wind of a site where its weather file does not say all: a table of one's own, place, time, height.

    `stamps` says whether a time of `file` tells the beginning, the middle or the end of its hour.
    """

    file: Text | None = None
    stamps: Stamps | None = None
    latitude: Number | None = Field(default=None, ge=-90, le=90)
    longitude: Number | None = Field(default=None, ge=-180, le=180)
    utc_offset_h: Number | None = Field(default=None, ge=-14, le=14)
    wind_height_m: Number | None = Field(default=None, ge=1, le=400)

    @model_validator(mode="after")
    def _stamped(self) -> Self:
        if (self.file is None) != (self.stamps is None):
            message = (
                "file and stamps go together: stamps says whether times tell the beginning, middle or end of hours"
            )
            raise ValueError(message)
        return self


class SiteEntry(StrictModel):
    """A place that the campus may stand at, with what it can be supplied from.

    `weather` is ``modelled`` (from the province's monthly means), a city with hourly weather in the evidence, or a
    weather file; `pue` takes its place.
    """

    name: Text
    region: Text | None = None
    weather: Text | None = None
    weather_years: tuple[Whole, ...] = Field(default=(), max_length=20)
    pue: Number | None = Field(default=None, ge=1, lt=10)
    wue: Amount | None = None
    sky: SkyEntry | None = None
    grid: GridEntry | None = None
    plant: tuple[PlantEntry, ...] = Field(default=(), max_length=20)
    hydro: HydroEntry | None = None
    battery: BatteryEntry | None = None
    diesel: DieselEntry | None = None

    @property
    def supply_names(self) -> list[str]:
        """Names of all supplies."""
        found = [plant.name or plant.technology for plant in self.plant]
        given = {"grid": self.grid, "battery": self.battery, "diesel": self.diesel}
        found += [name for name, entry in given.items() if entry is not None]
        return [*found, *([] if self.hydro is None else [self.hydro.name])]

    @property
    def has_outages(self) -> bool:
        """Whether anything of it is said to break down."""
        return any(item is not None and item.outage_rate is not None for item in (self.grid, self.diesel, *self.plant))

    @model_validator(mode="after")
    def _supplied(self) -> Self:
        if self.grid is None and not self.plant and self.hydro is None and self.diesel is None:
            message = f"site {self.name!r} has no supply: give a grid, a plant, hydro or diesel"
            raise ValueError(message)
        if (self.weather is None) == (self.pue is None):
            message = f"site {self.name!r} needs either weather or pue"
            raise ValueError(message)
        if len(set(self.weather_years)) < len(self.weather_years):
            message = f"site {self.name!r}: a year stands twice in weather_years"
            raise ValueError(message)
        names = self.supply_names
        twice = next((name for name in names if names.count(name) > 1 or name in _TAKEN), None)
        if twice is not None:
            message = f"site {self.name!r}: {twice!r} is the name of another supply or of a column: give another name"
            raise ValueError(message)
        if self.weather_years and self.weather in (None, "modelled"):
            message = f"site {self.name!r}: weather_years go with measured weather"
            raise ValueError(message)
        return self

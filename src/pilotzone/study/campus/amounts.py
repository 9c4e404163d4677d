"""Amounts of a campus file: powers, prices, shares, and series over a day or a year, each within its bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pilotzone.study.runs.fields import Number

__all__ = ["Amount", "Day", "Months", "Price", "Quantity", "Share"]

Amount = Annotated[Number, Field(ge=0, le=1e15)]
"""A power, a cost, an emission: what is more would only break sums."""
Price = Annotated[Number, Field(ge=-1e6, le=1e6)]
"""Currency per MWh."""
Share = Annotated[Number, Field(ge=0, le=1)]
Day = Annotated[tuple[Amount, ...], Field(min_length=24, max_length=24)]
Months = Annotated[tuple[Amount, ...], Field(min_length=12, max_length=12)]
Quantity = Literal["co2", "so2", "nox", "pm", "water_withdrawn", "water_consumed", "water_consumed_without_reservoirs"]
"""What a limit can be on: t for CO2, kg for SO2, NOx and PM, m3 for water."""

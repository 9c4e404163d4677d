"""Random systems as supply problems."""

from __future__ import annotations

from tests.golden.supply_systems import UNSERVED, System

from pilotzone.campus import Battery, Capacity, Flow, Limit, Reservoir, SupplyProblem

__all__ = ["supply_problem"]


def supply_problem(system: System) -> SupplyProblem:
    """Return a system as a problem."""
    sun, wind, hydro = system.availability
    solar_cost, wind_cost, hydro_cost, coal_cost, battery_cost = (Capacity(cost=cost) for cost in system.capacity_cost)
    flows = [
        Flow("solar", solar_cost, availability=sun),
        Flow("wind", wind_cost, availability=wind),
        Flow("hydro", hydro_cost, availability=hydro, marginal_cost=system.marginal[0], intensity={"water": 17.0}),
        Flow("coal", coal_cost, marginal_cost=system.marginal[1], intensity={"co2": 0.9, "water": 1.9}),
    ]
    if system.grid_mw > 0:
        grid = {"co2": 0.4989, "water": 4.0}
        flows.append(Flow("grid", Capacity.given(system.grid_mw), marginal_cost=system.grid_price, intensity=grid))
    stores: list[Battery | Reservoir] = [Battery("battery", battery_cost, duration_h=system.duration_h)]
    turbine, energy = system.reservoir
    if turbine > 0:
        given = Capacity.given(turbine), Capacity.given(energy)
        stores.append(Reservoir("reservoir", system.inflow, *given, efficiency=0.9))
    limits = Limit("co2", system.co2), Limit("water", system.water, unit="m3")
    return SupplyProblem(system.load, tuple(flows), tuple(stores), limits, unserved_price=UNSERVED)

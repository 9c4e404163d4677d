"""What a campus needs: its load, its supply at least cost, and how often that supply fails."""

from pilotzone.campus.backup import BackupBattery, GeneratorSet, OutageSurvival, outage_survival
from pilotzone.campus.breakdowns import BreakdownLoss, Breakdowns, breakdown_loss
from pilotzone.campus.conditioned import StressedUnit, linear_rate, loss_under_stress
from pilotzone.campus.conflicts import conflict_words, least_total
from pilotzone.campus.credit import CapacityCredit, CapacityCredits, capacity_credits, operated_credit, operated_credits
from pilotzone.campus.curtailment import Curtailment, curtailments
from pilotzone.campus.drawing import (
    CAMPUS_SOURCE,
    duration_figure,
    frontier_figure,
    stress_figure,
    week_figure,
)
from pilotzone.campus.droughts import (
    AnnualFactors,
    Heatwave,
    annual_factors,
    joint_weights,
    monthly_inflow,
    sampled_cells,
)
from pilotzone.campus.fleet import BatteryRule, Fleet, FleetBattery, FleetReservoir, FleetSource, rule_curve
from pilotzone.campus.frontier import frontier_amounts, supply_frontier, with_limit
from pilotzone.campus.given import month_of_hours
from pilotzone.campus.load import CampusLoad, DailyShape, RackRamp, Waiting, campus_load
from pilotzone.campus.operation import ForesightGap, OperationResult, operate, sampled_outages
from pilotzone.campus.outages import (
    LossOfLoad,
    OutageTable,
    Unit,
    daily_peaks,
    k_of_n,
    loss_of_load,
    outage_table,
)
from pilotzone.campus.parts import Battery, Capacity, Deferrable, Flow, Limit, Reservoir, Store
from pilotzone.campus.plan import Built, LimitTotal, Solved, SupplyPlan
from pilotzone.campus.planned import fleet_of
from pilotzone.campus.problem import SupplyProblem
from pilotzone.campus.profiles import Mounting, PvArray, hub_speed, pv_profile, wind_profile
from pilotzone.campus.repair import Missed
from pilotzone.campus.site_design import SiteDesign
from pilotzone.campus.site_frontier import Frontier, FrontierPoint, frontier_of_site
from pilotzone.campus.site_planning import design_site
from pilotzone.campus.site_stress import SiteStress
from pilotzone.campus.solving import SupplySolver, plan_supply
from pilotzone.campus.sources import (
    CarbonKind,
    DieselSets,
    GridCarbon,
    Redundancy,
    Supply,
    battery_supply,
    diesel_sets,
    diesel_supply,
    grid_supply,
    hydro_supply,
    inflow_of_months,
    profile_supply,
    thermal_supply,
)
from pilotzone.campus.stress import StressResult, stress_test
from pilotzone.campus.system import WAITING, ReservoirSupply, SiteSystem
from pilotzone.campus.technologies import (
    INTENSITIES,
    LABELS,
    UNITS,
    Currency,
    Figure,
    Technology,
    annuity_factor,
    check_one_currency,
    cost_figures,
    technology_of,
)

__all__ = [
    "CAMPUS_SOURCE",
    "INTENSITIES",
    "LABELS",
    "UNITS",
    "WAITING",
    "AnnualFactors",
    "BackupBattery",
    "Battery",
    "BatteryRule",
    "BreakdownLoss",
    "Breakdowns",
    "Built",
    "CampusLoad",
    "Capacity",
    "CapacityCredit",
    "CapacityCredits",
    "CarbonKind",
    "Currency",
    "Curtailment",
    "DailyShape",
    "Deferrable",
    "DieselSets",
    "Figure",
    "Fleet",
    "FleetBattery",
    "FleetReservoir",
    "FleetSource",
    "Flow",
    "ForesightGap",
    "Frontier",
    "FrontierPoint",
    "GeneratorSet",
    "GridCarbon",
    "Heatwave",
    "Limit",
    "LimitTotal",
    "LossOfLoad",
    "Missed",
    "Mounting",
    "OperationResult",
    "OutageSurvival",
    "OutageTable",
    "PvArray",
    "RackRamp",
    "Redundancy",
    "Reservoir",
    "ReservoirSupply",
    "SiteDesign",
    "SiteStress",
    "SiteSystem",
    "Solved",
    "Store",
    "StressResult",
    "StressedUnit",
    "Supply",
    "SupplyPlan",
    "SupplyProblem",
    "SupplySolver",
    "Technology",
    "Unit",
    "Waiting",
    "annual_factors",
    "annuity_factor",
    "battery_supply",
    "breakdown_loss",
    "campus_load",
    "capacity_credits",
    "check_one_currency",
    "conflict_words",
    "cost_figures",
    "curtailments",
    "daily_peaks",
    "design_site",
    "diesel_sets",
    "diesel_supply",
    "duration_figure",
    "fleet_of",
    "frontier_amounts",
    "frontier_figure",
    "frontier_of_site",
    "grid_supply",
    "hub_speed",
    "hydro_supply",
    "inflow_of_months",
    "joint_weights",
    "k_of_n",
    "least_total",
    "linear_rate",
    "loss_of_load",
    "loss_under_stress",
    "month_of_hours",
    "monthly_inflow",
    "operate",
    "operated_credit",
    "operated_credits",
    "outage_survival",
    "outage_table",
    "plan_supply",
    "profile_supply",
    "pv_profile",
    "rule_curve",
    "sampled_cells",
    "sampled_outages",
    "stress_figure",
    "stress_test",
    "supply_frontier",
    "technology_of",
    "thermal_supply",
    "week_figure",
    "wind_profile",
    "with_limit",
]

"""Settings for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A machine that is slow, or busy, is not a defect of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

"""Choices: how a test wants its emulator to be, and the settings that come of it. Quick to import, like the fixture."""

import os
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.scenario import Scenario
from emulator.domain.errors import UserError, nearest
from emulator.loading.profiles import load_profile
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

NOWHERE = "http://receiver.epcc-emulator.test"
"""What `${RECEIVER_URL}` stands for in a scenario while nobody has said where its receiver is."""

_KNOWN = ("seed", "profile", "scenario")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Where nothing is chosen: seed 0, no faults, a virtual clock; or what the scenario says."""

    settings: Settings
    scenario: Scenario | None = None


def choices_of(**chosen: Any) -> Choices:
    """Raises UserError for an unknown choice, and for a profile or a scenario that is not there or not right."""
    for name in chosen:
        if name not in _KNOWN:
            raise UserError(f"the epcc marker does not know '{name}'{nearest(name, _KNOWN)}")
    seed = chosen.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise UserError(f"the epcc marker's seed is a number from 0 on, not {seed!r}")
    for name in ("profile", "scenario"):
        if not isinstance(chosen.get(name, ""), str):
            raise UserError(f"the epcc marker's {name} is a name or a file, not {chosen[name]!r}")
    if (named := chosen.get("scenario")) is not None:
        from emulator.harness.scenario_run import settings_of
        from emulator.loading.scenarios import load_scenario

        scenario = load_scenario(named, {"RECEIVER_URL": NOWHERE, **os.environ})
        if seed is not None:
            scenario = replace(scenario, seed=seed)
        if "profile" in chosen:
            load_profile(chosen["profile"])
            scenario = replace(scenario, profile=chosen["profile"])
        return Choices(settings=settings_of(scenario), scenario=scenario)
    profile = chosen.get("profile", "off")
    load_profile(profile)
    return Choices(
        settings=Settings(
            seed=seed or 0, profile=profile, clock=ClockSettings(mode=ClockMode.VIRTUAL), enabled_by_default=True
        )
    )

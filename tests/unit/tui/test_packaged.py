"""Packaged: the dashboard lists the profiles and scenarios that the emulator itself would load."""

from collections import defaultdict

from emulator.loading.profiles import load_profile, profile_names
from emulator.loading.scenarios import load_scenario, scenario_names
from tui.packaged import PROFILES, SCENARIOS, descriptions


def test_profiles_are_those_that_can_be_set_with_what_they_say() -> None:
    assert descriptions(PROFILES) == {name: load_profile(name).description for name in profile_names()}


def test_scenarios_are_those_that_can_be_run_with_what_they_say() -> None:
    class Anything(defaultdict[str, str]):
        def __contains__(self, name: object) -> bool:
            return True

    environment = Anything(lambda: "http://127.0.0.1:1/")
    assert descriptions(SCENARIOS) == {name: load_scenario(name, environment).description for name in scenario_names()}

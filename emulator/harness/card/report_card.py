"""Report card: a receiver examined from beginning to end, and what it came to kept in a folder."""

from dataclasses import replace

from emulator.core.card.card import Card
from emulator.core.scenario import Scenario
from emulator.harness.card.examiner import examine
from emulator.harness.card.folder import Folder
from emulator.harness.card.sheet import Sheet
from emulator.harness.card.tries import Tell
from emulator.harness.scenario_run import settings_of
from emulator.harness.trials import Trial, trials
from emulator.runtime.fixtures import load_fixtures


def report_card(sheet: Sheet, *, tell: Tell = lambda _doing: None) -> Card:
    """Starts an emulator and the receiver, examines it, and writes the card and its runs into the sheet's folder.

    Raises what a run raises: EnvironmentFault when something is not there, InvalidInput for what is refused.
    """
    folder = Folder(sheet.where.folder)
    opening = sheet.written("opening", "", steps=[{"sleep": "1s"}], observes={}).scenario
    settings = replace(settings_of(opening), fixtures=sheet.where.fixtures)
    folder.begin()
    with trials(opening, forward_to=sheet.where.forward_to, settings=settings) as kept_up:

        def play(scenario: Scenario, reproduce: str) -> Trial:
            return kept_up.run(scenario, details=True, reproduce=reproduce)

        card = examine(sheet, play, load_fixtures(sheet.where.fixtures), keep=folder.keep, tell=tell)
    folder.finish(card)
    return card

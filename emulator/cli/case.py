"""Cases on the command line: found by name or path, and prepared to be run again."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.cli.console import note
from emulator.cli.notices import tell_notices
from emulator.core.verdict import Verdict
from emulator.domain.errors import EmulatorError, InvalidInput

if TYPE_CHECKING:
    from emulator.core.fixture import Fixtures
    from emulator.core.scenario import Scenario
    from emulator.core.schedule import Schedule
    from emulator.core.verdict import Judgement
    from emulator.harness.shrinking.shrink import Again
    from emulator.harness.trials import Trials
    from emulator.loading.case_file import CaseFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A case, its file, its scenario as it was run, and what it is run with."""

    case: "CaseFile"
    path: Path
    scenario: "Scenario"
    fixtures: "Fixtures"
    environment: Mapping[str, str]
    forward_to: str | None

    @contextmanager
    def trials(self) -> "Iterator[Trials]":
        """Its emulator and receiver. Raises EnvironmentFault where they cannot be had, and tells at its line what the
        plan in it says that does not happen any more."""
        from dataclasses import replace

        from emulator.harness.scenario_run import settings_of
        from emulator.harness.trials import trials
        from emulator.loading.plan_file import at_its_line

        fixtures = None if self.case.fixtures is None else Path(self.case.fixtures)
        settings = replace(settings_of(self.scenario), fixtures=fixtures)
        with (
            at_its_line(self.path, "plan"),
            trials(self.scenario, forward_to=self.forward_to, settings=settings) as kept_up,
        ):
            yield kept_up


def ready(word: str, forward_to: str | None) -> Ready:
    """The case of this name or path. Says what it was made with where that is not here. Raises InvalidInput."""
    from emulator.loading.case_file import require_case
    from emulator.runtime.fixtures import load_fixtures

    case, path = require_case(word)
    for name, (then, now) in case.aged().items():
        note(f"The case was made with {name} {then}, and this is {now}; its bodies are kept.")
    if forward_to is None and case.is_masked:
        raise InvalidInput(
            f"where the case's webhooks went was a secret ({case.forward_to}); say it again: --forward-to URL"
        )
    where = forward_to or case.forward_to
    fixtures = None if case.fixtures is None else Path(case.fixtures)
    if fixtures is not None and not fixtures.is_dir():
        raise InvalidInput(f"the case was made with the fixtures in {fixtures}, and there is no such directory here")
    environment = {**os.environ, **({"RECEIVER_URL": where} if where else {})}
    tell_notices()
    return Ready(
        case=case,
        path=path,
        scenario=case.played(environment),
        fixtures=load_fixtures(fixtures),
        environment=environment,
        forward_to=where,
    )


def save_case(
    scenario: "Scenario",
    plan: "Schedule | None",
    judgement: "Judgement",
    *,
    text: str,
    file_name: str,
    forward_to: str | None,
    fixtures: Path | None,
) -> None:
    """Keeps a run that has failed, and says where; that it could not be kept, where it could not."""
    from emulator.loading.case_file import CaseFile
    from emulator.runtime.fixtures import load_fixtures
    from emulator.runtime.rehearsal import Rehearsal

    try:
        case = CaseFile.of(
            scenario,
            plan or Rehearsal(scenario, load_fixtures(fixtures)).schedule(),
            judgement,
            text=text,
            file_name=file_name,
            forward_to=forward_to,
            fixtures=fixtures,
        )
        path = case.save()
    except EmulatorError as error:
        note(f"This run could not be saved as a case: {error.sentence}")
        return
    note(f"Saved as {path}. Make it smaller with: epcc-emulator shrink {case.name}")


def tell_again(again: "Again") -> str:
    """What became of a case when it was run again, in a sentence."""
    often, runs = again.frequency, again.frequency.runs
    match again.verdict:
        case Verdict.FAIL if not often.failed:
            return "it fails otherwise than the case did"
        case Verdict.FAIL if often.flaky:
            return f"still failing, but not always: {often}"
        case Verdict.FAIL:
            return "still failing" if runs == 1 else f"still failing, {runs} of {runs} times"
        case Verdict.PASS:
            return "fixed" if runs == 1 else f"fixed: it passed {runs} of {runs} times"
        case Verdict.INCONCLUSIVE:
            return "inconclusive: nothing can be said of it"

"""Files: what shrinking a case leaves behind: a scenario, a test for pytest, and the smaller case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.core.fixture import Fixtures
from emulator.domain.errors import EnvironmentFault, UserError
from emulator.harness.shrinking.shrink import Shrunk
from emulator.harness.shrinking.telling import MARK, SUFFIX, tested, told
from emulator.loading.case_file import CASES, CaseFile, make_place
from emulator.loading.scenarios import parse_scenario
from emulator.loading.whole_file import write_whole
from emulator.runtime.rehearsal import Rehearsal


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrunkFiles:
    """Where the scenario and the test go."""

    scenario: Path
    test: Path

    @classmethod
    def of(cls, case: CaseFile, output: Path | None) -> "ShrunkFiles":
        """At `output`, or beside the cases. Raises UserError where another file is there already, EnvironmentFault
        where nothing could be written in the end."""
        scenario = output or CASES / f"{small_name(case)}.yaml"
        if scenario.suffix not in (".yaml", ".yml"):
            raise UserError(f"a scenario is a YAML file; call it {scenario.name}.yaml")
        files = cls(
            scenario=scenario,
            test=scenario.with_name(f"test_{scenario.stem.replace('-', '_')}.py"),
        )
        for path in (files.scenario, files.test):
            if path.exists() and not _is_ours(path):
                raise UserError(f"{path} is there already; move it away, or choose another name with -o FILE")
        make_place()
        try:
            scenario.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentFault(f"cannot write into {scenario.parent}: {error.strerror or error}") from None
        return files

    def text(self, shrunk: Shrunk, case: CaseFile) -> str:
        """The scenario."""
        return told(shrunk, case, str(self.scenario))

    def write(
        self, shrunk: Shrunk, case: CaseFile, fixtures: Fixtures, environment: Mapping[str, str]
    ) -> tuple[CaseFile, Path]:
        """Writes them, and the smaller case: answers with that and its file. Raises EnvironmentFault."""
        text = self.text(shrunk, case)
        smaller = smaller_case(shrunk, case, text, self.scenario.name, fixtures, environment)
        path = smaller.save()
        write_whole(self.scenario, text)
        write_whole(self.test, tested(shrunk, case, self.scenario.name))
        return smaller, path


def small_name(case: CaseFile) -> str:
    """What the smaller case is called."""
    return f"{case.name.removesuffix(SUFFIX)}{SUFFIX}"


def smaller_case(
    shrunk: Shrunk, case: CaseFile, text: str, file_name: str, fixtures: Fixtures, environment: Mapping[str, str]
) -> CaseFile:
    """The smallest as a case of its own, of the scenario that `text` says."""
    scenario = parse_scenario(text, file_name, environment)
    judgement = shrunk.trial.judgement
    findings = tuple(
        replace(finding, place=scenario.place_of(("expect", place))) for place, finding in enumerate(judgement.findings)
    )
    made = CaseFile.of(
        scenario,
        Rehearsal(scenario, fixtures).schedule(),
        replace(judgement, findings=findings),
        text=text,
        file_name=file_name,
        name=small_name(case),
    )
    return replace(made, forward_to=case.forward_to, fixtures=case.fixtures)


def _is_ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            begin = file.read(len(MARK) + 3)
    except (OSError, UnicodeDecodeError):
        return False
    return begin.startswith((MARK, f'"""{MARK.removeprefix("# ")}'))

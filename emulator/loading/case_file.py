"""Case files: a run that was judged, with everything to do it again: its scenario, its plan, its bodies and draws."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from emulator.core.fields import Fields
from emulator.core.masking import HIDDEN, masked_address
from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule
from emulator.core.verdict import Judgement
from emulator.domain.errors import EnvironmentFault, InvalidInput, nearest
from emulator.loading.plan_file import FORMAT as PLAN_FORMAT
from emulator.loading.plan_file import PlanFile, check_texts, placed
from emulator.loading.versions import versions
from emulator.loading.whole_file import write_whole

FORMAT = 1
"""Of the file. A reader takes no other: a case is never misread."""
CASES = Path(".epcc-emulator") / "cases"
"""Where cases lie."""

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A run that was judged.

    `scenario` is the text as it was written, `scenario_name` what its file is called; `seed` and `profile` are those of
    the run, whatever the text says, `plan` is what it kept to. `forward_to` is where webhooks went instead, its secrets
    masked, `fixtures` the directory of other fixtures than ours; None where there was none.
    """

    name: str
    scenario: str
    scenario_name: str
    plan: Schedule
    judgement: Judgement
    profile: str
    forward_to: str | None
    fixtures: str | None
    made_with: Mapping[str, str]

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        plan: Schedule,
        judgement: Judgement,
        *,
        text: str,
        file_name: str,
        forward_to: str | None = None,
        fixtures: Path | None = None,
        name: str | None = None,
    ) -> Self:
        """The case of a run of this scenario, which `text` says, by this plan. The same run has the same name, and what
        it is reproduced with is the case."""
        plan = replace(plan, scenario=scenario.name, seed=scenario.seed)
        case = cls(
            name=name or "",
            scenario=text,
            scenario_name=Path(file_name).name,
            plan=plan,
            judgement=judgement,
            profile=scenario.profile,
            forward_to=None if forward_to is None else masked_address(forward_to),
            fixtures=None if fixtures is None else str(fixtures),
            made_with=versions(),
        )
        called = name or case._own_name()
        # The command that ran it may hold a secret address.
        judgement = replace(judgement, reproduce=f"epcc-emulator replay {called}")
        return replace(case, name=called, judgement=judgement)

    @property
    def seed(self) -> int:
        return self.plan.seed

    @property
    def is_masked(self) -> bool:
        """Whether somebody has to say again where webhooks go, for it was a secret."""
        return self.forward_to is not None and HIDDEN in self.forward_to

    @property
    def text(self) -> str:
        """The file's."""
        document = {
            "case": self.name,
            "format": FORMAT,
            "profile": self.profile,
            "forward_to": self.forward_to,
            "fixtures": self.fixtures,
            "judgement": self.judgement.document(),
            "plan": self._plan_file.document,
        }
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    def played(self, environment: Mapping[str, str]) -> Scenario:
        """The scenario as it was run. Raises InvalidInput, as for one that the environment lacks words for."""
        return replace(self._plan_file.played(environment), profile=self.profile)

    def aged(self) -> dict[str, tuple[str, str]]:
        """What it was made with in another version than there is now: both, by name."""
        now = versions()
        return {name: (then, now[name]) for name, then in self.made_with.items() if name in now and then != now[name]}

    def save(self, directory: Path = CASES) -> Path:
        """Writes it there, readable for nobody else. Raises EnvironmentFault when that cannot be done."""
        make_place(directory)
        path = directory / f"{self.name}.json"
        write_whole(path, self.text, mode=0o600)
        return path

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises InvalidInput for a file that cannot be read, is no case, is another format's or is damaged."""
        text = _text_of(path)
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"{path}: this is no case, or half of one: {error}") from None
        except RecursionError:
            raise InvalidInput(f"{path}: this is nested too deeply") from None
        if not _is_case(document):
            raise InvalidInput(f"{path}: this is no case; a `run` that fails saves one")
        _require_format(path, "case", document, FORMAT)
        _require_format(path, "plan in it", document.get("plan"), PLAN_FORMAT)
        try:
            check_texts(document, text)
            return cls._of(Fields(document))
        except InvalidInput as error:
            raise placed(error, text, path) from None

    @classmethod
    def _of(cls, fields: Fields) -> Self:
        fields.take("format")
        plan = PlanFile.of(fields.under("plan"))
        case = cls(
            name=fields.text("case"),
            scenario=plan.scenario,
            scenario_name=plan.scenario_name,
            plan=plan.schedule,
            judgement=Judgement.read(fields.under("judgement")),
            profile=fields.text("profile"),
            forward_to=fields.text_or_null("forward_to"),
            fixtures=fields.text_or_null("fixtures"),
            made_with=plan.made_with,
        )
        fields.done()
        return case

    @property
    def _plan_file(self) -> PlanFile:
        return PlanFile(
            schedule=self.plan,
            scenario=self.scenario,
            scenario_name=self.scenario_name,
            made_with=dict(self.made_with),
        )

    def _own_name(self) -> str:
        said = re.sub(r"[^\w-]+", "-", self.plan.scenario).strip("-")[:_LONGEST_NAME] or "case"
        failed = [finding.expectation for finding in self.judgement.failed]
        document = {**self._plan_file.document, "made_with": None}  # the same case has the same name with every version
        what = json.dumps([document, self.profile, failed], ensure_ascii=False)
        return f"{said}-{self.seed}-{hashlib.blake2b(what.encode(), digest_size=2).hexdigest()}"


def find_case(word: str, directory: Path = CASES) -> Path | None:
    """The file of a case, by its path or by its name there, which may end in `.json`; None where there is none."""
    for path in (Path(word), _by_name(word, directory)):
        if path.is_file() and _looks_like_one(path):
            return path
    return None


def require_case(word: str, directory: Path = CASES) -> tuple[CaseFile, Path]:
    """The case of this name or path, and its file. Raises InvalidInput, with the nearest name, where there is none."""
    path = Path(word) if Path(word).is_file() else _by_name(word, directory)
    if not path.is_file():
        raise InvalidInput(f"there is no case '{word}'{nearest(word, case_names(directory))}")
    return CaseFile.read(path), path


def make_place(directory: Path = CASES) -> None:
    """Where cases lie, hidden from git where it is made. Raises EnvironmentFault."""
    try:
        for each in (directory.parent, directory):
            if not each.exists():
                each.mkdir(mode=0o700, parents=True)
                (each / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"cannot make {directory} for cases: {error.strerror or error}") from None


def case_names(directory: Path = CASES) -> list[str]:
    """Those that lie there."""
    return sorted(path.stem for path in directory.glob("*.json"))


def _by_name(word: str, directory: Path) -> Path:
    return directory / f"{word.removesuffix('.json')}.json"


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"there is no case {path}; a `run` that fails saves one") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path}: this is not UTF-8 text; is it a case?") from None
    except OSError as error:
        raise InvalidInput(f"the case {path} cannot be read: {error.strerror or error}") from None


def _looks_like_one(path: Path) -> bool:
    """By its first word: what else is replayed is many megabytes, perhaps."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(40).lstrip().removeprefix("{").lstrip().startswith('"case"')
    except (OSError, UnicodeDecodeError):
        return False


def _is_case(document: Any) -> bool:
    return isinstance(document, dict) and "case" in document and "format" in document


def _require_format(path: Path, what: str, document: Any, wanted: int) -> None:
    found = document.get("format") if isinstance(document, dict) else None
    if found != wanted:
        raise InvalidInput(
            f"{path}: the {what} has format {found}, and this version reads {wanted}; run its scenario again, or use"
            " the version that made it"
        )

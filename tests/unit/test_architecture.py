"""`docs/architecture.md` against the code: layers, packages, states; and the house rules that can be counted."""

import re
import subprocess
import sys
import tomllib
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import pytest

from emulator.core.dice import Dice
from emulator.core.dispatcher import Dispatcher
from emulator.core.plan import Planner
from emulator.core.retry import RetryPolicy
from emulator.core.rule import Rule
from emulator.core.scribe import Scribe
from emulator.core.simulate import simulate
from emulator.domain.delivery import DeliveryState, Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "architecture.md").read_text()
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
FACES = ("emulator", "tui")
LONGEST, USUAL = 350, 150
COMMANDS_MAY_NOT_LOAD = ("textual", "moto", "boto3", "stomp", "faker", "httpx", "starlette", "uvicorn", "sqlite3")


def modules() -> list[Path]:
    return [path for top in FACES for path in (CHECKOUT / top).rglob("*.py")]


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/architecture.md has no section '{title}'"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_the_layers_on_the_page_are_those_that_are_enforced() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    block = re.search(r"```\n(.*?)```", section("Layers"), re.DOTALL)
    assert block
    assert block[1].split("\n")[:-1] == layers


def test_every_package_has_a_row_and_every_row_is_there() -> None:
    described = [words(row[0]).pop() for row in rows(section("Layers"))]
    shipped = set(PROJECT["tool"]["setuptools"]["packages"]) - {"emulator"} | {"emulator.pytest_plugin"}
    assert set(described) == shipped
    assert len(described) == len(set(described))
    assert all(find_spec(name) for name in described)


def test_every_package_of_code_is_shipped() -> None:
    on_disk = {".".join(path.parent.relative_to(CHECKOUT).parts) for path in modules()}
    shipped = set(PROJECT["tool"]["setuptools"]["packages"])
    assert on_disk == shipped - {"emulator.fixtures", "emulator.scenarios"}
    assert all(resources.files(package).is_dir() for package in shipped)


def test_every_file_that_the_page_names_is_there() -> None:
    named = {word for word in words(PAGE) if re.fullmatch(r"[\w/]+\.(py|yaml)", word) and "/" in word}
    places = (CHECKOUT, CHECKOUT / "emulator")
    missing = {name for name in named if not any((place / name).exists() for place in places)}
    assert named
    assert not missing


def test_the_states_on_the_page_are_those_of_the_code() -> None:
    table = {words(row[0]).pop(): words(row[2]) for row in rows(section("A delivery's states"))}
    assert list(table) == [state.value for state in DeliveryState]
    assert {name for name, next_ in table.items() if not next_ - {"planned", "held"}} == {
        state.value for state in DeliveryState if state.final
    }


def steps_of_a_bad_day() -> set[tuple[str, str]]:
    """Every change of a delivery's state in a simulated day on which everything automatic goes wrong."""
    dice = Dice(7)
    rules = [
        Rule.parse({"id": "late", "probability": 0.3, "delay": {"value": "9s"}}),
        Rule.parse({"id": "mixed", "probability": 0.5, "reorder": {"window": 4}}),
        Rule.parse({"id": "again", "match": {"attempt": 2}, "probability": 0.5, "overlap": {}}),
        Rule.parse({"id": "lost", "probability": 0.3, "ack_loss": {"times": 2}}),
        Rule.parse({"id": "gone", "probability": 0.1, "drop": {}}),
    ]
    dispatcher = Dispatcher(
        seed=7,
        planner=Planner(dice=dice, rules=rules),
        retry=RetryPolicy(waits=(SECOND, SECOND)),
        scribe=Scribe(next_seq=1, last_at=0),
    )
    hook = WebhookConfiguration(url="http://127.0.0.1:9")
    receiver = Integration(
        key="shop",
        id="i",
        name="shop",
        integration_type=IntegrationType.WEBHOOK,
        observes=("order.paid",),
        configuration=hook,
        enabled=True,
        created_at=0,
        updated_at=0,
    )
    events = [
        Event(
            identity=f"order:{number}/order.paid:1",
            key="order.paid",
            resource=f"order:{number}",
            resource_type="order",
            resource_id=str(number),
            at=number * SECOND,
            payload="{}",
        )
        for number in range(1, 201)
    ]

    def answer(send: Send) -> Outcome:
        well = dice.stream("receiver", *send.delivery, send.attempt, send.copy).chance(0.4)
        return Outcome(succeeded=well, status=200 if well else 500)

    at: dict[int, str] = {}
    steps = set()
    for record in simulate(dispatcher, events, [receiver], answer=answer):
        if record.delivery and record.state:
            before, at[record.delivery] = at.get(record.delivery), record.state.value
            if before not in (None, record.state.value):
                steps.add((str(before), record.state.value))
    return steps


def test_a_delivery_takes_no_step_that_the_page_does_not_show() -> None:
    shown = {(words(row[0]).pop(), after) for row in rows(section("A delivery's states")) for after in words(row[2])}
    taken = steps_of_a_bad_day()
    assert taken <= shown
    by_hand = {(before, after) for before, after in shown if DeliveryState(before).final or after == "cancelled"}
    assert shown - by_hand <= taken


def test_no_module_is_long() -> None:
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
    assert median(lengths.values()) <= USUAL


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common", "types"}
    assert {path.name for path in modules() if path.stem in drawers} == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path.relative_to(CHECKOUT)) for path in modules() if not path.read_text().startswith('"""')]
    assert silent == []


@pytest.mark.parametrize("module", ["emulator.cli.main", "emulator.cli.commands", "emulator.pytest_plugin"])
def test_a_command_line_starts_without_what_it_does_not_need(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert set(done.stdout.split()) & set(COMMANDS_MAY_NOT_LOAD) == set()


def test_a_name_in_the_data_directories_hides_no_module() -> None:
    """`emulator.fixtures` and `emulator.scenarios` come from the data folders at the top."""
    for name in ("fixtures", "scenarios"):
        assert not (CHECKOUT / "emulator" / name).exists()
        assert not (CHECKOUT / "emulator" / f"{name}.py").exists()
        package = resources.files(f"emulator.{name}")
        assert {entry.name for entry in package.iterdir() if entry.name.endswith(".py")} == {"__init__.py"}

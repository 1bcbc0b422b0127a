"""The configuration file: what it takes, and what it refuses with file, line, key and the nearest word."""

from pathlib import Path

import pytest

from emulator.domain.errors import InvalidInput
from emulator.loading.configuration import load_configuration, parse_configuration
from emulator.loading.size import format_size, parse_size


def test_values_by_option_name() -> None:
    found = parse_configuration(
        "port: 0\nprofile: off\nauth: off\nretry-wait: [1s, 2s]\nallow-remote: '*.example.com'\n"
        "data-dir: state\nlisten: {forward-to: 'http://localhost:1', events: ['order.*']}\n",
        "epcc-emulator.yaml",
        Path("/project"),
    )
    assert found.server == {
        "port": 0,
        "profile": "off",
        "auth": "off",
        "retry_wait": ["1s", "2s"],
        "allow_remote": ["*.example.com"],
        "data_dir": "/project/state",
    }
    assert found.listen == {"forward_to": "http://localhost:1", "events": ["order.*"]}


def test_an_empty_file_is_no_mistake() -> None:
    found = parse_configuration("# nothing\n", "epcc-emulator.yaml")
    assert (found.server, found.listen) == ({}, {})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seed: 1\nprofle: documented\n", "c.yaml:2: profle: unknown key 'profle'; did you mean 'profile'?"),
        ("port: many\n", "c.yaml:1: port: expected a whole number, found the text 'many'"),
        ("port: 70000\n", "c.yaml:1: port: expected 0 to 65535, found 70000"),
        ("clock: fast\n", "c.yaml:1: clock: expected one of real, scaled, virtual, found 'fast'"),
        ("transaction-type: transaction_type\n", "c.yaml:1: transaction-type: expected one of hyphen, underscore"),
        ("webhook-timeout: 30\n", "c.yaml:1: webhook-timeout: '30' is not a duration"),
        ("rate-limit: 100\n", "c.yaml:1: rate-limit: '100' is not a rate; write 100/s, 1000/m or 20/10s"),
        ("consistency-lag: 2\n", "c.yaml:1: consistency-lag: '2' is not a duration"),
        ("history: big\n", "c.yaml:1: history: 'big' is not a size"),
        ("retry-wait: [1s, soon]\n", "c.yaml:1: retry-wait: 'soon' is not a duration"),
        ("allow-remote: {a: 1}\n", "c.yaml:1: allow-remote: expected a text or a list of texts"),
        ("seed: 1\nlisten:\n  event: x\n", "c.yaml:3: listen.event: unknown key 'event'; did you mean 'events'?"),
        ("seed: [\n", "c.yaml:2:1: this is not YAML"),
        ("- a\n", "c.yaml:1: expected keys and values, found a list"),
        ("seed: 1\nseed: 2\n", "c.yaml:2: 'seed' stands here twice"),
    ],
)
def test_mistakes_are_found_with_line_and_key(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_configuration(text, "c.yaml")
    assert sentence in caught.value.sentence
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="epcc-emulator init"):
        load_configuration(tmp_path / "epcc-emulator.yaml")


@pytest.mark.parametrize(
    ("text", "size"), [("12", 12), ("64KB", 64_000), ("1.5 MB", 1_500_000), ("1GiB", 2**30), ("1gb", 10**9)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(("size", "text"), [(812, "812B"), (1_500, "1.5KB"), (10**9, "1GB"), (20 * 10**6, "20MB")])
def test_sizes_for_people(size: int, text: str) -> None:
    assert format_size(size) == text

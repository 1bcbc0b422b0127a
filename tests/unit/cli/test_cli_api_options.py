"""The options about the provider's API as a server's settings."""

from typing import Any

import click
import pytest
from click.testing import CliRunner

from emulator.cli.listen import _narrate
from emulator.cli.server_options import behaviour_options
from emulator.core.rate_limit import RateLimit
from emulator.domain.moment import SECOND
from emulator.domain.record import Record, RecordKind
from emulator.runtime.settings import Settings


def chosen(*words: str) -> tuple[list[Settings], str]:
    """The settings that these words make, and what is printed."""
    found: list[Settings] = []
    command = click.command("probe")(behaviour_options(lambda settings: found.append(settings)))
    return found, CliRunner().invoke(command, words).output


def test_a_limit_and_a_lag_reach_the_settings() -> None:
    (settings,), _ = chosen("--rate-limit", "20/10s", "--consistency-lag", "1500ms")
    assert settings.rate_limit == RateLimit(limit=20, window=10 * SECOND)
    assert settings.consistency_lag == 1_500_000


def test_without_them_the_api_answers_at_once_with_what_is() -> None:
    (settings,), _ = chosen()
    assert (settings.rate_limit, settings.consistency_lag) == (None, 0)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--rate-limit", "fast", "'fast' is not a rate; write 100/s, 1000/m or 20/10s."),
        ("--consistency-lag", "2", "'2' is not a duration; write 250ms, 30s, 10m or 2h."),
    ],
)
def test_what_is_neither_is_refused_with_a_sentence(option: str, value: str, sentence: str) -> None:
    found, printed = chosen(option, value)
    assert found == []
    assert sentence in " ".join(printed.split())


class Clock:
    """As much of a client as a narrator asks for before anything was delivered."""

    def clock(self) -> dict[str, str]:
        return {"mode": "virtual"}


@pytest.mark.parametrize("notices", [True, False])
def test_what_is_done_to_calls_is_told_beside_the_attempts(notices: bool, capsys: pytest.CaptureFixture[str]) -> None:
    text = "GET /v2/orders: answered with 503 (flaky)"
    feed: Any = [
        Record(seq=1, at=0, kind=RecordKind.CALL, data={"text": text}),
        Record(seq=2, at=0, kind=RecordKind.NOTICE, data={"text": "a queue was made"}),
    ]
    client: Any = Clock()
    _narrate(client, feed, "listen", as_json=True, notices=notices)
    told = ("a queue was made",) if notices else ()
    assert capsys.readouterr().err.splitlines() == [text, *told]

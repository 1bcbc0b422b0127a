"""`scenario check` and `plan` refuse what `run` does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("integration", "key", "sentence"),
    [
        ('{name: " "}', "name", "name must not be empty"),
        ('{name: a, url: "http://"}', "url", "configuration.url must be http://… or https://…, with a host"),
        ('{name: a, secret_key: "a\\n"}', "secret_key", "configuration.secret_key must not hold line breaks"),
        ("{name: a b, type: aws_sqs}", "name", "'epcc-a b' is no queue name"),
        ('{name: a, type: aws_sqs, region: ""}', "region", "configuration.region must not be empty"),
        ('{name: a, type: stomp, destination: ""}', "destination", "configuration.destination must not be empty"),
        (
            '{name: a, type: stomp, addresses: ["foo"], destination: b}',
            "addresses",
            "configuration.addresses must be stomp://… or stomp+ssl://…, with a host (entry 0)",
        ),
    ],
)
def test_an_integration_that_no_server_registers_is_refused_at_its_key(
    command: Command, tmp_path: Path, integration: str, key: str, sentence: str
) -> None:
    written = f"  - {integration}"
    (tmp_path / "x.yaml").write_text(f"integrations:\n{written}\nsteps: [{{trigger: order.created}}]\n", "utf-8")
    place = f"x.yaml:2:{written.index(key + ':') + 1}: integrations[0].{key}: {sentence}"
    for words in (("scenario", "check"), ("plan",)):
        refused = command(*words, str(tmp_path / "x.yaml"))
        assert refused.code == 2
        assert place in refused.err


def test_what_a_run_finds_out_by_itself_may_be_left_out(command: Command, tmp_path: Path) -> None:
    three = "[{name: a}, {name: b, type: aws_sqs}, {name: c.fifo, type: aws_sqs}, {name: d, type: stomp}]"
    (tmp_path / "x.yaml").write_text(f"integrations: {three}\nsteps: [{{trigger: order.created}}]\n", "utf-8")
    assert command("scenario", "check", str(tmp_path / "x.yaml")).code == 0
    assert command("plan", str(tmp_path / "x.yaml")).code == 0

"""The root command: words it knows, where options come from, and what errors become."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from emulator.cli.commands import SECTIONS
from emulator.cli.main import root, run
from emulator.cli.server_options import server_options
from emulator.domain.errors import EnvironmentFault, InvalidInput, UserError

NAMES = [name for section in SECTIONS.values() for name in section]


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("EPCC_EMULATOR_SEED", "EPCC_EMULATOR_URL", "EPCC_EMULATOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings_seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Puts a command in the place of `serve` that only notes its settings."""
    seen: list[Any] = []

    @click.command("serve")
    @server_options
    def noting(settings: Any) -> None:
        seen.append(settings)

    monkeypatch.setattr("emulator.cli.serve.serve", noting)
    return seen


@pytest.mark.parametrize(("name", "value"), [("PORT", "abc"), ("CLOCK", "sundial"), ("START", "soon")])
def test_a_wrong_value_of_the_environment_is_told_by_its_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"EPCC_EMULATOR_{name}", value)
    assert run(["serve"]) == 1
    assert f"Invalid value for EPCC_EMULATOR_{name} in the environment: '{value}'" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_the_table_matches_the_commands(name: str) -> None:
    found = root.get_command(click.Context(root), name)
    assert found is not None
    assert found.name == name
    assert found.get_short_help_str(200)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["triger"], "unknown command 'triger'; did you mean 'trigger'?"),
        (["chaos", "lst"], "unknown command 'lst'; did you mean 'ls'?"),
        (["chaos", "nothing"], "; there is add, disable, enable, explain, ls, profile, profiles, rm"),
        (["serve", "--prot", "1"], "unknown option '--prot'; did you mean '--port'?"),
        (["serve", "--port", "many"], "'many' is not a valid integer range"),
        (["serve", "--speed", "2", "--clock", "virtual"], "--speed is for a scaled clock"),
        (["serve", "--start", "2026-01-01T00:00:00Z"], "--start is for a scaled or virtual clock"),
        (["serve", "--clock", "virtual", "--start", "yesterday"], "'yesterday' is not an instant"),
        (["serve", "--history", "much"], "'much' is not a size"),
        (["listen"], "--forward-to URL, or a queue with --queue NAME"),
        (["listen", "--queue", "a", "--destination", "/queue/a"], "one of --forward-to, --queue and --destination"),
        (["listen", "--queue", "/queue/a"], "for the STOMP broker: --destination /queue/a"),
        (["listen", "--destination", "a"], "begins with a slash: --destination /queue/a"),
        (["listen", "--queue", "a", "--secret", "s"], "--secret is for webhooks"),
        (["listen", "--destination", "/queue/a", "--region", "eu-west-1"], "--region is for a queue of SQS"),
        (["serve", "--sqs-endpoint", "localhost:9324"], "is a URL such as http://localhost:9324"),
        (["exec"], "Missing argument 'CMD...'"),
        (["catalog", "order.pad"], "unknown event key 'order.pad'; did you mean 'order.paid'?"),
    ],
)
def test_a_wrong_command_line_is_one(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], ["trigger", "-h"], ["chaos", "add", "--help"]])
def test_help_is_no_mistake(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("no"), 1),
        (InvalidInput("no", path=("a", 0)), 2),
        (EnvironmentFault("no"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_sentences_and_exit_codes(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command("catalog")
    def failing() -> None:
        raise error

    monkeypatch.setattr("emulator.cli.catalog.catalog", failing)
    assert run(["catalog"]) == code
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert (told.strip() == "") if code == 130 else ("no" in told)


def test_flags_come_before_the_environment_and_that_before_the_file(
    settings_seen: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["serve"]) == 0
    (tmp_path / "epcc-emulator.yaml").write_text("seed: 11\nprofile: documented\n")
    assert run(["serve"]) == 0
    monkeypatch.setenv("EPCC_EMULATOR_SEED", "12")
    assert run(["serve"]) == 0
    assert run(["serve", "--seed", "13"]) == 0
    assert [settings.seed for settings in settings_seen] == [1, 11, 12, 13]
    assert [settings.profile for settings in settings_seen] == ["off", "documented", "documented", "documented"]


def test_options_become_settings(settings_seen: list[Any]) -> None:
    words = "serve --speed 60 --ephemeral --retry-wait 1s --retry-wait 2s --webhook-timeout 10s --history 2MB"
    assert (
        run([*words.split(), "--body-limit", "1KB", "--allow-remote", "*.example.com", "--enabled", "--port", "0"]) == 0
    )
    (settings,) = settings_seen
    assert (settings.clock.mode, settings.clock.speed) == ("scaled", 60.0)
    assert settings.data_dir is None
    assert settings.retry_waits == (1_000_000, 2_000_000)
    assert settings.webhook_timeout == 10.0
    assert (settings.history_bytes, settings.body_limit, settings.port) == (2_000_000, 1_000, 0)
    assert settings.allow_remote == ("*.example.com",)
    assert settings.enabled_by_default is True


def test_a_broken_configuration_file_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "epcc-emulator.yaml").write_text("sed: 1\n")
    assert run(["catalog"]) == 2
    assert "epcc-emulator.yaml:1: sed: unknown key 'sed'; did you mean 'seed'?" in capsys.readouterr().err


def test_the_data_directory_of_the_file_counts_for_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "epcc-emulator.yaml").write_text("data-dir: somewhere\n")
    for words in (
        ["events"],
        ["chaos", "ls"],
        ["clock"],
        ["clock", "show"],
        ["wait", "settled"],
        ["integrations", "ls"],
    ):
        assert run(words) == 3, words
        assert "in somewhere." in capsys.readouterr().err, words


def test_init_writes_a_file_that_is_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings_seen: list[Any]
) -> None:
    assert run(["init"]) == 0
    text = (tmp_path / "epcc-emulator.yaml").read_text()
    assert (tmp_path / ".epcc-emulator" / ".gitignore").read_text() == "*\n"
    assert run(["serve"]) == 0
    assert settings_seen[0].seed == int(re.findall(r"^seed: (\d+)$", text, re.MULTILINE)[0])
    assert run(["init"]) == 1
    assert "--force" in capsys.readouterr().err
    assert run(["init", "--force"]) == 0


def test_what_init_writes_says_every_option_that_a_file_may_hold(tmp_path: Path) -> None:
    """The options of `serve` and `listen`, but for those that belong to one call."""
    run(["init"])
    text = (tmp_path / "epcc-emulator.yaml").read_text()
    said = {line.partition(":")[0].lstrip("# ") for line in text.splitlines() if ":" in line}
    of_one_call = {"json", "help", "port-file", "url", "tui"}
    with click.Context(root, **root.context_settings) as ctx:
        for name in ("serve", "listen"):
            command = root.get_command(ctx, name)
            assert command is not None
            options = {parameter.opts[-1].removeprefix("--") for parameter in command.get_params(ctx)}
            assert options - said - of_one_call == set()


def test_what_init_comments_out_is_valid_too(tmp_path: Path, settings_seen: list[Any]) -> None:
    run(["init"])
    path = tmp_path / "epcc-emulator.yaml"
    option = re.compile(r"^# (?=(?:listen:|tui:|[a-z-]+: )|  )", re.MULTILINE)
    lines = [line for line in option.sub("", path.read_text()).splitlines() if not line.startswith("client-secret")]
    path.write_text("\n".join(line for line in lines if not line.startswith("#")))
    assert "forward-to" in path.read_text()
    # The clock's own line says real, which a speed contradicts: that is the file's to say, and refused by name.
    path.write_text(path.read_text().replace("clock: real", "clock: scaled"))
    assert run(["serve"]) == 0
    assert settings_seen[0].retry_waits[:2] == (5_000_000, 30_000_000)


def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shown: Callable[[], str] = lambda: (run(["catalog", "order.paid"]), capsys.readouterr().out)[1]  # noqa: E731
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda stream=None, color=None: color is False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in shown()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in shown()

"""Every key that does something with a row, and that each says what came of it."""

import asyncio
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator, SavedEmulator
from emulator.runtime.settings import Settings
from tui.screens.choice import Choice
from tui.screens.progress import Progress
from tui.screens.question import Question
from tui.screens.reading import Reading
from tui.widgets.detail.sheet_view import SheetView
from tui.widgets.split import Split

SECRET = "sesame-123456"


@pytest.fixture
def created(client, shop):
    """One delivery that has arrived."""
    shop(observes=("order.created",))
    client.trigger("order.created")
    assert client.settle()


@pytest.fixture(autouse=True)
def _trusted_terminal(monkeypatch):
    """One that takes what is copied, wherever the tests run."""
    for name in ("TMUX", "STY", "VTE_VERSION", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def editor(monkeypatch, tmp_path):
    """`editor(code)`: an editor that runs this Python over the payload in `text`, in a terminal that can be lent."""
    monkeypatch.setattr(HeadlessDriver, "can_suspend", property(lambda self: True))
    calls = tmp_path / "editor-calls"

    def make(code: str) -> Path:
        script = tmp_path / "vim"  # which takes +LINE
        script.write_text(
            f"import sys\npath = sys.argv[-1]\ntext = open(path).read()\n{code}\nopen(path, 'w').write(text)\n"
            f"open({str(calls)!r}, 'a').write(' '.join(sys.argv[1:-1]) + '\\n')\n"
        )
        wrapper = tmp_path / "bin"
        wrapper.mkdir()
        vim = wrapper / "vim"
        vim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(script))} "$@"\n')
        vim.chmod(0o755)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", str(vim))
        return calls

    return make


def test_r_sends_one_delivery_again(watch, created, client, receiver):
    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("r")
        await dashboard.told("order.created goes to shop again, as its next attempt")
        await dashboard.until(lambda: len(receiver.bodies) == 2)

    watch(steps)
    assert [json.loads(body)["attempt"] for body in receiver.bodies] == [1, 2]


@pytest.mark.parametrize(
    ("keys", "says", "jobs"),
    [
        ((), "to shop again, as the same job", 1),
        (("down",), "to shop again, as a new job", 2),
        (("down", "down"), "to shop again, as a new job", 2),
    ],
)
def test_capital_r_asks_how_an_event_is_sent_again(watch, created, client, receiver, keys, says, jobs):
    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("R")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.press(*keys, "enter")
        await dashboard.told(says)
        await dashboard.until(lambda: len(receiver.bodies) == 2)

    watch(steps)
    assert len({json.loads(body)["id"] for body in receiver.bodies}) == jobs


def test_escape_from_a_choice_sends_nothing(watch, created, client, receiver):
    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("R")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.press("escape")
        assert dashboard.app.screen is dashboard.deliveries

    watch(steps)
    assert client.settle()
    assert len(receiver.bodies) == 1


def test_e_sends_what_the_editor_made_of_it(watch, created, client, receiver, editor):
    calls = editor("text = text.replace('\"unpaid\"', '\"tampered\"')")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("e")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.press("enter")
        await dashboard.told("as a new job, with the changed payload")
        await dashboard.until(lambda: len(receiver.bodies) == 2)

    watch(steps)
    first, second = map(json.loads, receiver.bodies)
    assert second["id"] != first["id"]
    assert second["payload"]["data"]["payment"] == "tampered"
    assert calls.read_text().splitlines() == [""]


@pytest.mark.parametrize("code", ["pass", "import json; text = json.dumps(json.loads(text))"])
def test_a_payload_that_is_the_same_is_not_sent(watch, created, client, receiver, editor, code):
    editor(code)

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("e")
        await dashboard.told("Nothing was changed, so nothing is sent")

    watch(steps)
    assert client.settle()
    assert len(receiver.bodies) == 1


def test_wrong_json_is_opened_again_at_its_line(watch, created, client, receiver, editor):
    calls = editor(
        "lines = text.splitlines()\n"
        "if '???' in text: lines[4] = lines[4].replace('???', '')\n"
        "else: lines[4] = '???' + lines[4]; lines.append(' ')\n"
        "text = '\\n'.join(lines).replace('\"unpaid\"', '\"mended\"')"
    )

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("e")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.until(lambda: "This is no payload: line 5, column 1" in dashboard.screen())
        await dashboard.press("enter")
        await dashboard.until(lambda: "Send the changed" in dashboard.screen())
        await dashboard.press("down", "enter")
        await dashboard.told("with the changed payload")
        await dashboard.until(lambda: len(receiver.bodies) == 2)

    watch(steps)
    assert json.loads(receiver.bodies[1])["payload"]["data"]["payment"] == "mended"
    assert calls.read_text().splitlines() == ["", "+5"]


def test_wrong_json_can_be_given_up(watch, created, receiver, editor):
    editor("text = '{'")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("e")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.press("down", "enter")
        await dashboard.until(lambda: dashboard.app.screen is dashboard.deliveries)

    watch(steps)
    assert len(receiver.bodies) == 1


def test_a_terminal_that_cannot_be_lent_is_told_of(watch, created, monkeypatch):
    monkeypatch.setenv("EDITOR", "vi")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("e")
        await dashboard.told("this terminal cannot be handed to an editor")

    watch(steps)


def test_y_copies_a_command_that_sends_the_same(watch, created, receiver):
    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("y")
        await dashboard.told("The command is on the clipboard; the secret is masked in it")
        assert SECRET not in dashboard.app.clipboard
        await dashboard.press("enter", "enter", "u")
        await dashboard.reads(f"X-MOLTIN-SECRET-KEY: {SECRET}")
        await dashboard.press("y")
        await dashboard.until(lambda: SECRET in dashboard.app.clipboard)
        words = shlex.split(dashboard.app.clipboard)
        assert words[0] == "curl"
        assert receiver.url in words
        assert words[-1].encode() == receiver.bodies[0]

    watch(steps)


def test_where_the_clipboard_is_out_of_reach_the_command_is_shown(watch, created, monkeypatch):
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("y")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Reading))
        await dashboard.sees("curl -X POST")
        shown = dashboard.app.screen.query_one(SheetView)
        assert any("--data-raw" in "".join(piece.text for piece in line) for line in shown.sheet.lines(0, 99))
        dashboard.app.copy_to_clipboard("")
        await dashboard.press("y")
        assert dashboard.app.clipboard.startswith("curl")
        await dashboard.press("c", "escape")
        assert dashboard.app.screen is dashboard.deliveries

    watch(steps)


def test_s_saves_what_the_resource_looks_like(watch, client, shop, tmp_path):
    shop(observes=("order.created",))
    client.trigger("order.created", add={"data.gift_note": "With love"})
    assert client.settle()

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("s")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Question))
        await dashboard.type("mine", anew=True)
        await dashboard.press("enter")
        await dashboard.told("Wrote mine/order.yaml")

    watch(steps)
    assert "gift_note: With love" in (tmp_path / "mine" / "order.yaml").read_text()


def test_z_freezes_what_happened(watch, created, tmp_path):
    (tmp_path / "there.yaml").write_text("")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("z")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Question))
        await dashboard.type("there.yaml", anew=True)
        await dashboard.press("enter")
        await dashboard.sees("there.yaml is there already")
        await dashboard.type("again.txt", anew=True)
        await dashboard.press("enter")
        await dashboard.sees("call it again.txt.yaml")
        await dashboard.type("again.yaml", anew=True)
        await dashboard.press("enter")
        await dashboard.told("Wrote again.yaml")

    watch(steps)
    assert "trigger: order.created" in (tmp_path / "again.yaml").read_text()
    checked = subprocess.run(
        [sys.executable, "-m", "emulator", "scenario", "check", "again.yaml"], cwd=tmp_path, check=False
    )
    assert checked.returncode == 0


def test_z_freezes_all_that_are_marked(watch, created, client, tmp_path):
    client.trigger("order.created")
    assert client.settle()

    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("m", "up", "m", "z")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Question))
        await dashboard.sees("Freeze #1, #2")
        await dashboard.press("enter")
        await dashboard.told("Wrote frozen.yaml")

    watch(steps)
    assert (tmp_path / "frozen.yaml").read_text().count("trigger: order.created") == 2


def test_x_exports_what_is_filtered(watch, created, client, tmp_path):
    client.trigger("order.created", count=3)
    assert client.settle()
    (tmp_path / "deliveries.jsonl").write_text("precious")

    async def steps(dashboard):
        await dashboard.live(4)
        await dashboard.press("slash", *"resource", "colon", *"order", "colon", "2", "enter")
        await dashboard.until(lambda: len(dashboard.desk.session.view.numbers) == 1)
        await dashboard.press("x")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Question))
        await dashboard.sees("Export 1 delivery")
        await dashboard.press("enter")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.press("enter")
        await dashboard.until(lambda: dashboard.app.screen is dashboard.deliveries)
        assert (tmp_path / "deliveries.jsonl").read_text() == "precious"
        await dashboard.press("x", "enter", "down", "enter")
        await dashboard.told("Wrote 1 delivery into deliveries.jsonl")
        await dashboard.press("x")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Question))
        await dashboard.type("all.har", anew=True)
        await dashboard.press("enter")
        await dashboard.told("Wrote 1 delivery into all.har")

    watch(steps)
    (line,) = (tmp_path / "deliveries.jsonl").read_text().splitlines()
    assert json.loads(line)["resource"] == "order:2"
    archive = json.loads((tmp_path / "all.har").read_text())
    assert [entry["_event_key"] for entry in archive["log"]["entries"]] == ["order.created"]
    assert SECRET not in (tmp_path / "all.har").read_text()


def test_an_export_can_be_given_up(watch, created, client, tmp_path):
    client.trigger("order.created")
    assert client.settle()

    async def steps(dashboard):
        await dashboard.live(2)
        asked = dashboard.desk.client.get

        async def slow(path, **query):
            if path.startswith("deliveries/"):
                await dashboard.until(lambda: dashboard.app.screen.cancelled)
            return await asked(path, **query)

        dashboard.desk.client.get = slow
        await dashboard.press("x", "enter")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Progress))
        await dashboard.press("escape")
        await dashboard.told("The export was given up, and nothing was written")
        await dashboard.until(lambda: dashboard.app.screen is dashboard.deliveries)

    watch(steps)
    assert not list(tmp_path.glob("deliveries*"))


def test_an_export_that_ends_behind_the_palette_leaves_nothing_in_the_way(watch, created, tmp_path):
    async def steps(dashboard):
        await dashboard.live()
        asked = dashboard.desk.client.get
        go = asyncio.Event()

        async def slow(path, **query):
            if path.startswith("deliveries/"):
                await go.wait()
            return await asked(path, **query)

        dashboard.desk.client.get = slow
        await dashboard.press("x", "enter")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Progress))
        await dashboard.press("ctrl+p")
        go.set()
        await dashboard.told("Wrote 1 delivery")
        assert not isinstance(dashboard.app.screen, Progress)
        await dashboard.press("escape")
        await dashboard.until(lambda: dashboard.app.screen is dashboard.deliveries)

    watch(steps)


def test_what_the_server_refuses_is_said_in_its_sentence(watch, created, client):
    async def steps(dashboard):
        await dashboard.live()
        client.delete_integration("shop")
        await dashboard.press("r")
        await dashboard.until(
            lambda: any(toast.severity == "error" and "shop" in toast.message for toast in dashboard.app._notifications)
        )

    watch(steps)


def test_an_event_without_deliveries_can_be_sent_again_and_not_retried(watch, client, shop, receiver):
    shop(observes=("order.paid",))
    client.trigger("order.created")

    async def steps(dashboard):
        await dashboard.until(lambda: dashboard.desk.session.window.events)
        await dashboard.press("t")
        await dashboard.until(lambda: dashboard.table.cursor is not None)
        while "order.created" not in dashboard.table.cursor.event:
            await dashboard.press("up")
        dashboard.deliveries.tick()
        await dashboard.until(lambda: "Retry" not in dashboard.screen() and "Resend" in dashboard.screen())
        await dashboard.press("r", "y")
        assert not dashboard.app._notifications
        await dashboard.press("R")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.press("enter")
        await dashboard.told("no enabled integration observes order.created")
        await dashboard.press("R", "down", "down", "enter")
        await dashboard.told("order.created goes to shop again, as a new job")
        await dashboard.until(lambda: len(receiver.bodies) == 1)

    watch(steps)


def test_a_saved_journal_offers_what_looks_and_nothing_that_writes(watch, tmp_path, receiver):
    configuration = WebhookConfiguration(url=receiver.url, secret_key=SECRET)
    how = {"name": "shop", "integration_type": IntegrationType.WEBHOOK, "enabled": True, "observes": ("order.created",)}
    with LocalEmulator(Settings(seed=1, data_dir=tmp_path / "data")) as local, ControlClient(local.location) as client:
        local.call(local.emulator.create_integration(**how, configuration=configuration))
        client.trigger("order.created")
        assert client.settle()

    async def steps(dashboard):
        await dashboard.until(lambda: dashboard.desk.saved and dashboard.table.cursor is not None)
        await dashboard.sees("Why")
        await dashboard.until(lambda: not any(word in dashboard.screen() for word in ("Retry", "Edit")))
        await dashboard.press("r", "R", "e")
        assert dashboard.app.screen is dashboard.deliveries
        await dashboard.press("enter")
        await dashboard.reads('"type": "order"')
        await dashboard.press("w")
        await dashboard.reads("delivered with attempt 1")
        await dashboard.press("y")
        await dashboard.until(lambda: dashboard.app.clipboard.startswith("curl"))
        await dashboard.press("z", "enter")
        await dashboard.told("Wrote frozen.yaml")
        await dashboard.press("x", "enter")
        await dashboard.told("Wrote 1 delivery into deliveries.jsonl")

    with SavedEmulator(tmp_path / "data") as saved:
        watch(steps, url=saved.url)
    assert len(receiver.bodies) == 1


def test_keys_are_quiet_while_there_is_nothing(watch, local):
    async def steps(dashboard):
        await dashboard.until(lambda: dashboard.desk.session.status)
        await dashboard.press("r", "R", "e", "y", "s", "z", "m", "d", "x", "w", "enter", "space", "J", "escape")
        assert dashboard.app.screen is dashboard.deliveries
        assert not dashboard.app._notifications

    watch(steps)


def test_names_of_others_are_shown_as_they_are_in_what_is_asked(watch, client, shop, receiver):
    name = "[red]שלום 👩‍👩‍👧‍👦"
    shop(name, observes=("order.created",), configuration=WebhookConfiguration(url=receiver.url))
    client.trigger("order.created")
    assert client.settle()

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("R")
        await dashboard.until(lambda: isinstance(dashboard.app.screen, Choice))
        await dashboard.sees("Only to [red]")
        await dashboard.press("enter")
        await dashboard.told("goes to [red]")

    watch(steps)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (("R", "down", "enter"), "to shop again, as a new job"),
        (("up", "R", "down", "down", "enter"), "to shop again, as a new job"),
        (("s", "ctrl+u", *"rmd", "enter"), "Wrote rmd/order.yaml"),
        (("z", "ctrl+u", *"rsz", "full_stop", *"yaml", "enter"), "Wrote rsz.yaml"),
        (("x", "ctrl+u", *"mrw", "full_stop", *"har", "enter"), "Wrote 2 deliveries into mrw.har"),
        (("slash", *"status", "colon", *"ok", "enter", "s", "enter"), "Wrote fixtures/order.yaml"),
    ],
)
def test_keys_typed_quickly_go_to_what_the_one_before_opens(watch, created, client, receiver, keys, says):
    client.trigger("order.created", add={"data.gift_note": "With love"})
    assert client.settle()

    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press_at_once(*keys)
        await dashboard.told(says)
        assert dashboard.app.screen is dashboard.deliveries
        assert dashboard.table.marked == ()
        if "R" in keys:
            await dashboard.until(lambda: len(receiver.bodies) == 3)
            sent = [json.loads(body)["payload"]["data"]["id"] for body in receiver.bodies]
            assert sent[2] == sent[0 if "up" in keys else 1], "the row meant is the one at the time of the key"

    watch(steps)


def test_a_payload_is_edited_and_sent_by_keys_that_did_not_wait(watch, created, receiver, editor):
    editor("text = text.replace('\"unpaid\"', '\"tampered\"')")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press_at_once("e", "down", "enter")
        await dashboard.told("as a new job, with the changed payload")
        assert not dashboard.deliveries.query_one(Split).is_open, "enter was not the page's"

    watch(steps)


def test_a_server_that_takes_its_time_does_not_take_the_keys(watch, created, client):
    client.trigger("order.created")
    assert client.settle()

    async def steps(dashboard):
        await dashboard.live(2)
        asked, answered = dashboard.desk.client.get, asyncio.Event()

        async def slow(path, **query):
            if path.startswith("events/"):
                await answered.wait()
            return await asked(path, **query)

        dashboard.desk.client.get = slow
        await dashboard.press_at_once("e", "up")
        await dashboard.until(lambda: dashboard.table.cursor.number == 1)
        answered.set()

    watch(steps)


def test_the_cursor_can_be_seen_without_colours(watch, created, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def steps(dashboard):
        await dashboard.live()
        line = dashboard.table.lines.place_of(dashboard.table.cursor) + 1
        assert all(segment.style.reverse for segment in dashboard.table.render_line(line))
        await dashboard.press("enter", "enter")
        await dashboard.until(lambda: all(segment.style.underline for segment in dashboard.table.render_line(line)))

    watch(steps, no_color=True)

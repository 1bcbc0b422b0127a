"""Every command that talks to a server, over a real one."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def registered(command: Command, server: Any, receiver: Any) -> Any:
    """A receiver that observes orders, registered as a client of the real service would."""
    observed = [word for key in ("order.created", "order.paid") for word in ("--observes", key)]
    made = command("integrations", "create", "--name", "shop", "--forward-to", receiver.url, *observed, "--json")
    assert made.code == 0, made.err
    return receiver


def test_trigger_tells_what_was_raised_planned_and_left_out(command: Command, registered: Any) -> None:
    told = command("trigger", "order.paid")
    assert told.code == 0
    assert "raised   order.created  order:1" in told.out
    assert "planned  order.paid to shop, due now" in told.out
    unheard = "cart.updated, stock-transaction.created, transaction.created, order.updated go nowhere"
    assert f"nobody   {unheard}: no integration observes them (observed: order.created, order.paid)" in told.out


@pytest.mark.parametrize(
    "words",
    [
        ("events", "ordr.*"),
        ("deliveries", "--event", "ordr.*"),
        ("wait", "event", "ordr.*"),
        ("chaos", "add", "drop", "--match", "ordr.*"),
    ],
)
def test_a_glob_that_no_event_can_match_is_refused(command: Command, server: Any, words: tuple[str, ...]) -> None:
    told = command(*words)
    assert told.code != 0
    assert "'ordr.*' matches no event that can be observed; did you mean 'order." in told.err


def test_a_refusal_names_what_is_wrong_once(command: Command, server: Any) -> None:
    told = command(
        "integrations", "create", "--name", "s", "--forward-to", "localhost:8000", "--observes", "order.paid"
    )
    assert told.err == "epcc-emulator: configuration.url must be http://… or https://…, with a host\n"


def test_what_is_no_emulator_is_called_so(command: Command, receiver: Any) -> None:
    told = command("events", "--url", receiver.url)
    assert (told.code, told.out) == (3, "")
    assert f"what listens at {receiver.url} is no emulator: it answered 404 for /_emulator/events" in told.err
    told = command("events", "--url", receiver.url.replace("http:", "https:"))
    assert told.code == 3
    assert "does not speak https; write http://" in told.err


def test_trigger_says_why_nobody_gets_it(command: Command, server: Any) -> None:
    told = command("trigger", "order.created")
    assert told.code == 0
    assert "planned" not in told.out
    assert told.out.count("nothing goes anywhere: there are no integrations") == 1


def test_trigger_goes_on_with_the_last_one_and_takes_values(command: Command, registered: Any) -> None:
    command("trigger", "order.created", "--override", "data.customer.email=ann@example.com")
    report = command("trigger", "order.paid", "--of", "last", "--only", "--json").json
    assert [event["resource"] for event in report["events"]] == ["order:1"]
    event = command("events", "--identity", "order:1/order.created:1").json
    assert event["payload"]["data"]["customer"]["email"] == "ann@example.com"


def test_trigger_sends_a_file_as_it_is(command: Command, registered: Any, tmp_path: Any) -> None:
    (tmp_path / "mine.json").write_text('{"data": {"id": "x", "type": "order", "hello": "world"}}')
    report = command("trigger", "order.created", "--raw", "mine.json", "--json").json
    shown = command("events", "--identity", report["events"][-1]["identity"]).json
    assert shown["payload"]["data"]["hello"] == "world"


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b'{\n "data": }', "mine.json: line 2, column 10: expecting value"),
        (b"[1]", "mine.json: a payload is an object, in braces"),
        (b'{"data": NaN}', "mine.json: NaN is no JSON"),
        (b'{"data": "\\ud800"}', "mine.json: half of a surrogate pair is no character"),
        (b'{"data": ' + b"[" * 100_000, "mine.json: it is nested too deeply"),
        (b"\xff", "mine.json cannot be read: it is not UTF-8 text"),
    ],
)
@pytest.mark.parametrize("words", [["trigger", "order.created"], ["resend", "last"]], ids=["trigger", "resend"])
def test_a_file_that_is_no_payload_is_told_in_a_sentence(
    command: Command, registered: Any, words: list[str], payload: bytes, sentence: str
) -> None:
    command("trigger", "order.created")
    Path("mine.json").write_bytes(payload)
    told = command(*words, "--raw", "mine.json")
    assert (told.code, told.err.count("\n")) == (2, 1)
    assert sentence in told.err


def test_the_edited_payload_follows_as_a_job_of_its_own(
    command: Command, registered: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i \'s/"status": "[a-z]*"/"status": "strange"/\' "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    told = command("trigger", "order.created", "--edit")
    assert told.code == 0, told.err
    assert "The edited payload follows as" in told.err
    command("wait", "settled")
    jobs = [seen["job"] for seen in registered.seen()]
    assert len(jobs) == 2
    assert len(set(jobs)) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["trigger", "order.pad"], "did you mean 'order.paid'"),
        (["trigger", "order.paid", "--override", "novalue"], "write path=value"),
        (["trigger", "order.created", "--of", "order:9"], "order:9"),
        (["trigger", "order.created", "--edit", "--count", "2"], "--edit changes the payload of one event"),
        (["retry", "99"], "99"),
        (["resend", "order:9/order.paid:1"], "order:9/order.paid:1"),
        (["resend", "last"], "nothing has happened yet"),
        (["deliveries", "99"], "There is no delivery '99'"),
        (["chaos", "add", "dely"], "unknown fault 'dely'; did you mean 'delay'?"),
        (["chaos", "add", "delay", "--value", "5s", "--maxx", "1m"], "unknown key 'maxx'; did you mean 'max'?"),
        (["chaos", "add", "delay", "--value"], "needs a value"),
        (["chaos", "rm", "nothing"], "unknown rule 'nothing'"),
        (["chaos", "profile", "documentd"], "did you mean 'documented'?"),
        (["clock", "advance", "soon"], "'soon' is not a duration"),
        (["clock", "speed", "60"], "a virtual clock has no speed"),
        (["integrations", "rm", "nobody"], "there is no integration 'nobody'"),
        (["deliveries", "--follow", "--state", "held"], "--follow shows attempts of all deliveries"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_sentence(command: Command, server: Any, words: list[str], sentence: str) -> None:
    result = command(*words)
    assert result.code == 1
    assert sentence in result.err
    assert "Traceback" not in result.err


def test_deliveries_in_a_list_and_one_in_detail(command: Command, registered: Any) -> None:
    command("trigger", "order.paid")
    assert command("wait", "settled").code == 0
    table = command("deliveries")
    assert "order.paid" in table.out
    assert "succeeded" in table.out
    rows = command("deliveries", "--event", "order.paid", "--state", "succeeded", "--json").json
    assert [row["event_key"] for row in rows] == ["order.paid"]
    detail = command("deliveries", rows[0]["job_id"])
    assert "attempt #1" in detail.out
    assert '"triggered_by": "order.paid"' in detail.out
    assert command("deliveries", str(rows[0]["number"]), "--json").json["job_id"] == rows[0]["job_id"]


def test_retry_and_resend_keep_the_job_id(command: Command, registered: Any) -> None:
    command("trigger", "order.created")
    command("wait", "settled")
    (row,) = command("deliveries", "--json").json
    assert "again" in command("retry", str(row["number"])).out
    command("wait", "settled")
    assert row["job_id"] in command("resend", "last").out
    command("wait", "settled")
    assert command("resend", "last", "--new-job", "--json").json[0]["job_id"] != row["job_id"]
    command("wait", "settled")
    seen = [(one["job"] == row["job_id"], one["attempt"]) for one in registered.seen()]
    assert seen == [(True, 1), (True, 2), (True, 3), (False, 1)]


def test_hold_and_release(command: Command, registered: Any) -> None:
    assert "Holding as 'mine'" in command("hold", "order.*", "--id", "mine").out
    command("trigger", "order.created")
    assert command("hold", "--json").json["held"][0]["event"] == "order:1/order.created:1"
    assert "order.created" in command("hold").out
    assert "Released 1." in command("release").out
    command("wait", "settled")
    assert [one["event"] for one in registered.seen()] == ["order.created"]
    assert "Nothing is held." in command("hold", "--stop", "mine").out


def test_what_is_held_goes_in_the_order_in_which_it_is_named(command: Command, registered: Any) -> None:
    command("hold", "order.*")
    command("trigger", "order.created", "--count", "3")
    first, second, third = (str(one["number"]) for one in command("hold", "--json").json["held"])
    unknown = command("release", third, "777", first)
    assert unknown.code == 1
    assert "delivery 777 is not held, so nothing was released; `epcc-emulator hold` lists what is" in unknown.err
    assert len(command("hold", "--json").json["held"]) == 3
    assert "Released 2." in command("release", third, first, third).out
    command("wait", "settled")
    jobs = {str(one["number"]): one["job_id"] for one in command("deliveries", "--json").json}
    assert [one["job"] for one in registered.seen()] == [jobs[third], jobs[first]]
    assert [one["number"] for one in command("hold", "--json").json["held"]] == [int(second)]


def test_pause_and_resume(command: Command, registered: Any) -> None:
    assert "Paused: shop" in command("pause", "shop").out
    command("trigger", "order.created")
    assert command("resume", "shop", "--json").json == {"paused": []}
    command("wait", "settled")
    assert len(registered.seen()) == 1


def test_chaos_by_rule_and_by_profile(command: Command, registered: Any) -> None:
    added = command("chaos", "add", "reorder", "--match", "order.*", "--window", "3", "--probability", "0.5")
    assert added.code == 0, added.err
    assert "Added reorder" in added.out
    assert "window 3" in added.out
    assert "on event order.*" in added.out
    assert "with probability 0.5" in added.out
    assert "documented" in command("chaos", "profile", "documented").out
    state = command("chaos", "ls", "--json").json
    assert state["profile"] == "documented"
    assert [rule["id"] for rule in state["rules"] if rule["source"] == "added"] == ["reorder-1"]
    assert "reorder" in command("chaos", "ls").out
    left = command("chaos", "rm", "reorder-1", "--json").json
    assert all(rule["source"] == "profile" for rule in left["rules"])


def test_a_delay_is_seen_by_the_clock_and_passed_by_advancing_it(command: Command, registered: Any) -> None:
    command("chaos", "add", "delay", "--value", "10m")
    assert "due in 10m" in command("trigger", "order.created").out
    assert "1 to be sent; the next is due in 10m" in command("clock").out
    assert registered.seen() == []
    assert command("clock", "advance", "10m", "--json").json["pending"] == 0
    assert len(registered.seen()) == 1


def test_a_field_that_is_called_as_an_option_has_a_prefix(command: Command, server: Any) -> None:
    words = ["chaos", "add", "ack_loss", "--times", "3", "--fault-times", "2", "--json"]
    rule = command(*words).json
    assert (rule["times"], rule["ack_loss"]) == (3, {"times": 2})


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["connection", "--mode", "reset"], {"connection": {"mode": "reset"}}),
        (["connection", "reset"], {"connection": {"mode": "reset"}}),
        (["connection", "limit", "--bytes", "100"], {"connection": {"mode": "limit", "bytes": 100}}),
        (["secret", "wrong", "--in", "header"], {"secret": {"value": "wrong", "in": "header"}}),
        (["corrupt", "bitflip"], {"corrupt": {"mode": "bitflip"}}),
        (["payload", "omit_field", "--path", "data.id"], {"payload": {"mode": "omit_field", "path": "data.id"}}),
    ],
)
def test_the_mode_of_a_fault_may_stand_alone(
    words: list[str], fault: dict[str, Any], command: Command, server: Any
) -> None:
    added = command("chaos", "add", *words, "--json").json
    assert {name: added[name] for name in fault} == fault
    ((kind, fields),) = fault.items()
    shown = command("chaos", "ls").out
    assert f"{kind} " + " ".join(f"{name} {value}" for name, value in fields.items()) in shown
    assert f"({added['legality']})" in shown


def test_catalog_says_whose_an_event_is_and_how_we_know(command: Command) -> None:
    (paid,) = command("catalog", "order.paid", "--json").json
    assert paid == {"key": "order.paid", "scopes": ["store"], "source": "current"}
    assert "subscriptions" in command("catalog", "subscription.paused").out
    schema = command("catalog", "order.paid", "--schema", "--envelope", "webhook").json
    assert schema["properties"]["triggered_by"] == {"const": "order.paid"}
    assert "for one key" in command("catalog", "order.*", "--schema").err


def test_integrations_are_shown_changed_and_removed(command: Command, registered: Any) -> None:
    assert "shop" in command("integrations", "ls").out
    assert "is disabled" in command("integrations", "disable", "shop").out
    assert command("integrations", "show", "shop").json["enabled"] is False
    changed = command("integrations", "update", "shop", "--observes", "order.refunded", "--secret", "s3", "--json").json
    assert changed["observes"] == ["order.refunded"]
    assert changed["configuration"] == {"url": registered.url, "secret_key": "s3"}
    assert "is enabled" in command("integrations", "enable", "shop").out
    assert "is removed" in command("integrations", "rm", "shop").out
    assert "There are none." in command("integrations", "ls").out


def test_a_managed_integration_may_observe_globs_and_says_what_production_needs(command: Command, server: Any) -> None:
    words = ["integrations", "create", "--name", "all", "--forward-to", "http://127.0.0.1:9/", "--observes", "order.*"]
    refused = command(*words)
    assert refused.code == 1
    assert "order.*" in refused.err
    made = command(*words, "--managed")
    assert made.code == 0
    assert "Production" in made.err


def test_wait_for_an_event_that_comes(command: Command, server: Any) -> None:
    raised = threading.Timer(0.05, lambda: server.call(_trigger(server.emulator)))
    raised.start()
    try:
        found = command("wait", "event", "order.*", "--json")
    finally:
        raised.join()
    assert found.code == 0
    assert found.json["event"]["key"].startswith("order.")


async def _trigger(emulator: Any) -> None:
    from emulator.runtime.trigger import TriggerRequest

    await emulator.trigger(TriggerRequest(key="order.created"))


@pytest.mark.parametrize("words", [["event", "order.paid"], ["settled"]])
def test_a_wait_that_is_too_long_is_inconclusive(command: Command, registered: Any, words: list[str]) -> None:
    command("hold", "order.*")
    command("pause")
    command("trigger", "order.created")
    result = command("wait", *words, "--time-limit", "10ms")
    # What is held by hand does not count against being settled.
    assert result.code == (5 if words[0] == "event" else 0)


def test_wait_ready_gives_up_without_a_server(command: Command) -> None:
    result = command("wait", "ready", "--time-limit", "60ms")
    assert result.code == 5
    assert "epcc-emulator serve" in result.err


def test_reset_says_what_it_erased(command: Command, registered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    command("trigger", "order.created")
    erased = command("reset", "--yes", "--keep-integrations")
    assert "1 deliveries" in erased.out
    assert command("events", "--json").json == []
    assert len(command("integrations", "ls", "--json").json) == 1


@pytest.mark.parametrize(
    ("answer", "code", "said"), [("n\n", 1, "Nothing was erased"), ("", 1, "--yes"), ("y\n", 0, "")]
)
def test_reset_asks(
    command: Command, server: Any, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, said: str
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    result = command("reset")
    assert result.code == code
    assert said in result.err


def test_env_in_three_formats(command: Command, server: Any) -> None:
    found = command("env", "--format", "json").json
    assert found["EPCC_API_BASE_URL"] == server.url
    assert f"EPCC_CLIENT_SECRET={found['EPCC_CLIENT_SECRET']}" in command("env").out.splitlines()
    assert all(line.startswith("export EPCC_") for line in command("env", "--format", "export").out.splitlines())


def test_the_printed_client_gets_a_token(command: Command, server: Any) -> None:
    import httpx

    found = command("env", "--format", "json").json
    form = {
        "grant_type": "client_credentials",
        "client_id": found["EPCC_CLIENT_ID"],
        "client_secret": found["EPCC_CLIENT_SECRET"],
    }
    answer = httpx.post(f"{server.url}/oauth/access_token", data=form, trust_env=False)
    assert answer.json()["token_type"] == "Bearer"


def test_events_page_by_page(command: Command, server: Any) -> None:
    command("trigger", "order.created", "--count", "3")
    first = command("events", "order.created", "--limit", "2")
    assert "3 in all; more with --offset 2" in first.out
    (last,) = command("events", "order.created", "--limit", "2", "--offset", "2", "--json").json
    assert last["resource"] == "order:1"


def test_doctor_looks_at_the_server_and_its_receivers(command: Command, registered: Any) -> None:
    well = command("doctor", "--json")
    assert well.code == 0
    assert {"server", "integration shop"} <= {finding["what"] for finding in well.json}
    command("integrations", "update", "shop", "--forward-to", "http://127.0.0.1:9/")
    ill = command("doctor")
    assert ill.code == 3
    assert "nothing listens there yet" in ill.out


def test_json_is_all_there_is_on_standard_output(command: Command, registered: Any) -> None:
    command("trigger", "order.paid")
    for words in (
        ["trigger", "order.created", "--json"],
        ["events", "--json"],
        ["deliveries", "--json"],
        ["deliveries", "1", "--json"],
        ["integrations", "ls", "--json"],
        ["integrations", "show", "shop"],
        ["chaos", "ls", "--json"],
        ["chaos", "profiles", "--json"],
        ["catalog", "--json"],
        ["clock", "show", "--json"],
        ["hold", "--json"],
        ["release", "--json"],
        ["wait", "settled", "--json"],
        ["wait", "ready", "--json"],
        ["doctor", "--json"],
        ["reset", "--yes", "--json"],
    ):
        result = command(*words)
        assert result.code == 0, (words, result)
        assert json.loads(result.out) is not None, words


def test_a_rule_is_switched_off_and_on(command: Command, registered: Any) -> None:
    command("chaos", "add", "delay", "--value", "5s", "--id", "slow")
    assert "slow  added, off  0" in command("chaos", "disable", "slow").out
    assert "due now" in command("trigger", "order.created").out
    state = command("chaos", "enable", "slow", "--json").json
    assert [(rule["id"], rule["enabled"]) for rule in state["rules"]] == [("slow", True)]
    assert "due in 5s" in command("trigger", "order.created").out
    assert "unknown rule 'slwo'; did you mean 'slow'?" in command("chaos", "disable", "slwo").err


def test_why_tells_where_an_event_stands(command: Command, registered: Any) -> None:
    raised = command("trigger", "order.paid", "--json").json["deliveries"][0]
    command("chaos", "profile", "off")
    told = command("why", raised["event"])
    assert "order.created  order:1/order.created:1" in told.out
    assert "shop  planned (delivery 1): attempt 1 leaves at " in told.out
    assert command("why", "1").out == told.out
    assert command("why", raised["job_id"], "--json").json["data"][0]["verdict"] == "planned"
    unheard = command("why", "cart:1/cart.updated:1")
    assert "shop  not observed: does not observe cart.updated" in unheard.out
    assert command("why", "cart:9/cart.updated:1").err.startswith("epcc-emulator: there is no event")


def test_deliveries_are_exported_with_all_their_attempts(command: Command, registered: Any, require: Any) -> None:
    command("trigger", "order.paid", "--count", "60")
    command("wait", "settled")
    told = command("deliveries", "--event", "order.paid", "--har", "paid.har")
    assert (told.code, told.out, told.err) == (0, "", "Wrote 60 attempts to paid.har\n")
    entries = json.loads(Path("paid.har").read_text(encoding="utf-8"))["log"]["entries"]
    assert {entry["_event_key"] for entry in entries} == {"order.paid"}
    assert {entry["response"]["status"] for entry in entries} == {200}
    numbers = [entry["_delivery"] for entry in entries]
    assert len(set(numbers)) == 60
    told = command("deliveries", "--ndjson", "-")
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, 121))
    assert all(line["attempts_made"] and line["request"] for line in lines)
    assert command("deliveries", "7", "--ndjson", "one.ndjson").err == "Wrote 1 delivery to one.ndjson\n"
    printed = command("deliveries", "7", "--curl").out
    assert printed.startswith("curl -X POST http://127.0.0.1:")
    assert "choose one of" in command("deliveries", "--har", "a", "--ndjson", "b").err
    assert "a JOB is one delivery" in command("deliveries", "7", "--har", "a", "--event", "order.paid").err
    assert "name a delivery" in command("deliveries", "--curl").err
    assert command("deliveries", "--har", "nowhere/x.har").err == (
        "epcc-emulator: cannot write nowhere/x.har: No such file or directory\n"
    )


@pytest.mark.parametrize("words", ["trigger order.paid --edit", "resend last --edit"])
def test_nobody_edits_without_a_terminal(
    command: Command, registered: Any, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    assert command("trigger", "order.created").code == 0
    refused = command(*words.split())
    assert refused.code == 1
    assert "--edit opens an editor, which needs a terminal" in refused.err

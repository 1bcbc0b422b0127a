"""`import` and `replay`: from a capture of the real service to call-backs that are answered and messages sent again."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.moment import SECOND, parse_instant
from emulator.harness.local import LocalEmulator

ORDER = "5e0d9c7a-1b1f-4a66-9a5c-7d0c4f1e2a31"
CUSTOMER = "c1f0b7d2-6a0f-4e0a-8a39-0d2e5b9c4f77"


def order(payment: str, updated: str) -> dict[str, Any]:
    def price(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": "EUR", "formatted": f"€{amount / 100:.2f}"}

    paid = payment == "paid"
    return {
        "type": "order",
        "id": ORDER,
        "status": "complete" if paid else "incomplete",
        "payment": payment,
        "shipping": "unfulfilled",
        "delivery_window": "evening",
        "customer": {"name": "Greta Holm", "email": "greta.holm@kaffebar.test"},
        "shipping_address": {"first_name": "Greta", "last_name": "Holm", "line_1": "Fjordgata 7", "country": "NO"},
        "meta": {
            "display_price": {
                "with_tax": price(4200),
                "paid": price(4200 if paid else 0),
                "authorized": price(0),
                "balance_owing": price(0 if paid else 4200),
            },
            "timestamps": {"created_at": "2025-11-02T08:00:00Z", "updated_at": updated},
        },
        "relationships": {"customer": {"data": {"type": "customer", "id": CUSTOMER}}},
    }


def webhook(number: int, key: str, document: dict[str, Any], attempt: int = 1) -> dict[str, Any]:
    payload: dict[str, Any] = {"data": document}
    if document["type"] == "order":
        line = {"type": "order_item", "id": "line-1", "quantity": 2, "name": "Kettle", "sku": "KET-2"}
        payload["included"] = {"items": [{**line, "value": {"amount": 4200, "currency": "EUR", "includes_tax": True}}]}
    return {
        "id": f"prod-job-{number}",
        "triggered_by": key,
        "attempt": attempt,
        "resources": json.dumps(payload),
        "payload": payload,
        "configuration": {"url": "https://erp.example.net/hook", "secret_key": "chestnut-chestnut"},
    }


def payment() -> dict[str, Any]:
    return {
        "type": "transaction",
        "id": "7f4a2c11-pay",
        "amount": 4200,
        "currency": "EUR",
        "transaction-type": "purchase",
        "status": "complete",
        "relationships": {"order": {"data": {"type": "order", "id": ORDER}}},
    }


CAPTURE = [
    {
        "receivedAt": "2025-11-02T08:00:00Z",
        "body": webhook(1, "order.created", order("unpaid", "2025-11-02T08:00:00Z")),
    },
    {"receivedAt": "2025-11-02T08:00:30Z", "body": webhook(2, "order.paid", order("paid", "2025-11-02T08:00:20Z"))},
    {"receivedAt": "2025-11-02T08:00:40Z", "body": webhook(2, "order.paid", order("paid", "2025-11-02T08:00:20Z"), 2)},
    {"receivedAt": "2025-11-02T08:00:41Z", "body": webhook(2, "order.paid", order("paid", "2025-11-02T08:00:20Z"), 2)},
    {"receivedAt": "2025-11-02T08:01:00Z", "body": webhook(3, "transaction.created", payment())},
]
JOBS = [("prod-job-1", 1), ("prod-job-2", 1), ("prod-job-2", 2), ("prod-job-2", 2), ("prod-job-3", 1)]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "production.jsonl"
    path.write_text("\n".join([*(json.dumps(line) for line in CAPTURE), "half a li"]))
    return path


def shop(server: LocalEmulator, path: str) -> Any:
    from emulator.harness.client import ControlClient

    with ControlClient(server.url) as client:
        return client.shop("GET", path)


def test_call_backs_with_production_ids_are_answered(
    command: Callable[..., Any], server: LocalEmulator, capture: Path
) -> None:
    result = command("import", str(capture))
    assert result.code == 0, result.err
    assert "Loaded 1 customer, 1 order, 1 transaction." in result.out
    assert f"{capture}:6: skipped: this is not JSON" in result.err
    found = shop(server, f"/v2/orders/{ORDER}")["data"]
    assert found["payment"] == "paid"
    assert [item["id"] for item in shop(server, f"/v2/orders/{ORDER}/items")["data"]] == ["line-1"]
    assert shop(server, f"/v2/customers/{CUSTOMER}")["data"]["email"] == "greta.holm@kaffebar.test"
    (paid,) = shop(server, f"/v2/orders/{ORDER}/transactions")["data"]
    assert paid["id"] == "7f4a2c11-pay"
    assert "chestnut" not in result.out + result.err


def test_an_imported_order_goes_on_where_it_stands_and_shifts_no_number(
    command: Callable[..., Any], server: LocalEmulator, capture: Path
) -> None:
    command("import", str(capture))
    onward = command("trigger", "order.fulfilled", "--of", ORDER, "--json").json
    assert [event["key"] for event in onward["events"]] == ["order.fulfilled", "order.updated"]
    assert shop(server, f"/v2/orders/{ORDER}")["data"]["shipping"] == "fulfilled"
    refunded = command("trigger", "order.refunded", "--of", ORDER, "--json").json
    assert "transaction.updated" in [event["key"] for event in refunded["events"]]
    refused = command("trigger", "order.paid", "--of", ORDER)
    assert refused.code != 0
    assert "legal now" in refused.err
    made = command("trigger", "order.created", "--json").json
    assert made["events"][-1]["resource"] == "order:1"


def test_what_was_read_is_counted(command: Callable[..., Any], server: LocalEmulator, capture: Path) -> None:
    report = command("import", str(capture), "--json").json
    assert report["messages"] == 5
    assert report["forms"] == {"webhook": 5}
    assert report["keys"] == {"order.created": 1, "order.paid": 3, "transaction.created": 1}
    assert report["duplicates"] == 1
    assert [entry["line"] for entry in report["skipped"]] == [6]
    assert report["loaded"]["resources"] == {"customer": 1, "order": 1, "transaction": 1}
    assert command("import", str(capture), "--json").json["loaded"]["resources"] == {}


def test_a_replay_reaches_a_receiver_as_it_was(
    command: Callable[..., Any], server: LocalEmulator, receiver: Any, capture: Path
) -> None:
    result = command("replay", str(capture), "--forward-to", receiver.url, "--secret", "acorn")
    assert result.code == 0, result.err
    assert f"Replayed 5 messages to {receiver.url}: 5 were accepted." in result.out
    assert [(one["job"], one["attempt"]) for one in receiver.seen()] == JOBS
    rows = command("deliveries", "--json").json
    assert [row["job_id"] for row in reversed(rows)] == [job for job, _ in JOBS]
    assert command("integrations", "ls", "--json").json == []


def test_a_replay_goes_to_an_integration_at_the_recorded_pace(
    command: Callable[..., Any], server: LocalEmulator, receiver: Any, capture: Path
) -> None:
    from emulator.harness.client import ControlClient

    with ControlClient(server.url) as client:
        client.ensure_integration(
            "erp", integration_type="webhook", observes=[], configuration={"url": receiver.url}, enabled=True
        )
    rows = command("replay", str(capture), "--integration", "erp", "--speed", "60", "--json").json
    assert [row["state"] for row in rows] == ["succeeded"] * 5
    times = [parse_instant(row["last_at"]) for row in rows]
    assert [time - times[0] for time in times] == [round(after * SECOND / 60) for after in (0, 30, 40, 41, 60)]
    assert [(one["job"], one["attempt"]) for one in receiver.seen()] == JOBS


def test_a_saved_capture_holds_no_secret_and_other_people_and_replays_alike(
    command: Callable[..., Any], server: LocalEmulator, receiver: Any, capture: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "clean.jsonl"
    assert command("import", str(capture), "--no-load", "--redact", "--save", str(saved)).code == 0
    text = saved.read_text()
    for gone in ("chestnut", "Greta", "Holm", "kaffebar", "Fjordgata"):
        assert gone not in text
    assert len(text.splitlines()) == 5
    assert saved.stat().st_mode & 0o077 == 0
    assert command("replay", str(saved), "--forward-to", receiver.url).code == 0
    assert [(one["job"], one["attempt"]) for one in receiver.seen()] == JOBS
    again = command("import", str(capture), "--no-load", "--save", str(saved))
    assert again.code == 3
    assert "is there already" in again.err


def test_fixtures_say_what_production_has_besides_and_a_server_takes_them(
    command: Callable[..., Any], server: LocalEmulator, capture: Path, tmp_path: Path
) -> None:
    from emulator.runtime.fixtures import load_fixtures

    folder = tmp_path / "fixtures"
    report = command("import", str(capture), "--no-load", "--fixtures", str(folder), "--json").json
    written = folder / "order.yaml"
    assert str(written) in report["fixtures"]
    text = written.read_text()
    assert "delivery_window: evening" in text
    for left_out in (ORDER, CUSTOMER, "Greta", "4200", "2025-11-02"):
        assert left_out not in text
    assert load_fixtures(folder)["order"].document.names >= {"id", "status", "person.first_name"}


def test_standard_input_is_a_capture_too(
    command: Callable[..., Any], server: LocalEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = json.dumps(CAPTURE).encode("utf-8-sig")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert command("import", "-", "--json").json["loaded"]["resources"]["order"] == 1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["import", "missing.jsonl"], 1, "does not exist"),
        (["import", "empty.json"], 2, "empty.json:1: it is empty"),
        (["import", "other.json"], 2, "other.json:1: there is no message here"),
        (["import", "good.json", "--no-load"], 1, "nothing to do"),
        (["replay", "good.json"], 1, "where to?"),
        (["replay", "good.json", "--integration", "erp", "--secret", "x"], 1, "--secret is for --forward-to"),
        (["replay", "good.json", "--integration", "nobody"], 1, "there is no integration 'nobody'"),
        (["replay", "events.json", "--forward-to", "http://127.0.0.1:9/"], 1, "events.json:1: this is a CloudEvent"),
        (["replay", "timeless.json", "--forward-to", "http://127.0.0.1:9/", "--speed", "2"], 1, "does not tell when"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    command: Callable[..., Any], server: LocalEmulator, tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    timeless = webhook(1, "order.created", {"type": "order", "id": ORDER})
    event = {"specversion": "1.0", "id": "job", "type": "order.paid", "data": {"type": "order", "id": ORDER}}
    contents = {"empty": "", "other": '{"hello": "chestnut-chestnut"}', "good": json.dumps(CAPTURE)}
    contents |= {"events": json.dumps(event), "timeless": json.dumps(timeless)}
    for name, text in contents.items():
        (tmp_path / f"{name}.json").write_text(text)
    result = command(*words)
    assert result.code == code, result
    assert sentence in result.err
    assert "chestnut" not in result.out + result.err
    assert "Traceback" not in result.err


def test_a_file_is_looked_at_before_a_server_is_looked_for(command: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"hello": 1}')
    (tmp_path / "good.json").write_text(json.dumps(CAPTURE))
    where = ("--forward-to", "http://127.0.0.1:9/")
    for words, sentence in (
        (("replay", "other.json", *where), "other.json:1: there is no message here"),
        (("replay", "good.json"), "where to?"),
        (("replay", "good.json", "--sent-to", "shop", *where), "good.json is no journal"),
        (("replay", "good.json", *where), "no running emulator was found"),
    ):
        assert sentence in " ".join(command(*words).err.split())

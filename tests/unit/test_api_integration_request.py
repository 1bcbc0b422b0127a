"""What clients may write: every fault at once, partial changes, secrets that come back masked."""

from typing import Any

import pytest

from emulator.api.integration_listing import arranged
from emulator.api.integration_request import Terms, covered_keys, parse_changes, parse_creation
from emulator.api.refusal import Refusal
from emulator.core.masking import mask
from emulator.domain.integration import (
    Integration,
    IntegrationType,
    Scope,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)

STORE = Terms(event_limit=5)
SQS = {
    "url": "https://sqs.eu-west-1.amazonaws.com/1/epcc-q",
    "aws_access_key_id": "AKIA0000PSYQ",
    "aws_secret_access_key": "wJalrXUtnFEMI",
    "region": "eu-west-1",
}
STOMP = {"addresses": ["stomp+ssl://a.mq.test:61614", "stomp://b.mq.test"], "destination": "/queue/epcc"}


def _data(**changes: Any) -> dict[str, Any]:
    data = {
        "type": "integration",
        "name": "Order paid",
        "integration_type": "webhook",
        "observes": ["order.paid"],
        "configuration": {"url": "https://hooks.test/paid", "secret_key": "squirrel"},
    }
    return {name: value for name, value in (data | changes).items() if value is not ...}


def _stored(**changes: Any) -> Integration:
    values: dict[str, Any] = {
        "key": "shop",
        "id": "1",
        "name": "Shop",
        "integration_type": IntegrationType.WEBHOOK,
        "observes": ("order.paid",),
        "configuration": WebhookConfiguration(url="http://x.test/", secret_key="squirrel"),
        "created_at": 0,
        "updated_at": 0,
    }
    return Integration(**(values | changes))


def _sources(refusal: pytest.ExceptionInfo[Refusal]) -> list[str | None]:
    assert {entry.status for entry in refusal.value.entries} == {422}
    return [entry.source for entry in refusal.value.entries]


def test_a_creation_is_read_with_its_defaults() -> None:
    values = parse_creation(_data(), STORE, enabled=False)
    assert values == {
        "name": "Order paid",
        "description": "",
        "integration_type": IntegrationType.WEBHOOK,
        "enabled": False,
        "observes": ("order.paid",),
        "configuration": WebhookConfiguration(url="https://hooks.test/paid", secret_key="squirrel"),
    }
    assert parse_creation(_data(), STORE, enabled=True)["enabled"] is True
    assert parse_creation(_data(enabled=False), STORE, enabled=True)["enabled"] is False


def test_all_faults_come_at_once_one_entry_each() -> None:
    with pytest.raises(Refusal) as refusal:
        parse_creation({"enabled": "yes", "integration_type": "webhook", "configuration": {}}, STORE, enabled=False)
    assert sorted(map(str, _sources(refusal))) == ["configuration.url", "enabled", "name", "observes", "type"]


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"type": "webhook"}, "type"),
        ({"name": ...}, "name"),
        ({"name": 5}, "name"),
        ({"name": "  "}, "name"),
        ({"description": 5}, "description"),
        ({"enabled": 1}, "enabled"),
        ({"enabled": None}, "enabled"),
        ({"integration_type": ...}, "integration_type"),
        ({"integration_type": "aws-sqs"}, "integration_type"),
        ({"integration_type": ["webhook"]}, "integration_type"),
        ({"observes": ...}, "observes"),
        ({"observes": "order.paid"}, "observes"),
        ({"observes": ["order.payed"]}, "observes"),
        ({"observes": ["order.*"]}, "observes"),
        ({"observes": [1]}, "observes"),
        ({"configuration": ...}, "configuration"),
        ({"configuration": []}, "configuration"),
        ({"configuration": {"url": "ftp://x.test"}}, "configuration.url"),
        ({"configuration": {"url": "http://"}}, "configuration.url"),
        ({"configuration": {"url": "http://x.test:99999/"}}, "configuration.url"),
        ({"configuration": {"url": "http://a b/"}}, "configuration.url"),
        ({"configuration": {"url": "http://[::1"}}, "configuration.url"),
        ({"configuration": {"url": "http://x.test", "secret_key": "a\r\nb"}}, "configuration.secret_key"),
        ({"configuration": {"url": "http://x.test", "insecure": "no"}}, "configuration.insecure"),
        ({"integration_type": "aws_sqs", "configuration": SQS | {"region": ""}}, "configuration.region"),
        (
            {"integration_type": "aws_sqs", "configuration": SQS | {"aws_access_key_id": "AKIA0000PSYQ\n"}},
            "configuration.aws_access_key_id",
        ),
        ({"integration_type": "aws_sqs", "configuration": SQS | {"region": "eu-\r\nwest"}}, "configuration.region"),
        ({"integration_type": "stomp", "configuration": STOMP | {"addresses": []}}, "configuration.addresses"),
        ({"integration_type": "stomp", "configuration": STOMP | {"addresses": ["tcp://x"]}}, "configuration.addresses"),
        ({"integration_type": "stomp", "configuration": STOMP | {"password": 5}}, "configuration.password"),
    ],
)
def test_one_fault_names_its_field(changes: dict[str, Any], source: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_creation(_data(**changes), STORE, enabled=False)
    assert _sources(refusal) == [source]


def test_each_type_has_its_own_configuration() -> None:
    sqs = parse_creation(_data(integration_type="aws_sqs", configuration=SQS), STORE, enabled=False)
    stomp = parse_creation(_data(integration_type="stomp", configuration=STOMP), STORE, enabled=False)
    assert sqs["configuration"] == SqsConfiguration(**SQS)
    assert stomp["configuration"] == StompConfiguration(addresses=tuple(STOMP["addresses"]), destination="/queue/epcc")
    with pytest.raises(Refusal) as refusal:
        parse_creation(_data(integration_type="aws_sqs", configuration={}), STORE, enabled=False)
    assert _sources(refusal) == [f"configuration.{name}" for name in SQS]


def test_the_nearest_key_is_offered() -> None:
    with pytest.raises(Refusal, match=r"'order\.payed' is not an observable event; did you mean 'order\.paid'\?"):
        parse_creation(_data(observes=["order.payed"]), STORE, enabled=False)


def test_keys_of_custom_apis_and_of_every_source_are_taken() -> None:
    keys = ["wishlist_ext.created", "product.deleted", "subscription.pending_pause", "order.deleted"]
    assert parse_creation(_data(observes=keys), STORE, enabled=False)["observes"] == tuple(keys)


def test_the_event_limit_has_the_providers_sentence_and_counts_a_key_once() -> None:
    keys = ["order.paid", "order.created", "order.updated", "order.fulfilled", "order.refunded", "order.cancelled"]
    with pytest.raises(Refusal) as refusal:
        parse_creation(_data(observes=keys), STORE, enabled=False)
    (entry,) = refusal.value.entries
    assert (entry.source, entry.detail) == ("observes", "You have reached the integration event limit of 5")
    assert parse_creation(_data(observes=[*keys[:5], keys[0]]), STORE, enabled=False)["observes"] == tuple(keys[:5])


def test_an_organization_observes_only_what_is_its_own() -> None:
    terms = Terms(scope=Scope.ORGANIZATION, event_limit=5)
    parse_creation(_data(observes=["catalog-release.created", "integration.deleted"]), terms, enabled=False)
    with pytest.raises(Refusal, match="a store's event"):
        parse_creation(_data(observes=["order.paid"]), terms, enabled=False)


def test_globs_count_where_they_are_allowed() -> None:
    globs = Terms(globs=True)
    assert parse_creation(_data(observes=["order.*", "*_ext.created", "*"]), globs, enabled=False)["observes"] == (
        "order.*",
        "*_ext.created",
        "*",
    )
    with pytest.raises(Refusal, match="matches no observable event"):
        parse_creation(_data(observes=["ordr.*"]), globs, enabled=False)
    assert covered_keys(["cart.*"]) == ["cart.updated", "cart.deleted"]


def test_a_flood_of_faults_is_cut_short() -> None:
    with pytest.raises(Refusal) as refusal:
        parse_creation(_data(observes=[f"no.{number}" for number in range(50_000)]), Terms(), enabled=False)
    assert len(refusal.value.entries) == 20


def test_only_what_is_sent_and_differs_is_a_change() -> None:
    stored = _stored()
    assert parse_changes({}, stored, STORE) == {}
    assert parse_changes({"type": "integration", "name": "Shop", "id": "1", "links": {}}, stored, STORE) == {}
    assert parse_changes({"enabled": True, "observes": ["cart.updated"]}, stored, STORE) == {
        "enabled": True,
        "observes": ("cart.updated",),
    }


def test_a_configuration_is_merged_and_null_removes_what_is_optional() -> None:
    stored = _stored()
    moved = parse_changes({"configuration": {"url": "http://y.test/"}}, stored, STORE)
    assert moved == {"configuration": WebhookConfiguration(url="http://y.test/", secret_key="squirrel")}
    for nothing in (None, ""):
        bare = parse_changes({"configuration": {"secret_key": nothing}}, stored, STORE)
        assert bare == {"configuration": WebhookConfiguration(url="http://x.test/")}
    with pytest.raises(Refusal) as refusal:
        parse_changes({"configuration": {"url": None}}, stored, STORE)
    assert _sources(refusal) == ["configuration.url"]


def test_masked_secrets_written_back_are_kept_and_new_ones_stored() -> None:
    stored = _stored(integration_type=IntegrationType.AWS_SQS, configuration=SqsConfiguration(**SQS))
    masked = SQS | {name: mask(SQS[name]) for name in ("aws_access_key_id", "aws_secret_access_key")}
    assert parse_changes({"configuration": masked}, stored, STORE) == {}
    changed = parse_changes({"configuration": {"aws_secret_access_key": "*********-new"}}, stored, STORE)
    assert changed["configuration"].aws_secret_access_key == "*********-new"
    assert changed["configuration"].aws_access_key_id == SQS["aws_access_key_id"]


def test_the_type_changes_only_with_a_whole_configuration_of_the_new_one() -> None:
    stored = _stored()
    with pytest.raises(Refusal) as refusal:
        parse_changes({"integration_type": "stomp"}, stored, STORE)
    assert _sources(refusal) == ["configuration"]
    with pytest.raises(Refusal) as refusal:
        parse_changes({"integration_type": "aws_sqs", "configuration": {"region": "x"}}, stored, STORE)
    assert "configuration.url" in _sources(refusal), "the webhook's URL is not the queue's"
    assert parse_changes({"integration_type": "stomp", "configuration": STOMP}, stored, STORE) == {
        "integration_type": IntegrationType.STOMP,
        "configuration": StompConfiguration(addresses=tuple(STOMP["addresses"]), destination="/queue/epcc"),
    }


def test_what_is_observed_already_can_be_written_back() -> None:
    stored = _stored(observes=("order.*",), managed=True)
    assert parse_changes({"observes": ["order.*"]}, stored, Terms()) == {}


def test_ignored_attributes_are_mentioned_in_the_log_without_their_values(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", logger="emulator.api"):
        parse_creation(
            _data(links={"self": "hidden-value"}, configuration={"url": "http://x.test/", "paswort": "hunter2"}),
            STORE,
            enabled=False,
        )
    assert "'links'" in caplog.text
    assert "configuration.paswort" in caplog.text
    assert "hidden-value" not in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({}, ["a", "c", "b"]),
        ({"sort": "created_at"}, ["a", "c", "b"]),
        ({"sort": "-created_at"}, ["b", "c", "a"]),
        ({"sort": "name"}, ["a", "b", "c"]),
        ({"sort": "-name"}, ["c", "b", "a"]),
        ({"filter": "eq(name,N b)"}, ["b"]),
        ({"filter": 'eq(name, "N b")'}, ["b"]),
        ({"filter": "eq(name,nobody)"}, []),
    ],
)
def test_the_list_is_filtered_and_sorted(query: dict[str, str], keys: list[str]) -> None:
    integrations = [_stored(key=key, name=f"N {key}") for key in ("a", "c", "b")]
    assert [one.key for one in arranged(integrations, query)] == keys


@pytest.mark.parametrize(
    "query", [{"filter": "name"}, {"filter": "eq(id,x)"}, {"filter": "like(name,x)"}, {"sort": "nam"}]
)
def test_filters_and_sorts_that_are_not_known_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refusal:
        arranged([], query)
    assert _sources(refusal) == list(query)

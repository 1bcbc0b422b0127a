"""Every family of resources over the API: listed, made, read, changed, deleted, and told of by its events."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

WithApi = Callable[..., Any]


class Family(NamedTuple):
    """Where a type lives, what one is made of, and what is changed; `inside` is where its fields stand."""

    path: str
    type: str
    made: Mapping[str, Any]
    changed: Mapping[str, Any] | None
    inside: str | None = None
    keys: tuple[str, ...] = ("created", "updated", "deleted")
    prefix: str = ""


FAMILIES = {
    "account": Family(
        "/v2/accounts",
        "account",
        {"name": "Marlow", "legal_name": "Marlow Ltd"},
        {"name": "Marlow Trading"},
        prefix="account",
    ),
    "account-member": Family(
        "/v2/account-members",
        "account_member",
        {"name": "Ann", "email": "ann@example.com"},
        {"email": "b@example.com"},
        prefix="account-member",
    ),
    "user-authentication-info": Family(
        "/v2/authentication-realms/r/user-authentication-info",
        "user_authentication_info",
        {"name": "Ann", "email": "ann@example.com"},
        {"name": "Anna"},
        prefix="user-authentication-info",
    ),
    "brand": Family("/v2/brands", "brand", {"name": "Fern", "slug": "fern"}, {"status": "draft"}, prefix="brand"),
    "category": Family(
        "/v2/categories", "category", {"name": "Cups", "slug": "cups"}, {"name": "Mugs"}, prefix="category"
    ),
    "collection": Family(
        "/v2/collections", "collection", {"name": "May", "slug": "may"}, {"name": "June"}, prefix="collection"
    ),
    "currency": Family("/v2/currencies", "currency", {"code": "NOK"}, {"exchange_rate": 1.5}, prefix="currency"),
    "file": Family("/v2/files", "file", {"file_name": "a.png"}, None, keys=("created", "deleted"), prefix="file"),
    "catalog-rule": Family(
        "/catalogs/rules",
        "catalog_rule",
        {"name": "Members"},
        {"channels": ["web"]},
        "attributes",
        prefix="catalog-rule",
    ),
    "pim": Family(
        "/pcm/products", "product", {"name": "Mug", "slug": "mug"}, {"name": "Cup"}, "attributes", prefix="product"
    ),
    "extension": Family(
        "/v2/extensions/wishlist_ext", "wishlist_ext", {"colour": "green"}, {"colour": "blue"}, prefix="wishlist_ext"
    ),
    **{
        f"subscription-{one}": Family(
            f"/v2/subscriptions/{one}s",
            f"subscription_{one}",
            made,
            changed,
            "attributes",
            prefix=f"subscription-{one}",
        )
        for one, made, changed in (
            ("product", {"name": "Coffee"}, {"name": "Tea"}),
            ("plan", {"name": "Monthly"}, {"trial_period": 7}),
            ("offering", {"name": "Box"}, {"description": "Big"}),
            ("subscriber", {"name": "Ann", "email": "a@example.com"}, {"name": "Bea"}),
            ("schedule", {"name": "Nightly"}, {"specification": "0 5 * * *"}),
        )
    },
}


def _fields(document: Mapping[str, Any], family: Family) -> Mapping[str, Any]:
    return document[family.inside] if family.inside else document


def _body(family: Family, fields: Mapping[str, Any]) -> dict[str, Any]:
    inner = {family.inside: dict(fields)} if family.inside else dict(fields)
    return {"data": {"type": family.type, **inner}}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_family_is_listed_made_read_changed_and_deleted(with_api: WithApi, name: str) -> None:
    family = FAMILIES[name]

    async def scenario(api: Any) -> None:
        before = (await api.ok("GET", family.path))["meta"]["results"]["all"]
        created = await api("POST", family.path, _body(family, family.made))
        assert created.status_code == 201, created.text
        one = created.json()["data"]
        assert family.made.items() <= _fields(one, family).items()
        path = f"{family.path}/{one['id']}"
        assert (await api.ok("GET", path))["data"] == one
        assert (await api.ok("GET", family.path))["meta"]["results"]["all"] == before + 1
        if family.changed is not None:
            own = {"shelf": "B7"} if name != "extension" else {}
            changed = (await api.ok("PUT", path, _body(family, {**family.changed, **own})))["data"]
            assert {**family.changed, **own}.items() <= _fields(changed, family).items()
        gone = await api("DELETE", path)
        assert gone.status_code == 204
        assert (await api("GET", path)).status_code == 404
        raised = (await api.ok("GET", "/_emulator/events?page[limit]=100"))["data"]
        assert {f"{family.prefix}.{word}" for word in family.keys} <= {event["key"] for event in raised}
        if family.changed is not None and name != "extension":
            [identity] = [one["identity"] for one in raised if one["key"] == f"{family.prefix}.updated"][:1]
            assert "shelf" not in str((await api.ok("GET", f"/_emulator/events/{identity}"))["data"]["payload"])

    with_api(scenario)


@pytest.mark.parametrize("name", sorted(set(FAMILIES) - {"extension"}))
def test_a_family_refuses_what_is_wrong_and_what_is_not_there(with_api: WithApi, name: str) -> None:
    family = FAMILIES[name]

    async def scenario(api: Any) -> None:
        assert (await api("GET", f"{family.path}/nothing")).status_code == 404
        assert (await api("POST", family.path, {"data": {"type": "something_else"}})).status_code == 422
        assert (await api("POST", family.path, {"no": "data"})).status_code == 400
        wrong = {next(iter(family.made)): {"not": "a text"}}
        answer = await api("POST", family.path, _body(family, wrong))
        assert answer.status_code == 422
        assert next(iter(family.made)) in str(answer.json()["errors"])

    with_api(scenario)


def test_accounts_have_memberships_addresses_and_members_that_are_not_theirs(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        account = (await api.ok("GET", "/v2/accounts"))["data"][0]
        member = (await api.ok("GET", "/v2/account-members"))["data"][0]
        path = f"/v2/accounts/{account['id']}"
        unassigned = f"{path}/account-memberships/unassigned-account-members"
        assert member["id"] in [one["id"] for one in (await api.ok("GET", unassigned))["data"]]
        related = {"account_member": {"data": {"type": "account_member", "id": member["id"]}}}
        body = {"data": {"type": "account_membership", "relationships": related}}
        made = await api("POST", f"{path}/account-memberships", body)
        assert made.status_code == 201
        assert made.json()["data"]["relationships"]["account_member"] == related["account_member"]
        assert member["id"] not in [one["id"] for one in (await api.ok("GET", unassigned))["data"]]
        mine = await api.ok("GET", f"/v2/account-members/{member['id']}/account-memberships?include=account")
        assert [one["id"] for one in mine["data"]] == [made.json()["data"]["id"]]
        assert [one["id"] for one in mine["included"]["account"]] == [account["id"]]
        home = {"data": {"type": "address", "line_1": "1 High Street", "city": "Bath"}}
        address = (await api("POST", f"{path}/addresses", home)).json()["data"]
        assert address["relationships"] == {"account": {"type": "account", "id": account["id"]}}
        assert (await api("DELETE", path)).status_code == 204
        assert (await api("GET", f"/v2/accounts/{account['id']}/addresses/{address['id']}")).status_code == 404

    with_api(scenario)


def test_a_one_time_password_is_in_the_message_and_not_in_the_answer(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        user = (await api.ok("GET", "/v2/authentication-realms/r/user-authentication-info"))["data"][0]
        path = "/v2/authentication-realms/r/password-profiles/p/one-time-password-token-request"
        asked = {"data": {"type": "one_time_password_token_request", "username": user["email"]}}
        answer = await api("POST", path, asked)
        assert answer.status_code == 201
        assert "one_time_password_token" not in answer.json()["data"]
        [event] = (await api.ok("GET", "/_emulator/events"))["data"]
        payload = (await api.ok("GET", f"/_emulator/events/{event['identity']}"))["data"]["payload"]
        assert payload["user_authentication_info"]["email"] == user["email"]
        assert len(payload["one_time_password_token"]) == 16
        assert (await api("POST", path, {"data": {"username": "nobody@example.com"}})).status_code == 404
        assert (await api("POST", path, {"data": {}})).status_code == 422

    with_api(scenario)


def test_settings_and_gateways_are_read_and_changed(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        assert (await api.ok("GET", "/v2/settings"))["data"]["page_length"] == 25
        changed = await api.ok("PUT", "/v2/settings", {"data": {"type": "settings", "page_length": 50}})
        assert changed["data"]["page_length"] == 50
        assert len((await api.ok("GET", "/v2/gateways"))["data"]) == 11
        body = {"data": {"type": "gateway", "enabled": True, "login": "key", "password": "secret"}}
        stripe = await api.ok("PUT", "/v2/gateways/stripe", body)
        assert stripe["data"]["enabled"] is True
        assert "secret" not in str(await api.ok("GET", "/v2/gateways/stripe"))
        assert (await api("GET", "/v2/gateways/strip")).status_code == 404
        keys = [one["key"] for one in (await api.ok("GET", "/_emulator/events"))["data"]]
        assert keys == ["payment-gateway.updated", "settings.updated"]

    with_api(scenario)


def test_a_catalog_is_published_and_stock_is_moved(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        catalog = (await api.ok("GET", "/pcm/catalogs"))["data"][0]
        release = await api("POST", f"/pcm/catalogs/{catalog['id']}/releases")
        assert (release.status_code, release.json()["data"]["meta"]["release_status"]) == (201, "PENDING")
        path = f"/catalogs/{catalog['id']}/releases/{release.json()['data']['id']}"
        assert (await api.ok("GET", path))["data"]["meta"]["release_status"] == "PUBLISHED"
        keys = [one["key"] for one in (await api.ok("GET", "/_emulator/events"))["data"]]
        assert keys == ["catalog-release.updated", "catalog-release.updated", "catalog-release.created"]
        product = (await api.ok("GET", "/v2/products"))["data"][0]
        stock = f"/v2/inventories/{product['id']}"
        assert (await api("GET", stock)).status_code == 404
        assert (await api("POST", stock, {"data": {"quantity": 5}})).status_code == 201
        move = {"data": {"type": "stock-transaction", "action": "decrement", "quantity": 2}}
        assert (await api("POST", f"{stock}/transactions", move)).status_code == 201
        assert (await api.ok("GET", stock))["data"]["available"] == 3
        move["data"]["quantity"] = 9
        assert (await api("POST", f"{stock}/transactions", move)).status_code == 422
        assert len((await api.ok("GET", f"{stock}/transactions"))["data"]) == 1

    with_api(scenario)


def test_a_subscription_lives_over_the_api(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        root = "/v2/subscriptions"
        product = (await api.ok("GET", f"{root}/products"))["data"][0]["id"]
        plan = (await api.ok("GET", f"{root}/plans"))["data"][0]["id"]
        body = {"data": {"attributes": {"name": "Box"}, "products": [{"id": product}], "plans": [{"id": plan}]}}
        offering = (await api("POST", f"{root}/offerings/build", body)).json()["data"]["id"]
        asked = {"data": {"type": "subscription", "attributes": {"offering": offering, "plan_id": plan}}}
        answer = await api("POST", f"{root}/subscriptions", asked)
        assert answer.status_code == 201, answer.text
        one = answer.json()["data"]
        assert one["attributes"]["offering"]["id"] == offering
        path = f"{root}/subscriptions/{one['id']}"
        job = {"data": {"type": "subscription_job", "attributes": {"job_type": "billing-run"}}}
        assert (await api("POST", f"{root}/jobs", job)).status_code == 201
        [invoice] = (await api.ok("GET", f"{path}/invoices"))["data"]
        assert invoice["meta"]["subscription_id"] == one["id"]
        assert [each["id"] for each in (await api.ok("GET", f"{path}/products"))["data"]] == [product]
        for action in ("pause", "resume", "cancel"):
            state = {"data": {"type": "subscription_state", "attributes": {"action": action}}}
            assert (await api("POST", f"{path}/states", state)).status_code == 201
        meta = (await api.ok("GET", path))["data"]["meta"]
        assert (meta["status"], meta["canceled"]) == ("inactive", True)
        assert (await api("POST", f"{path}/states", {"data": {"attributes": {"action": "pause"}}})).status_code == 409
        wrong = await api("POST", f"{path}/states", {"data": {"attributes": {"action": "paus"}}})
        assert "did you mean 'pause'" in wrong.text
        keys = {each["key"] for each in (await api.ok("GET", "/_emulator/events?page[limit]=50"))["data"]}
        words = {"created", "paused", "resumed", "canceled"}
        assert {f"subscription.{word}" for word in words} | {"subscription-job.updated"} <= keys

    with_api(scenario)


def test_a_custom_api_has_entries_under_its_slug(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        root = "/v2/settings/extensions/custom-apis"
        body = {"data": {"type": "custom_api", "name": "Wishes", "slug": "wishes", "api_type": "wishlist_ext"}}
        made = (await api("POST", root, body)).json()["data"]
        assert (await api("POST", root, body)).status_code == 409
        entry = {"data": {"type": "wishlist_ext", "title": "Birthday"}}
        one = (await api("POST", "/v2/extensions/wishes", entry)).json()["data"]
        assert (await api.ok("GET", f"{root}/{made['id']}/entries/{one['id']}"))["data"]["title"] == "Birthday"
        assert (await api("GET", "/v2/extensions/nothing")).status_code == 404
        wrong = {"data": {"type": "custom_api", "name": "Wishes", "slug": "w", "api_type": "wishlist"}}
        assert (await api("POST", root, wrong)).status_code == 422

    with_api(scenario)


def test_products_are_included_with_what_they_are_found_by(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        product = (await api.ok("GET", "/v2/products?sort=-name&page[limit]=1"))["data"][0]
        names = [one["name"] for one in (await api.ok("GET", "/v2/products?sort=name"))["data"]]
        assert names == sorted(names, key=str.casefold)
        assert product["name"] == names[-1]
        include = "main_images,categories,collections,brands"
        answer = await api.ok("GET", f"/v2/products/{product['id']}?include={include}")
        assert {name: len(found) for name, found in answer["included"].items()} == dict.fromkeys(include.split(","), 1)
        assert (await api("GET", "/v2/products?sort=na me")).status_code == 422
        accounts = await api.ok("GET", "/v2/accounts?sort=-created_at,name&filter=like(name,*)")
        stamps = [one["meta"]["timestamps"]["created_at"] for one in accounts["data"]]
        assert stamps == sorted(stamps, reverse=True)

    with_api(scenario)

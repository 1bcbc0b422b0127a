"""Requests: what a write to the provider's API asks of the shop, as a command."""

from collections.abc import Mapping
from typing import Any

from emulator.core.fixture import Form
from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.domain.resource import Command, Resource
from emulator.store.kinds import KINDS

_METHODS = {"POST": "create", "PUT": "update", "DELETE": "delete"}
_AXES: Mapping[str, tuple[str, str]] = {"shipping": ("fulfilled", "fulfill"), "status": ("cancelled", "cancel")}


def command_for(
    method: str,
    resource_type: str,
    id: str | None,
    body: object,
    *,
    current: Resource | None = None,
    parent: str | None = None,
    owner: str = "customer",
) -> Command:
    """The command that a request stands for; `body` is its parsed JSON, unused for DELETE.

    A PUT to an order with `shipping: fulfilled` fulfills it, with `status: cancelled` cancels it, with a
    `shipping_address` sends it elsewhere; anything else updates it. `current` is the resource as it is now:
    what a caller only sends back unchanged asks for nothing. `parent` is the id of what it belongs to (an
    address's customer), and `owner` the attribute that names it.
    Raises InvalidInput with the path of what is wrong, and UnknownWord for a write that the shop does not
    know.
    """
    group, verb = KINDS.get(resource_type), _METHODS.get(method)
    if group is None or verb not in group.lifecycle.verbs:
        known = [
            f"{each} {one.type}" for one in KINDS for each, verb in _METHODS.items() if verb in one.lifecycle.verbs
        ]
        raise UnknownWord("write", f"{method} {resource_type}", known)
    if method == "DELETE":
        return Command(type=resource_type, verb=verb, target=id)
    attributes = _attributes(body, KINDS.form_of(resource_type))
    if resource_type == "order":
        verb = _order_verb(attributes, current)
    if parent is not None and method == "POST":
        attributes[owner] = parent
    return Command(type=resource_type, verb=verb, target=id, attributes=attributes)


def _order_verb(attributes: dict[str, Any], current: Resource | None) -> str:
    now: Mapping[str, Any] = current.document if current is not None else {}
    asked = []
    for field, (wanted, verb) in _AXES.items():
        value = attributes.get(field)
        if value is None or value == now.get(field) or (value != wanted and current is None):
            continue
        if value != wanted:
            raise InvalidInput(f"the {field} of an order can only be set to '{wanted}'", path=("data", field))
        asked.append(verb)
    if len(asked) > 1:
        raise InvalidInput("an order is either fulfilled or cancelled", path=("data", "status"))
    address = attributes.get("shipping_address")
    if address is not None and address == now.get("shipping_address"):
        del attributes["shipping_address"]
    if asked:
        return asked[0]
    return "change_address" if attributes.get("shipping_address") is not None else "update"


def _attributes(body: object, form: Form) -> dict[str, Any]:
    data = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(data, Mapping):
        raise InvalidInput('the body is {"data": {…}}', path=("data",))
    given = data.get("type", form.type)
    if given != form.type:
        raise InvalidInput(f"the type is '{form.type}', not '{given}'", path=("data", "type"))
    if form.inside is None and isinstance(data.get("attributes"), Mapping):
        return {str(name): value for name, value in data["attributes"].items()}  # PIM's way of writing a product
    if form.inside is None:
        return {str(name): value for name, value in data.items() if name not in ("type", "id")}
    inside = data.get(form.inside, {})
    if not isinstance(inside, Mapping):
        raise InvalidInput(f"the {form.inside} of a {form.type} is an object", path=("data", form.inside))
    related = {"relationships": data["relationships"]} if "relationships" in data else {}
    return {**related, **{str(name): value for name, value in inside.items()}}

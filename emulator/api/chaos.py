"""`/_emulator/chaos`, `profile` and `profiles`: the rules of misbehaviour, changed while it runs."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import array, boolean, shape, text

_RULE = shape(
    {"id": text("Names the rule"), "enabled": boolean("Whether it is in force")}, required=("id",), closed=False
)
_RULES = shape(
    {
        "profile": text("The profile in force"),
        "profiles": array(text("A name"), "The profiles there are"),
        "rules": array(_RULE, "The rules there are, the profile's first"),
    },
    required=("profile", "profiles", "rules"),
    closed=False,
)


async def list_rules(call: Call) -> Response:
    """The rules there are, where they come from, and whether they are in force."""
    return answer(_shown(call))


async def add_rule(call: Call) -> Response:
    """One more rule, for what is planned from now on."""
    rule = await call.emulator.add_rule(call.body)
    return answer({"data": dict(rule.describe())}, HTTPStatus.CREATED)


async def remove_rule(call: Call) -> Response:
    """Takes a rule away; what it has already planned stays planned."""
    await call.emulator.remove_rule(call.word("rule"))
    return answer(_shown(call))


async def switch_rule(call: Call) -> Response:
    """A rule off or on again; what it has come to is kept, and what it has planned stays planned."""
    await call.emulator.switch_rule(call.word("rule"), on=call.body["enabled"])
    return answer(_shown(call))


async def set_profile(call: Call) -> Response:
    """Another profile; rules that were added by hand stay."""
    await call.emulator.set_profile(call.body["profile"])
    return answer(_shown(call))


def _shown(call: Call) -> dict[str, Any]:
    emulator = call.emulator
    return {
        "profile": emulator.profile,
        "profiles": emulator.profiles(),
        "rules": [dict(rule.describe()) for rule in emulator.rules()],
    }


OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/chaos",
        name="listRules",
        summary="The profile and the rules there are",
        surface=Surface.CONTROL,
        handler=list_rules,
        answers={200: _RULES},
    ),
    Operation(
        method="POST",
        path="/_emulator/chaos",
        name="addRule",
        summary="Adds a rule, written as in a profile",
        surface=Surface.CONTROL,
        handler=add_rule,
        # The rules' own reader checks the rest: it knows every fault's attributes.
        body=shape({"id": text("Names the rule; made up when left out")}, closed=False),
        answers={201: shape({"data": _RULE}, required=("data",), closed=False)},
        refusals=(400, 409, 413, 422, 503),
    ),
    Operation(
        method="PUT",
        path="/_emulator/chaos/{rule:path}",
        name="switchRule",
        summary="Switches a rule off, or on again, without losing it",
        surface=Surface.CONTROL,
        handler=switch_rule,
        body=shape({"enabled": boolean("Whether it is in force")}, required=("enabled",)),
        answers={200: _RULES},
        refusals=(400, 404, 409, 413, 422, 503),
    ),
    Operation(
        method="DELETE",
        path="/_emulator/chaos/{rule:path}",
        name="removeRule",
        summary="Removes a rule",
        surface=Surface.CONTROL,
        handler=remove_rule,
        answers={200: _RULES},
        refusals=(404, 409, 422, 503),
    ),
    Operation(
        method="PUT",
        path="/_emulator/profile",
        name="setProfile",
        summary="Changes the profile; rules that were added stay",
        surface=Surface.CONTROL,
        handler=set_profile,
        body=shape({"profile": text("The profile's name")}, required=("profile",)),
        answers={200: _RULES},
        refusals=(400, 404, 413, 422, 503),
    ),
)

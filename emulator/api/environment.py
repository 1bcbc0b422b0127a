"""`/_emulator/env`: what to paste into a receiver's environment so that it talks to this emulator."""

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import shape, text
from emulator.runtime.emulator import Emulator


def environment_of(emulator: Emulator, address: str) -> dict[str, str]:
    """Names and values, secrets included: that is what they are for. `address` is where the caller finds the server."""
    settings = emulator.settings
    return {
        "EPCC_API_BASE_URL": address,
        "EPCC_CLIENT_ID": settings.client_id,
        "EPCC_CLIENT_SECRET": settings.store_secret,
        "EPCC_ORG_CLIENT_ID": settings.org_client_id,
        "EPCC_ORG_CLIENT_SECRET": settings.organization_secret,
        "EPCC_EMULATOR_URL": address,
        **emulator.queues.environment(),
    }


async def environment(call: Call) -> Response:
    """Only local callers get here."""
    return answer(environment_of(call.emulator, str(call.request.base_url).rstrip("/")))


OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/env",
        name="getEnvironment",
        summary="Environment variables for a receiver",
        surface=Surface.CONTROL,
        handler=environment,
        answers={
            200: shape(
                {"EPCC_API_BASE_URL": text("Where the shop's API is")}, required=("EPCC_API_BASE_URL",), closed=False
            )
        },
    ),
)

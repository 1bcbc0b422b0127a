"""cURL: a delivery's request as a command, to be pasted into a shell."""

from emulator.core.curl import curl
from emulator.domain.errors import IllegalCommand
from tui.desk import Desk
from tui.model.row import Row
from tui.widgets.detail.request_sheet import secret_of, unmasked


async def as_curl(desk: Desk, row: Row, *, secret: bool = False) -> str:
    """The command; `secret` puts the webhook's own in. Raises what the client raises, IllegalCommand, InvalidInput."""
    request = (await desk.client.get(f"deliveries/{row.number}"))["data"]["request"]
    if request is None:
        raise IllegalCommand(f"nothing can be sent to {row.integration}: it is gone, or cannot be sent to as it is")
    known = secret_of(desk, row.integration)
    return curl(unmasked(request, known) if secret and known else request)

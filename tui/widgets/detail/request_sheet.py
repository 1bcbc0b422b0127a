"""The tab Request: what is sent, with the secret masked until somebody asks for it."""

import json
from collections.abc import Mapping
from typing import Any

from emulator.core.masking import mask
from tui.desk import Desk
from tui.widgets.detail.json_part import JsonPart
from tui.widgets.detail.piece import Piece, Pieces, of
from tui.widgets.detail.sheet import Part, Sheet
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.text_part import body, told


def request_sheet(telling: Telling, desk: Desk, *, secret: bool) -> Sheet:
    """Method, address, headers and body as they leave, of the newest attempt."""
    delivery = telling.delivery or {}
    request = delivery.get("request")
    if request is None:
        gone = f"Nothing can be sent to {delivery.get('integration')}: it is gone, or cannot be sent to as it is."
        return Sheet((told(of(gone, "warn")),))
    hidden = secret_of(desk, str(delivery["integration"]))
    if secret and hidden:
        request = unmasked(request, hidden)
    lines: list[Pieces] = [
        (of(f"{request['method']} ", "head"), of(str(request["url"]), "text")),
        *((of(f"{name}: ", "key"), of(str(value))) for name, value in request["headers"].items()),
    ]
    if hidden:
        says = "The secret is shown; u masks it." if secret else "The secret is masked; u shows it."
        lines.append((Piece(says, "warn" if secret else "quiet"),))
    attempt = max(1, int(delivery["attempts"]))
    lines.append((Piece(f"As attempt {attempt} leaves, to the integration as it is now", "quiet"),))
    parts: list[Part] = [told(*lines, ""), body_part(request["body"], desk)]
    return Sheet(parts)


def secret_of(desk: Desk, integration: str) -> str:
    """The webhook's own, which our server does not hide from local callers; empty where there is none."""
    configuration = desk.session.integrations.get(integration, {}).get("configuration", {})
    return str(configuration.get("secret_key") or "")


def unmasked(request: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """The request with the secret where its masked form stands."""
    hidden = mask(secret)

    def shown(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: shown(inner) for name, inner in value.items()}
        return secret if value == hidden else value

    body = request["body"]
    if isinstance(body, Mapping) and isinstance(body.get("configuration"), Mapping):
        body = {**body, "configuration": shown(body["configuration"])}
    elif isinstance(body, str):
        body = body.replace(json.dumps(hidden), json.dumps(secret))
    return {**request, "headers": shown(request["headers"]), "body": body}


def body_part(value: Any, desk: Desk) -> Part:
    """JSON as JSON, and what is none as text."""
    return body(value) if isinstance(value, str) else JsonPart(value, ascii_only=desk.ascii_only)

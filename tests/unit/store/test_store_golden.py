"""Every body for seed 42, byte for byte: on any Python, in any process, whatever the hash seed."""

import hashlib
import json
from pathlib import Path
from typing import Any

from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.store.envelope import webhook_body
from emulator.store.kinds import KINDS

GOLDEN = Path(__file__).parents[2] / "golden" / "every_key_seed_42.json"
RECEIVER = Integration(
    key="shop",
    id="0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11",
    name="Shop",
    integration_type=IntegrationType.WEBHOOK,
    configuration=WebhookConfiguration(url="http://127.0.0.1:8000/hook", secret_key="s3cret"),
    created_at=0,
    updated_at=0,
)


def test_every_key_of_one_shop_is_as_it_was_recorded(world: Any) -> None:
    """Digests of the bodies, by event; where one differs, what it is about says where to look."""
    for key in sorted(KINDS.raised):
        world.trigger(key)
    ids = {"store_id": world.shop.store_id, "org_id": world.shop.org_id}
    bodies = {
        event.identity: hashlib.sha256(webhook_body(event, RECEIVER, job_id="job", attempt=1, **ids)).hexdigest()[:16]
        for event in world.events
    }
    assert bodies == json.loads(GOLDEN.read_text(encoding="utf-8"))

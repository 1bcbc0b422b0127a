"""The provider's JSON object of an integration: what its API answers and what `integration.*` events carry."""

from typing import Any

from emulator.core.masking import mask
from emulator.domain.integration import (
    Configuration,
    Integration,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.domain.moment import to_millis


def integration_document(integration: Integration, base_url: str) -> dict[str, Any]:
    """The integration as the provider shows it, secrets masked, with `links.self` below `base_url`.

    Queue credentials and the STOMP password are masked; a webhook's `secret_key` is not (its receivers read it).
    Timestamps have milliseconds and a `Z`, the precision of the provider's integrations.
    """
    return {
        "id": integration.id,
        "type": "integration",
        "name": integration.name,
        "description": integration.description,
        "integration_type": str(integration.integration_type),
        "enabled": integration.enabled,
        "observes": list(integration.observes),
        "configuration": configuration_document(integration.configuration),
        "links": {"self": f"{base_url.rstrip('/')}/v2/integrations/{integration.id}"},
        "meta": {
            "timestamps": {
                "created_at": to_millis(integration.created_at),
                "updated_at": to_millis(integration.updated_at),
            }
        },
    }


def configuration_document(configuration: Configuration) -> dict[str, Any]:
    """The `configuration` object: what was set, with the secrets of queues masked."""
    if isinstance(configuration, WebhookConfiguration):
        shown: dict[str, Any] = {"url": configuration.url}
        if configuration.secret_key is not None:
            shown["secret_key"] = configuration.secret_key
        return shown | _trust(configuration)
    if isinstance(configuration, SqsConfiguration):
        return {
            "url": configuration.url,
            "aws_access_key_id": mask(configuration.aws_access_key_id),
            "aws_secret_access_key": mask(configuration.aws_secret_access_key),
            "region": configuration.region,
        }
    shown = {"addresses": list(configuration.addresses), "destination": configuration.destination}
    if configuration.username is not None:
        shown["username"] = configuration.username
    if configuration.password is not None:
        shown["password"] = mask(configuration.password)
    return shown | _trust(configuration)


def _trust(configuration: WebhookConfiguration | StompConfiguration) -> dict[str, Any]:
    """How a certificate is checked, where that was said: fields of ours."""
    shown: dict[str, Any] = {"insecure": True} if configuration.insecure else {}
    return shown if configuration.ca_file is None else {**shown, "ca_file": configuration.ca_file}

"""Observers: whether a server would register the integrations of a scenario, without one."""

from collections.abc import Mapping
from typing import Any

from emulator.api.integration_request import Terms, parse_creation
from emulator.api.refusal import Refusal
from emulator.core.scenario import Observer, Scenario
from emulator.domain.errors import InvalidInput
from emulator.domain.integration import IntegrationType
from emulator.runtime.sqs.naming import check_queue_name

_FOUND: Mapping[IntegrationType, Mapping[str, Any]] = {
    IntegrationType.WEBHOOK: {"url": "http://localhost/"},
    IntegrationType.AWS_SQS: {
        "url": "http://localhost/queue",
        "aws_access_key_id": "here",
        "aws_secret_access_key": "here",
        "region": "us-east-1",
    },
    IntegrationType.STOMP: {"addresses": ["stomp://localhost:1"], "destination": "/queue/here"},
}
"""What a scenario may leave out, because it is known where it is played."""


def check_observers(scenario: Scenario) -> None:
    """Raises InvalidInput with the place of the first integration that would be refused."""
    for place, observer in enumerate(scenario.integrations):
        try:
            _check(observer)
        except Refusal as refusal:
            source = refusal.entries[0].source or ""
            raise scenario.refused(refusal, "integrations", place, source.rpartition(".")[2]) from None
        except InvalidInput as error:
            raise scenario.refused(error, "integrations", place, "name") from None


def _check(observer: Observer) -> None:
    kind = observer.integration_type
    if kind is IntegrationType.AWS_SQS and "url" not in observer.configuration:
        check_queue_name(observer.queue)
    asked = {
        "type": "integration",
        "name": observer.name,
        "integration_type": kind.value,
        "observes": list(observer.observes),
        "configuration": {**_FOUND[kind], **observer.configuration},
    }
    parse_creation(asked, Terms(globs=True), enabled=observer.enabled)

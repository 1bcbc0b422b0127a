"""Client: makes the calls to one endpoint by boto3. Everything that comes of them is an outcome.

Importing this module imports boto3, so it is imported where the first message is on its way.
"""

import logging
from collections.abc import Mapping, Sequence
from hashlib import md5
from time import perf_counter
from typing import Any

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.session import Session

from emulator.domain.outcome import Outcome
from emulator.transports.sqs.endpoint import Endpoint, Patience
from emulator.transports.sqs.entry import Entry
from emulator.transports.sqs.failure import Failure, failure_of, is_about_one, refused_entry, unusable
from emulator.transports.target import USER_AGENT

_UNMENTIONED = (
    "{} did not say what became of this message, so it counts as not delivered; is it SQS that answers there?"
)
_ALTERED = "{} acknowledged a message that is not the one that was sent: its MD5 differs"


class Client:
    """Connects with the first call."""

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._sqs: Any = None

    def send(self, batch: Sequence[Entry]) -> list[Outcome]:
        """One call with at most ten entries for one queue; an outcome for each, in their order."""
        began = perf_counter()
        entries = [_written(number, entry) for number, entry in enumerate(batch)]
        try:
            if self._sqs is None:
                self._sqs = _connected(self._endpoint, self._patience)
        except (BotoCoreError, ValueError) as error:
            return [unusable(error, self._endpoint).outcome(perf_counter() - began)] * len(batch)
        try:
            answer = self._sqs.send_message_batch(QueueUrl=batch[0].queue_url, Entries=entries)
        except Exception as error:  # boto3's parsers let through whatever they stumble over in an answer
            if len(batch) > 1 and is_about_one(error):
                return [outcome for entry in batch for outcome in self.send([entry])]
            failure = failure_of(error, self._endpoint, self._patience)
            return [failure.outcome(perf_counter() - began)] * len(batch)
        return self._read(batch, answer, perf_counter() - began)

    def close(self) -> None:
        """Closes the connection; the next call makes a new one."""
        if self._sqs is not None:
            self._sqs.close()

    def _read(self, batch: Sequence[Entry], answer: Mapping[str, Any], seconds: float) -> list[Outcome]:
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        taken = {result.get("Id"): result for result in answer.get("Successful", ())}
        refused = {result.get("Id"): result for result in answer.get("Failed", ())}
        outcomes = []
        for number, entry in enumerate(batch):
            name = str(number)
            if name in taken:
                outcomes.append(self._acknowledged(entry, taken[name], status, seconds))
            elif name in refused:
                outcomes.append(refused_entry(refused[name], self._endpoint, status).outcome(seconds))
            else:
                error = _UNMENTIONED.format(self._endpoint)
                outcomes.append(Failure(error=error, status=status).outcome(seconds))
        return outcomes

    def _acknowledged(self, entry: Entry, result: Mapping[str, Any], status: int, seconds: float) -> Outcome:
        digest = result.get("MD5OfMessageBody")
        if digest is not None and digest != md5(entry.body.encode(), usedforsecurity=False).hexdigest():
            return Failure(error=_ALTERED.format(self._endpoint), status=status).outcome(seconds)
        body = orjson.dumps({"MessageId": result.get("MessageId")}).decode()
        return Outcome(succeeded=True, status=status, body=body, processing_time=seconds)


def _written(number: int, entry: Entry) -> dict[str, str]:
    written = {"Id": str(number), "MessageBody": entry.body}
    if entry.group is not None:
        written["MessageGroupId"] = entry.group
        written["MessageDeduplicationId"] = entry.deduplication
    return written


def _connected(endpoint: Endpoint, patience: Patience) -> Any:
    """Raises ValueError or BotoCoreError for a region or a URL that boto3 does not take."""
    _keep_headers_out_of_logs()
    return boto3.session.Session(botocore_session=_bare_session()).client(
        "sqs",
        region_name=endpoint.region,
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret_access_key,
        config=Config(
            signature_version="v4",
            retries={"total_max_attempts": 1},  # a failed call is a failed attempt, and retries are planned
            connect_timeout=patience.connect,
            read_timeout=patience.answer,
            max_pool_connections=1,
            proxies={},
            user_agent=USER_AGENT,  # boto3 puts its own together anew for each call
            parameter_validation=False,
        ),
    )


def _bare_session() -> Session:
    """One that knows nothing but what it is told: no environment variables, no files in `~/.aws`, no metadata service.

    The keys are the integration's own, and somebody's profile or proxy must not change where they go.
    """
    told = {
        name: (None, None, default, convert) for name, (_, _, default, convert) in Session.SESSION_VARIABLES.items()
    }
    nowhere = (None, None, None, None)
    session = Session(session_vars=told | {"config_file": nowhere, "credentials_file": nowhere})
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    return session


def _keep_headers_out_of_logs() -> None:
    """At DEBUG botocore logs each request's headers, and with them the key's id."""
    logger = logging.getLogger("botocore")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)

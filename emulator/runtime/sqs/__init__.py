"""The embedded SQS server: moto in a process of its own, and any other SQS server in its place."""

from emulator.runtime.sqs.endpoint import SqsEndpoint
from emulator.runtime.sqs.interface import SqsQueues
from emulator.runtime.sqs.server import SqsServer

__all__ = ["SqsEndpoint", "SqsQueues", "SqsServer"]

"""SQS: delivers messages to queues of Amazon SQS, or of a server that speaks its protocol."""

from emulator.transports.sqs.transport import SqsTransport

__all__ = ["SqsTransport"]

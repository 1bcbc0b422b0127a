"""SQS: delivers messages to queues of Amazon SQS, or of what speaks its protocol."""

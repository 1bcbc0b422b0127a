"""STOMP: delivers messages to a broker's queue or topic, over stomp.py."""

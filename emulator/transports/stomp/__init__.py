"""STOMP: messages to a broker's queue or topic, over stomp.py."""

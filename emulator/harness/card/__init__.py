"""Examination of a receiver: the runs that a report card is made from."""

"""Descriptors: how many connections the system lets this process have open, and how many of them sends may take."""

import resource

_MOST = 1024
_LEAST = 16
_ENOUGH = 8192
_OTHERS = 128  # the journal's files, embedded brokers, callers of the API


def raise_limit() -> None:
    """For a process that is a server and nothing else: as many as it may have, and no more than it could use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def sends_at_once() -> int:
    """How many sends may be open: receivers that hang leave enough to the journal and to callers."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if soft == resource.RLIM_INFINITY else max(_LEAST, min(_MOST, soft - _OTHERS))

"""Mailbox: e-mail addresses that are somebody's own."""

from emulator.store.work import Work


def mailbox(work: Work, key: str) -> str:
    """The address of whoever is drawn for this resource; it has a number of its own, for names come twice."""
    name, _, host = work.pool.person(key)["person.email"].partition("@")
    return f"{name}{work.pool.draw(key, 'mailbox', 10_000)}@{host}"


def moved(address: object, turn: int) -> str:
    """The same person at another address, the `turn`-th."""
    name, _, host = str(address or "someone@example.com").partition("@")
    return f"{name.partition('+')[0]}+{turn}@{host}"

"""Registry: the integrations there are, and who observes what."""

from collections.abc import Container, Iterable

from emulator.domain.errors import NotFound
from emulator.domain.event import Event
from emulator.domain.integration import Integration, Scope, SqsConfiguration


class Registry:
    """The live integrations in memory, in the order of their creation. A key is never used twice."""

    def __init__(self, integrations: Iterable[Integration] = (), keys: Iterable[str] = ()) -> None:
        self._by_key = {integration.key: integration for integration in integrations}
        self._keys = set(keys) | set(self._by_key)
        self._observers: dict[tuple[str, frozenset[Scope]], tuple[Integration, ...]] = {}
        self._ordered = {key for key, integration in self._by_key.items() if _is_ordered(integration)}

    def __len__(self) -> int:
        return len(self._by_key)

    def all(self, scope: Scope | None = None) -> list[Integration]:
        return [one for one in self._by_key.values() if scope is None or one.scope is scope]

    def get(self, key: str) -> Integration | None:
        return self._by_key.get(key)

    def find(self, id_or_key: str) -> Integration:
        """Raises NotFound."""
        found = self._by_key.get(id_or_key)
        if found is None:
            found = next((one for one in self._by_key.values() if one.id == id_or_key), None)
        if found is None:
            raise NotFound(f"there is no integration '{id_or_key}'")
        return found

    def put(self, integration: Integration) -> None:
        self._by_key[integration.key] = integration
        self._keys.add(integration.key)
        self._observers.clear()
        if _is_ordered(integration):
            self._ordered.add(integration.key)
        else:
            self._ordered.discard(integration.key)

    def remove(self, key: str) -> None:
        self._by_key.pop(key, None)
        self._observers.clear()
        self._ordered.discard(key)

    def clear(self) -> None:
        """Back to the beginning: the keys are free again."""
        self._by_key.clear()
        self._keys.clear()
        self._observers.clear()
        self._ordered.clear()

    def free_key(self, name: str, *, managed: bool) -> str:
        """The name, or `name#2` and so on for a namesake.

        A store's integrations count those that are gone. Managed ones come and go with every session, and take up the
        key they had, so that the same dice are thrown for them.
        """
        taken = self._by_key if managed else self._keys
        key, number = name, 1
        while key in taken:
            number += 1
            key = f"{name}#{number}"
        return key

    def observers(self, event: Event) -> tuple[Integration, ...]:
        """The enabled ones that hear of this event."""
        kind = (event.key, event.scopes)
        found = self._observers.get(kind)
        if found is None:
            found = tuple(one for one in self._by_key.values() if one.enabled and self.concerns(event, one))
            self._observers[kind] = found
        return found

    @property
    def ordered(self) -> Container[str]:
        """The keys of those whose queue keeps what is about one resource in order, now and later."""
        return self._ordered

    @staticmethod
    def concerns(event: Event, integration: Integration) -> bool:
        """Whether it would hear of this event if it were enabled."""
        return integration.scope in event.scopes and integration.wants(event.key)


def _is_ordered(integration: Integration) -> bool:
    return isinstance(integration.configuration, SqsConfiguration) and integration.configuration.fifo

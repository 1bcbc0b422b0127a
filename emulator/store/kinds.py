"""Kinds: every resource type of the shop."""

from collections.abc import Iterator

from emulator.core.fixture import Form
from emulator.store import addresses, carts, customers, inventory, orders, products, transaction_commands
from emulator.store.group import Group


class Kinds:
    """The groups of the shop, by type. Implements `Groups`."""

    def __init__(self, *groups: Group) -> None:
        self._groups = {group.type: group for group in groups}
        self._forms = {type: form for group in groups for type, form in group.forms.items()}
        own = {key: group for group in groups for key in group.lifecycle.raised if key.startswith(f"{group.type}.")}
        self._raising = {key: group for group in reversed(groups) for key in group.lifecycle.raised} | own

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    @property
    def types(self) -> frozenset[str]:
        """Every type that has commands of its own."""
        return frozenset(self._groups)

    @property
    def raised(self) -> frozenset[str]:
        """Every key that some command of the shop raises."""
        return frozenset(self._raising)

    @property
    def forms(self) -> dict[str, Form]:
        """The forms of the fixtures, by the fixture's name."""
        return {form.name: form for form in self._forms.values()}

    def get(self, type: str) -> Group | None:
        return self._groups.get(type)

    def raising(self, key: str) -> Group | None:
        """The group whose commands raise this key; its own type's, where several do."""
        return self._raising.get(key)

    def form_of(self, type: str) -> Form:
        return self._forms[type]


KINDS = Kinds(
    customers.GROUP,
    addresses.GROUP,
    products.GROUP,
    carts.GROUP,
    orders.GROUP,
    transaction_commands.GROUP,
    inventory.GROUP,
    inventory.TRANSACTIONS,
)

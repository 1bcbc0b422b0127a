"""Kinds: every resource type of the shop."""

from collections.abc import Iterator

from emulator.core.fixture import Form
from emulator.store import (
    account_members,
    account_memberships,
    accounts,
    addresses,
    carts,
    catalog_releases,
    catalog_rules,
    catalogs,
    currencies,
    custom_apis,
    custom_entries,
    customers,
    files,
    inventory,
    merchandising,
    one_time_passwords,
    orders,
    payment_gateways,
    products,
    store_settings,
    subscription_invoices,
    subscription_jobs,
    subscription_offerings,
    subscription_plans,
    subscription_products,
    subscription_schedules,
    subscription_subscribers,
    subscriptions,
    transaction_commands,
    user_authentication_infos,
)
from emulator.store.group import Group


class Kinds:
    """The groups of the shop, by type, and one for each type of a Custom API. Implements `Groups`."""

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
        found = self._groups.get(type)
        return custom_entries.group_of(type) if found is None and custom_entries.is_custom(type) else found

    def raising(self, key: str) -> Group | None:
        """The group whose commands raise this key; its own type's, where several do."""
        type = key.rpartition(".")[0]
        if key not in self._raising and custom_entries.is_custom(type):
            group = custom_entries.group_of(type)
            return group if key in group.lifecycle.raised else None
        return self._raising.get(key)

    def form_of(self, type: str) -> Form:
        return self._forms[type] if type in self._forms else custom_entries.group_of(type).forms[type]


KINDS = Kinds(
    customers.GROUP,
    addresses.GROUP,
    accounts.GROUP,
    account_members.GROUP,
    account_memberships.GROUP,
    user_authentication_infos.GROUP,
    one_time_passwords.GROUP,
    products.GROUP,
    merchandising.BRANDS,
    merchandising.CATEGORIES,
    merchandising.COLLECTIONS,
    catalogs.GROUP,
    catalog_releases.GROUP,
    catalog_rules.GROUP,
    currencies.GROUP,
    files.GROUP,
    store_settings.GROUP,
    payment_gateways.GROUP,
    carts.GROUP,
    orders.GROUP,
    transaction_commands.GROUP,
    inventory.GROUP,
    inventory.TRANSACTIONS,
    subscription_products.GROUP,
    subscription_plans.GROUP,
    subscription_offerings.GROUP,
    subscription_subscribers.GROUP,
    subscriptions.GROUP,
    subscription_invoices.GROUP,
    subscription_jobs.GROUP,
    subscription_schedules.GROUP,
    custom_apis.GROUP,
    custom_entries.group_of(custom_entries.PLACEHOLDER),
)

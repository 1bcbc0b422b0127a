"""The shop's customers and their addresses."""

from emulator.api.collection import Collection, operations_of

COLLECTIONS = (
    Collection(type="customer", path="/v2/customers", made=True, changed=True, deleted=True),
    Collection(
        type="address",
        path="/v2/customers/{customer_id}/addresses",
        parent="customer",
        made=True,
        changed=True,
        deleted=True,
    ),
)

OPERATIONS = tuple(operation for collection in COLLECTIONS for operation in operations_of(collection))

"""The shop's resources: every path at which receivers read and write them."""

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
    Collection(type="product", path="/v2/products", catalogue=True, made=True, changed=True, deleted=True),
    Collection(type="product", path="/pcm/products", pim=True),
)

OPERATIONS = tuple(operation for collection in COLLECTIONS for operation in operations_of(collection))

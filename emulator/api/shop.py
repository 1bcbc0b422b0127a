"""The shop's resources: every path at which receivers read and write them."""

from emulator.api.collection import Collection, operations_of

COLLECTIONS = (
    Collection(type="order", path="/v2/orders", changed=True),
    Collection(type="transaction", path="/v2/orders/{order_id}/transactions", parent="order"),
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
    Collection(type="cart", path="/v2/carts", listed=False, made=True, changed=True, deleted=True),
)

OPERATIONS = tuple(operation for collection in COLLECTIONS for operation in operations_of(collection))

"""Files: pictures and documents of the store. What is in them is not kept, only what is known of them."""

from emulator.store.check import filled, flag
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.lifecycle import row
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "file"
_KINDS = (("jpg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp"))


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    ending, mime = _KINDS[work.pool.draw(name.key, "kind", len(_KINDS))]
    slug = work.pool.product(name.key)["product.slug"]
    width = (work.pool.draw(name.key, "width", 20) + 4) * 100
    values = {
        "file_name": f"{slug}.{ending}",
        "mime_type": mime,
        "file_size": (work.pool.draw(name.key, "size", 900) + 20) * 1_024,
        "width": width,
        "height": width * 3 // 4,
    }
    return Draft(values=values)


GROUP = Plain(
    type=TYPE,
    form=form(TYPE, places=frozenset({"file_name", "mime_type", "file_size", "width", "height"})),
    fields={"file_name": filled, "public": flag},
    ignored=frozenset({"file", "file_location", "mime_type", "file_size", "link"}),
    made=_made,
    rows=(
        row(None, "create", "present", f"{TYPE}.created"),
        row("present", "delete", "present", f"{TYPE}.deleted"),
    ),
    house=3,
    days=(340, 700),
).group()

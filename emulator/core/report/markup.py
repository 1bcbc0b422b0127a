"""Markup: HTML in which every text is escaped because it is a text; only what was built here counts as markup."""

import re
from html import escape

# What no page may hold, and halves of characters, which no file can.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_VOID = frozenset({"input", "meta", "col", "br", "line", "circle", "path", "rect"})


class Markup(str):
    """HTML already."""

    __slots__ = ()


Child = str | int | None
Attribute = str | int | float | bool | None


def markup(value: Child) -> Markup:
    """As HTML: markup as it is, everything else as a text."""
    if isinstance(value, Markup):
        return value
    return Markup("" if value is None else escape(_UNFIT.sub("\ufffd", str(value)), quote=True))


def joined(*children: Child) -> Markup:
    """One after the other."""
    return Markup("".join(map(markup, children)))


def tag(name: str, *children: Child, **attributes: Attribute) -> Markup:
    """An element. `class_` is `class`, `data_sort` is `data-sort`; what is None or False is left out."""
    head = [name]
    for word, value in attributes.items():
        if value is not None and value is not False:
            shown = word.rstrip("_").replace("_", "-")
            head.append(shown if value is True else f'{shown}="{markup(str(value))}"')
    opening = f"<{' '.join(head)}>"
    if name in _VOID and not children:
        return Markup(opening if name in ("input", "meta", "col", "br") else f"{opening[:-1]}/>")
    return Markup(f"{opening}{joined(*children)}</{name}>")

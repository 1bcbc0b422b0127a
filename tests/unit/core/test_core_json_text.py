"""JSON text: what is changed in it, and that nothing else is."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.json_text import elements, members, on_one_line, rewritten, with_members

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
INDENTS = st.sampled_from([None, 0, 2])


@given(tree=TREES, indent=INDENTS, ascii_only=st.booleans())
def test_what_is_left_alone_is_the_very_same_text(tree: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    assert rewritten(text, lambda _, value: value) is text


@given(tree=TREES, indent=INDENTS)
def test_one_line_is_the_same_value_without_a_break(tree: Any, indent: int | None) -> None:
    line = on_one_line(json.dumps(tree, indent=indent))
    assert "\n" not in line
    assert json.loads(line) == tree


@given(tree=st.dictionaries(st.text(), TREES, max_size=6), indent=INDENTS)
def test_the_members_of_an_object_are_its_values_as_written(tree: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(tree, indent=indent)
    assert {key: json.loads(value) for key, value in members(text)} == tree
    assert with_members(text, {}) == text


@given(items=st.lists(TREES, max_size=6), indent=INDENTS)
def test_the_elements_of_a_list_are_its_values_as_written(items: list[Any], indent: int | None) -> None:
    assert [json.loads(element) for element in elements(json.dumps(items, indent=indent))] == items


@given(tree=TREES, indent=INDENTS)
def test_every_text_and_number_is_offered_with_the_keys_that_lead_to_it(tree: Any, indent: int | None) -> None:
    offered: list[tuple[tuple[str, ...], Any]] = []

    def note(keys: Sequence[str], value: Any) -> Any:
        offered.append((tuple(keys), value))
        return f"<{value}>" if isinstance(value, str) else value

    changed = rewritten(json.dumps(tree, indent=indent), note)
    assert offered == list(leaves(tree, ()))
    assert json.loads(changed) == bracketed(tree)


def leaves(node: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*keys, key))
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, keys)
    elif node is not None and not isinstance(node, bool):
        yield keys, node


def bracketed(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: bracketed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [bracketed(value) for value in node]
    return f"<{node}>" if isinstance(node, str) else node


def test_a_member_is_replaced_and_the_others_keep_their_spelling() -> None:
    text = '{"id": "a", "n": 1.50, "s": "\\u0026", "configuration": {"url": "x"}}'
    assert with_members(text, {"id": '"b"', "attempt": "2"}) == (
        '{"id": "b", "n": 1.50, "s": "\\u0026", "configuration": {"url": "x"}}'
    )

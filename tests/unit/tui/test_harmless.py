"""No text of others talks to the terminal: what acts is shown, what only shows stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.model.cut import cut
from tui.model.harmless import harmless

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FOUR_MARKS = "a\u0300\u0301\u0302\u0303"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", "\\u001b]0;owned\\u0007"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x9b31m", "\\u009b31m"),  # the same in one character of C1
        ("\x7f\x00", "\\u007f\\u0000"),
        ("one\ntwo\r\tthree\b\f", "one\\ntwo\\r\\tthree\\b\\f"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066inside\u2069", "\\u2066inside\\u2069"),
        ("\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"),
        ("\ud800 alone", "\\ud800 alone"),
        ("\U000e0041", "\\udb40\\udc41"),  # a tag: a letter nobody sees
        ("a\u200bb\ufeffc\u00add", "a\\u200bb\\ufeffc\\u00add"),
        ("line\u2028break\u2029", "line\\u2028break\\u2029"),
        ("\u3164", "\\u3164"),
        ("\ue000", "\\ue000"),
        ("\u0301a", "\\u0301a"),  # would stand on what is left of it
        (FOUR_MARKS + "\u0304\u0305", FOUR_MARKS + "\\u0304\\u0305"),
        ("\u200d", "\\u200d"),
        ("a \u200d", "a \\u200d"),
    ],
)
def test_what_acts_is_written_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "order.paid #1 ~ C:\\temp",
        "Zoë Müller-Łukasz",
        "e\u0301",
        FOUR_MARKS,
        "שלום עולם",
        "مرحبا",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, whose letters are kept apart
        "\u0915\u094d\u200d\u0937",  # Devanagari, joined
        "東京\u3000都",
        "😀👍🏽❤\ufe0f",
        FAMILY,
        "1\ufe0f\u20e3",
        "10\u00a0€",
    ],
)
def test_what_only_shows_stays(text: str) -> None:
    assert harmless(text) == text


anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)


@given(anything)
def test_nothing_that_acts_is_left(text: str) -> None:
    shown = harmless(text)
    left = {c for c in shown if unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp")}
    assert left <= {"\u200c", "\u200d"}
    assert shown.encode().decode() == shown  # no surrogates
    assert harmless(shown) == shown


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_never_touched(text: str) -> None:
    assert harmless(text) == text


@given(anything, st.integers(0, 30))
def test_what_is_cut_fits_and_begins_as_the_text_does(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    if shown != harmless(text):
        assert shown == "" or shown.endswith("…")
        assert harmless(text).startswith(shown[:-1])


def test_a_text_is_cut_between_cells_not_characters() -> None:
    assert cut("東京都庁", 8) == "東京都庁"
    assert cut("東京都庁", 7) == "東京都…"
    assert cut("東京都庁", 6) == "東京…"
    assert cut("abc\x1b", 6) == "abc\\u…"
    assert cut("x" * 10_000_000, 3) == "xx…"

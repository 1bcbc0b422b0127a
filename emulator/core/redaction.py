"""Redaction: messages in which people are others than they were, the same person always the same other one.

Replacements follow from a key and what they replace, so that two captures go together. They are pseudonyms: whoever has
the key and guesses a name can tell which one it became. They are recognised and left alone when they come again.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from emulator.core.credentials import holds_json
from emulator.core.json_text import rewritten

_DOMAIN = "redacted.example"
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(r"\w+")
_OURS = re.compile(r"([A-Z][a-z]{5})(\d\d)")
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
_SHORTEST = 2
"""Shorter words of a name are replaced in the name, but not wherever else they stand."""

_PEOPLE = frozenset(
    {
        *("customer", "contact", "account", "account_member", "shipping_address", "billing_address", "address"),
        *("user_authentication_info", "subscriber", "recipient", "buyer", "owner"),
    }
)
_PERSON_TYPES = frozenset(
    {
        *("customer", "address", "account", "account_member", "account-member", "user_authentication_info"),
        *("subscription_subscriber", "account_address"),
    }
)
_TELLING = frozenset({"email", "first_name", "last_name", "given_name", "family_name"})
_STRUCTURE = frozenset(
    {
        *("type", "id", "status", "payment", "shipping", "currency", "country", "region", "triggered_by", "source"),
        *("specversion", "datacontenttype", "gateway", "method", "state", "purpose"),
    }
)
_STRUCTURAL = ("_id", "_at", "_type", "-type", "_ids", "time")


class Redaction:
    """First `learn` all messages, for whoever is named in one may be mentioned in another; then `apply` to each."""

    def __init__(self, key: str = "") -> None:
        self._key = key.encode()[-64:]
        self._words: dict[str, str] = {}
        self._wholes: dict[str, str] = {}

    def learn(self, body: str) -> None:
        """Whoever this JSON text names as a person."""
        for kind, value in _told(orjson.loads(body), ""):
            if value and self._wholes.get(value) is None:
                self._wholes[value] = _MADE[kind](self, value)
            if kind == "name":
                for word in _TOKEN.findall(value):
                    if len(word) >= _SHORTEST:
                        self._words[word.casefold()] = self.word(word)

    def apply(self, body: str) -> str:
        """The JSON text with every person replaced. Done twice it is the same as once."""
        return rewritten(body, self._replaced)

    def word(self, word: str) -> str:
        """Six letters and two digits that stand for a word; a word that is such a one stands for itself."""
        found = _OURS.fullmatch(word)
        if found is not None and found.group(2) == _check(found.group(1)):
            return word
        digest = self._digest("word", word.casefold())
        letters = "".join(
            _CONSONANTS[digest[place] % len(_CONSONANTS)] + _VOWELS[digest[place + 1] % len(_VOWELS)]
            for place in (0, 2, 4)
        ).capitalize()
        return letters + _check(letters)

    def name(self, name: str) -> str:
        """Each word of it replaced, so that first and last names fit the whole."""
        return _TOKEN.sub(lambda found: self.word(found.group()), name)

    def email(self, address: str) -> str:
        """An address that leads nowhere, of one's own for every original."""
        if address.endswith(f"@{_DOMAIN}"):
            return address
        digest = self._digest("email", address.casefold())
        return f"{self.word(address).lower()}.{digest[:4].hex()}@{_DOMAIN}"

    def phone(self, number: str) -> str:
        """A number that nobody has: there is no area 555."""
        if re.fullmatch(r"\+1555\d{7}", number):
            return number
        return f"+1555{int.from_bytes(self._digest('phone', re.sub(r'[^0-9]', '', number))[:4], 'big') % 10**7:07d}"

    def place(self, name: str) -> str:
        """A made-up word for the whole of it."""
        return self.word(name)

    def line(self, line: str) -> str:
        """A street that is nowhere."""
        found = re.fullmatch(r"\d+ (\w+) Street", line)
        if found is not None and self.word(found.group(1)) == found.group(1):
            return line
        return f"{self._digest('line', line.casefold())[0] + 1} {self.word(line)} Street"

    def _replaced(self, keys: Sequence[str], value: str | int | float) -> str | int | float:
        key = keys[-1].casefold() if keys else ""
        kind = _KINDS.get(key)
        if kind is not None and value != "":
            return self._kept(value, _MADE[kind](self, str(value)))
        if not isinstance(value, str) or not value:
            return value
        if holds_json(value):
            return self.apply(value)
        if key in _STRUCTURE or key.endswith(_STRUCTURAL):
            return self._kept(value, self._without_emails(value))
        whole = self._wholes.get(value)
        return self._kept(value, self._without_names(self._without_emails(value)) if whole is None else whole)

    @staticmethod
    def _kept(value: str | int | float, other: str) -> str | int | float:
        return value if other == value else other

    def _without_emails(self, value: str) -> str:
        return _EMAIL.sub(lambda found: self.email(found.group()), value) if "@" in value else value

    def _without_names(self, value: str) -> str:
        if not self._words:
            return value
        return _TOKEN.sub(lambda found: self._words.get(found.group().casefold(), found.group()), value)

    def _digest(self, kind: str, value: str) -> bytes:
        return blake2b(f"{kind}\x1f{value}".encode(errors="replace"), digest_size=8, key=self._key).digest()


_MADE: Mapping[str, Callable[[Redaction, str], str]] = {
    "name": Redaction.name,
    "email": Redaction.email,
    "phone": Redaction.phone,
    "place": Redaction.place,
    "line": Redaction.line,
    "postcode": lambda _, _code: "00000",
    "text": lambda _, _text: "redacted",
}
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("first_name", "last_name", "full_name", "given_name", "family_name", "middle_name"), "name"),
    **dict.fromkeys(("username", "contact_name", "recipient_name"), "name"),
    **dict.fromkeys(("email", "email_address", "customer_email", "contact_email"), "email"),
    **dict.fromkeys(("phone", "phone_number", "mobile", "mobile_number", "telephone", "fax"), "phone"),
    **dict.fromkeys(("line_1", "line_2", "line_3", "line1", "line2", "street", "address_line_1"), "line"),
    **dict.fromkeys(("address1", "address2", "address_line_2", "street_address"), "line"),
    **dict.fromkeys(("city", "county", "town", "suburb", "company_name", "company", "legal_name"), "place"),
    **dict.fromkeys(("postcode", "postal_code", "zip", "zip_code", "zipcode"), "postcode"),
    **dict.fromkeys(("instructions", "delivery_instructions", "gift_message"), "text"),
}


def _told(node: Any, key: str) -> Iterator[tuple[str, str]]:
    """Every personal value below, and of which kind it is."""
    if isinstance(node, list):
        for item in node:
            yield from _told(item, key)
    elif isinstance(node, dict):
        person = key in _PEOPLE or node.get("type") in _PERSON_TYPES or not _TELLING.isdisjoint(node)
        for name, value in node.items():
            if isinstance(value, str):
                kind = "name" if name == "name" and person else _KINDS.get(name.casefold())
                if kind in ("name", "line", "phone"):
                    yield kind, value
                elif holds_json(value):
                    yield from _told(orjson.loads(value), name)
            else:
                yield from _told(value, name)


def _check(letters: str) -> str:
    """Two digits that tell a word of ours from anybody's name."""
    return f"{blake2b(letters.encode(), digest_size=1, person=b'epcc-redaction').digest()[0] % 100:02d}"

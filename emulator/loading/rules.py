"""Rules from YAML text: a file of chaos rules, with errors that name file, line and key."""

from dataclasses import dataclass

from emulator.core.fields import Fields
from emulator.core.rule import Rule
from emulator.domain.errors import InvalidInput
from emulator.loading.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """`description` says what the rules are for; their ids are unique within the file."""

    description: str
    rules: tuple[Rule, ...]


def parse_rules(text: str, name: str) -> RuleFile:
    """Raises InvalidInput with the place in the file."""
    document = Document.parse(text, name)
    try:
        fields = Fields(document.value)
        description = fields.text("description", "")
        listed = fields.take("chaos", [])
        fields.done()
        if listed is None:
            listed = []
        if not isinstance(listed, list):
            raise InvalidInput("expected a list of rules", path=("chaos",))
        rules: list[Rule] = []
        for place, value in enumerate(listed):
            rule = Rule.parse(value, "chaos", place)
            if any(rule.id == other.id for other in rules):
                raise InvalidInput(
                    f"there are two rules with the id '{rule.id}'; give one another id", path=("chaos", place)
                )
            rules.append(rule)
    except InvalidInput as error:
        raise document.located(error) from None
    return RuleFile(description=description, rules=tuple(rules))

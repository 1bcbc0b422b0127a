"""Profiles: the rule files that ship with the emulator, and a user's own."""

from importlib import resources
from pathlib import Path

from emulator.domain.errors import UnknownWord, UserError
from emulator.loading.rules import RuleFile, parse_rules

_PACKAGE = "emulator.profiles"


def profile_names() -> list[str]:
    """The shipped ones, `off` first."""
    names = [entry.name[:-5] for entry in resources.files(_PACKAGE).iterdir() if entry.name.endswith(".yaml")]
    return sorted(names, key=lambda name: (name != "off", name))


def load_profile(name: str) -> RuleFile:
    """A shipped profile by name, or a file by its path. Raises UnknownWord, UserError and InvalidInput."""
    if name.endswith((".yaml", ".yml")):
        try:
            return parse_rules(Path(name).read_text(encoding="utf-8"), name)
        except OSError as error:
            raise UserError(f"the profile {name} cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise UserError(f"the profile {name} cannot be read: it is not UTF-8 text") from None
    if name not in profile_names():
        raise UnknownWord("profile", name, profile_names())
    text = resources.files(_PACKAGE).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return parse_rules(text, f"{name}.yaml")

"""The filter language: `status:failed & !integration:erp`, as in mitmproxy and k9s."""

from tui.model.filter.completion import Completions, Vocabulary, completions
from tui.model.filter.filter import Context, Filter, parse
from tui.model.filter.reference import HELP
from tui.model.filter.wrong import WrongFilter

__all__ = ["HELP", "Completions", "Context", "Filter", "Vocabulary", "WrongFilter", "completions", "parse"]

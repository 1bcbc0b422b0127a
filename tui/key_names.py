"""Key names: everything in the dashboard that has keys, in the order in which a file of keys lists them."""

from tui.app import Dashboard
from tui.keys import keys_of
from tui.screens.chaos import Chaos
from tui.screens.choice import Choice
from tui.screens.deliveries import Deliveries
from tui.screens.forms.confirm import Confirm
from tui.screens.forms.integration_form import IntegrationForm
from tui.screens.forms.line_form import LineForm
from tui.screens.forms.messages import Messages
from tui.screens.help import Help
from tui.screens.integrations import Integrations
from tui.screens.overview import Overview
from tui.screens.page import Page
from tui.screens.progress import Progress
from tui.screens.question import Question
from tui.screens.reading import Reading
from tui.screens.timeline import TimelinePage
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.detail.find_bar import FindBar
from tui.widgets.detail.pane import DetailPane
from tui.widgets.detail.sheet_view import SheetView
from tui.widgets.filter_bar import FilterBar
from tui.widgets.held_list import HeldList
from tui.widgets.integration_list import IntegrationList
from tui.widgets.listing import Listing
from tui.widgets.queue_list import QueueList
from tui.widgets.rule_list import RuleList
from tui.widgets.tick import Tick

_DELIVERIES = (Deliveries, DeliveryTable, FilterBar, DetailPane, SheetView, FindBar)
_INTEGRATIONS = (Integrations, IntegrationList, QueueList)
_CHAOS = (Chaos, RuleList, HeldList)
_IN_FRONT = (IntegrationForm, Tick, LineForm, Messages, Choice, Question, Reading, Progress, Confirm, Help)

KEYS = tuple(
    keys_of((Dashboard, Page, *_DELIVERIES, TimelinePage, Overview, *_INTEGRATIONS, *_CHAOS, Listing, *_IN_FRONT))
)
"""Everything that a key does, by its name in a file of keys."""

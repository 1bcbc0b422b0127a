"""Sheets: each tab's sheet, out of what the server said."""

from tui.desk import Desk
from tui.widgets.detail.attempts_sheet import attempts_sheet
from tui.widgets.detail.diff_sheet import diff_sheet
from tui.widgets.detail.fault_sheet import fault_sheet
from tui.widgets.detail.json_part import JsonPart
from tui.widgets.detail.piece import Piece
from tui.widgets.detail.request_sheet import request_sheet
from tui.widgets.detail.response_sheet import response_sheet
from tui.widgets.detail.sheet import Sheet
from tui.widgets.detail.tab import Tab
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.text_part import told
from tui.widgets.detail.why_sheet import why_sheet

GONE = "The event is no longer in the history."


def sheet_of(tab: Tab, telling: Telling, desk: Desk, *, secret: bool) -> tuple[Sheet, int]:
    """The sheet, and the line to begin at. `secret` shows the webhook's."""
    match tab:
        case Tab.PAYLOAD:
            if telling.payload is None:
                return Sheet((told(Piece(GONE, "warn")),)), 0
            return Sheet((JsonPart(telling.payload, ascii_only=desk.ascii_only),)), 0
        case Tab.REQUEST:
            return request_sheet(telling, desk, secret=secret), 0
        case Tab.RESPONSE:
            return response_sheet(telling, desk)
        case Tab.ATTEMPTS:
            return attempts_sheet(telling, desk), 0
        case Tab.FAULT:
            return fault_sheet(telling, desk), 0
        case Tab.DIFF:
            return diff_sheet(telling), 0
        case Tab.WHY:
            return why_sheet(telling, desk), 0

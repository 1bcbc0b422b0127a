"""The words of `status:`: the states of a delivery, and what people call several of them together."""

from collections.abc import Callable, Mapping

from emulator.domain.delivery import DeliveryState
from tui.model.row import Row

Test = Callable[[Row, object], bool]


def _state(state: DeliveryState) -> Test:
    return lambda row, _: row.state is state


def _failed(row: Row, _: object) -> bool:
    """All attempts failed, or the newest request did and nothing has succeeded since."""
    return row.state is DeliveryState.EXHAUSTED or (row.succeeded is False and row.state is not DeliveryState.SUCCEEDED)


def _unanswered(row: Row, _: object) -> bool:
    return row.succeeded is False and row.status is None


WORDS: Mapping[str, Test] = {
    "failed": _failed,
    "ok": _state(DeliveryState.SUCCEEDED),
    "pending": lambda row, _: not row.state.final,
    "settled": lambda row, _: row.state.final,
    "retrying": _state(DeliveryState.WAITING),
    "lost": lambda row, _: any(arrival.lost for arrival in row.arrivals),
    "unanswered": _unanswered,
    **{state.value: _state(state) for state in DeliveryState},
}
"""Each word, and of which rows it is true; a predicate's context is not asked."""

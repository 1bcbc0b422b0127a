"""Account: deliveries and what became of them, in lines for people."""

from collections.abc import Iterable, Sequence

from emulator.core.evidence import Delivered, Made
from emulator.domain.moment import format_duration

_MOST_DELIVERIES = 10
_MOST_ATTEMPTS = 6


def account(deliveries: Iterable[Delivered], wanted: Sequence[int], *, began: int) -> list[str]:
    """A line for each delivery of these numbers, with its sends; times count from `began` (microseconds)."""
    known = {one.number: one for one in deliveries}
    there = [known[number] for number in wanted if number in known]
    lines = [_line(one, began) for one in there[:_MOST_DELIVERIES]]
    if len(there) > _MOST_DELIVERIES:
        lines.append(f"and {len(there) - _MOST_DELIVERIES} more")
    return lines


def _line(one: Delivered, began: int) -> str:
    shown = [_attempt(made, began) for made in one.made[:_MOST_ATTEMPTS]]
    if len(one.made) > _MOST_ATTEMPTS:
        shown.append(f"and {len(one.made) - _MOST_ATTEMPTS} more")
    return f"delivery {one.number}  {one.event} to {one.integration}  {one.state}: {'; '.join(shown) or 'never sent'}"


def _attempt(made: Made, began: int) -> str:
    copy = f" copy {made.copy}" if made.copy else ""
    answer = str(made.status) if made.status is not None else made.error or "no answer"
    return f"attempt {made.attempt}{copy} at {format_duration(made.started_at - began)}, {answer}"

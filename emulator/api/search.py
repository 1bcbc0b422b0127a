"""`/_emulator/search`: deliveries by what stands in their messages and in what their receivers answered."""

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.operation import Call, Operation, Surface
from emulator.api.parameters import whole_number
from emulator.api.refusal import Refusal, invalid
from emulator.api.schema import array, integer, shape, text

MOST = 1_000
_USUAL = 100
_LONGEST = 1_000


async def search(call: Call) -> Response:
    """Numbers of deliveries, newest first; what a call has no time for is asked for with `next`."""
    wanted = call.query("text")
    if wanted is None or len(wanted) > _LONGEST:
        raise Refusal(invalid("text", f"text must be what to look for, of at most {_LONGEST} characters"))
    before = whole_number(call, "before", least=1)
    after = whole_number(call, "after") or 0
    limit = whole_number(call, "limit", least=1, most=MOST) or _USUAL
    journal = await call.history()
    found = await journal.search(wanted, before=before, after=after, limit=limit)
    return answer({"data": list(found.numbers), "next": found.next})


OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/search",
        name="search",
        summary="Deliveries whose message, or whose receiver's answer, holds a text",
        surface=Surface.CONTROL,
        handler=search,
        query={
            "text": text("What to look for, in any case", maxLength=_LONGEST),
            "before": integer("Only deliveries with a lower number: the last answer's next", minimum=1, maximum=10**17),
            "after": integer("Only deliveries with a higher number", minimum=0, maximum=10**17),
            "limit": integer("At most so many", minimum=1, maximum=MOST, default=_USUAL),
        },
        answers={
            200: shape(
                {
                    "data": array(integer("A delivery's number"), "Those found, newest first"),
                    "next": {
                        "type": ["integer", "null"],
                        "description": "Ask with before= this for what was not looked at; null where all was",
                    },
                },
                required=("data", "next"),
                closed=False,
            )
        },
        refusals=(422,),
    ),
)

"""Sandboxes: time that can be moved ahead."""

from typing import Annotated, Any, Final

from dishka import FromDishka
from litestar import Response, Router, post
from litestar.params import JSONBody
from msgspec import Meta

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import plain
from adapters.http.fields import Answer, Instant, Request
from adapters.http.injection import inject
from adapters.http.once import answered
from application.identity.advance_clock import AdvanceClock, Advanced
from application.shared.answering import Answering

YEAR: Final = 31_536_000
"""Seconds: as far as one request goes."""


class AdvanceClockBody(Request):
    seconds: Annotated[int, Meta(ge=1, le=YEAR)]


class RanBody(Answer):
    """What one job did."""

    job: str
    count: int


class AdvancedBody(Answer):
    """What time it is for the organization from now on, and what fell due by it."""

    now: Instant
    ran: list[RanBody]


def _advanced(result: Advanced) -> Response[AdvancedBody]:
    ran = [RanBody(job=job, count=count) for job, count in result.ran.items()]
    return plain(AdvancedBody(now=result.now, ran=ran))


@post("/clock/advance", operation_id="advanceClock", status_code=200, problems=("invalid-state-transition",))
@inject
async def advance_clock(
    request: AdmittedRequest,
    data: JSONBody[AdvanceClockBody],
    advance: FromDishka[Answering[AdvanceClock, Advanced]],
) -> Response[AdvancedBody]:
    """Advance the clock of a sandbox: what falls due by it is done at once, as far as that is possible within a few
    seconds. Tokens, keys and limits stay in real time.
    """
    command = AdvanceClock(caller=request.caller, seconds=data.seconds)
    return await answered(request, advance, command, _advanced)


SANDBOX: Final[Any] = Router("/v1/sandbox", route_handlers=[advance_clock], tags=["Operations"])

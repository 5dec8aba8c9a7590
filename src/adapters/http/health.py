"""Is it alive, and can it serve?"""

from typing import Final, Literal

from dishka import FromDishka
from litestar import Response, Router, get

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import plain
from adapters.http.fields import Answer
from adapters.http.injection import inject
from adapters.http.ports import Readiness
from adapters.http.problems import Rejected


class HealthBody(Answer):
    status: Literal["ok"] = "ok"


@get("/live", operation_id="getLiveness")
async def get_liveness() -> Response[HealthBody]:
    """Say that the process answers."""
    return plain(HealthBody())


@get("/ready", operation_id="getReadiness", problems=("service-unavailable",))
@inject
async def get_readiness(request: AdmittedRequest, readiness: FromDishka[Readiness]) -> Response[HealthBody]:
    """Say that the service can do its work; 503 where its database cannot be reached."""
    if request.app.state.leaving:
        raise Rejected("service-unavailable", "This process is about to end: others serve.")
    await readiness.check()
    return plain(HealthBody())


HEALTH: Final = Router("/health", route_handlers=[get_liveness, get_readiness], tags=["Operations"])

"""What is counted, for whoever runs the service: figures of the house, and of nobody in it."""

from typing import Any, Final

from dishka import FromDishka
from litestar import Response, Router, get

from adapters.http.admission import AdmittedRequest
from adapters.http.client_address import within
from adapters.http.injection import inject
from adapters.http.options import HttpOptions
from adapters.http.ports import Metrics
from adapters.http.problems import Rejected


@get(
    "/metrics",
    operation_id="getMetrics",
    problems=("insufficient-permissions",),
    also={"text/plain": "Prometheus' text format, version 0.0.4."},
)
@inject
async def get_metrics(request: AdmittedRequest, metrics: FromDishka[Metrics]) -> Response[Any]:
    """Read what is counted, as Prometheus does; 403 from addresses that the service was not told of."""
    if not _may_read(request):
        raise Rejected("insufficient-permissions", "From this address figures are not to be read.", required=[])
    return Response(await metrics.text(), media_type=metrics.media_type, headers={"Cache-Control": "no-store"})


def _may_read(request: AdmittedRequest) -> bool:
    """Whoever asks through somebody else is not where that one is: a proxy on this machine lets nobody in."""
    options: HttpOptions = request.app.state.options
    if options.metrics_from is None:
        return True
    names = {name for name, _ in request.scope["headers"]}
    if names & {b"x-forwarded-for", b"forwarded", b"via"}:
        return False
    peer = request.scope["client"]
    return peer is not None and within(peer[0], options.metrics_from)


METRICS: Final = Router("/", route_handlers=[get_metrics], tags=["Operations"])

"""The lifecycle of orders as data and as a drawing: the table itself, for anybody."""

from typing import Any, Final, Literal

from dishka import FromDishka
from litestar import Response, Router, get

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import plain
from adapters.http.fields import Answer, Request
from adapters.http.injection import inject
from adapters.http.ports import Drawing
from application.ordering.actions import roles_of
from domain.ordering.lifecycle import LIFECYCLE, State

_CACHED: Final = {"Cache-Control": "public, max-age=300"}


class LifecycleQuery(Request):
    format: Literal["json", "mermaid", "svg"] = "json"


class TransitionBody(Answer, rename={"from_": "from"}):
    """`action` leads from `from` to `to`. `verb` is the word of the route, null for what only the house does."""

    action: str
    verb: str | None
    from_: State
    to: State
    roles: list[str]


class LifecycleBody(Answer):
    states: list[State]
    transitions: list[TransitionBody]


LIFECYCLE_BODY: Final = LifecycleBody(
    states=list(LIFECYCLE.states),
    transitions=[
        TransitionBody(
            action=action, verb=action.verb, from_=source, to=target, roles=[*map(str, roles_of(source, action.verb))]
        )
        for (source, action), target in LIFECYCLE.table.items()
    ],
)


@get(
    "/v1/state-machines/order",
    operation_id="getOrderLifecycle",
    query=LifecycleQuery,
    also={"text/plain": "The table as a Mermaid state diagram.", "image/svg+xml": "The table as a drawing."},
)
@inject
async def get_order_lifecycle(request: AdmittedRequest, draw: FromDishka[Drawing]) -> Response[LifecycleBody]:
    """Read the table that every order obeys: as data, as a Mermaid diagram or as a drawing."""
    match request.asked.format:
        case "mermaid":
            return _text(LIFECYCLE.mermaid(), "text/plain")
        case "svg":
            return _text(draw(LIFECYCLE), "image/svg+xml; charset=utf-8")
        case _:
            return plain(LIFECYCLE_BODY, headers=_CACHED)


def _text(content: str, media_type: str) -> Response[Any]:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return Response(content.encode(), media_type=media_type, headers={**_CACHED, "Content-Security-Policy": policy})


LIFECYCLES: Final = Router("/", route_handlers=[get_order_lifecycle], tags=["Orders"])

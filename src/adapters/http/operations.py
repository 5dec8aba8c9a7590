"""What each operation asks of a request: one value per route, read from its declaration and the table of access."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from application.access import OPERATIONS, PEOPLE_ONLY, Roles
from application.identity.ports import Limit

Demand = Literal["none", "optional", "required"]

KEYED: Final = frozenset({"placeOrder", "adjustStock", "confirmOrder", "shipOrder", "cancelOrder", "returnOrder"})
"""Operations that require an Idempotency-Key: they place orders, move stock or money."""

ASKING: Final = frozenset({"quoteOrder"})
"""Operations that are a POST because what they ask has a body: they neither create nor act, so they take no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as admission and documentation see it. A handler's `data` is a body that it needs; one that can be
    left out is declared as `body` beside the route. `ids` are the path parameters that are UUIDs, `problems` the slugs
    that its use case can end in, `limit` how often one address may ask; with `conditional`, who has this version
    already is answered 304. Its answer has an id where it is `identified`, and one of the media types of `offered`
    (where there is none, it has no body), with headers `sends` beside the usual ones. With `dry_run`, a client may ask
    what would come of it; `signed` is what Stripe signs.
    """

    id: str
    roles: Roles
    limit: Limit | None
    key: Demand
    if_match: Demand
    conditional: bool
    dry_run: bool
    ids: tuple[str, ...]
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    body_required: bool
    identified: bool
    versioned: bool
    offered: tuple[str, ...]
    problems: tuple[str, ...]
    sends: tuple[str, ...]
    signed: bool

    @property
    def people_only(self) -> bool:
        return self.id in PEOPLE_ONLY

    @property
    def public(self) -> bool:
        return not self.roles


def operations_of(app: Litestar) -> Mapping[str, Operation]:
    """Return every operation of the app by its id. Raises: LookupError, for a route that the table does not know."""
    handlers = (
        handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.resolve_include_in_schema() and "OPTIONS" not in handler.http_methods
    )
    return {operation.id: operation for operation in map(_operation, handlers)}


def _operation(handler: HTTPRouteHandler) -> Operation:
    name = str(handler.operation_id)
    if name not in OPERATIONS:
        raise LookupError(f"application.access.OPERATIONS does not say who may {name} ({handler.handler_name})")
    roles = OPERATIONS[name]
    options: Mapping[str, Any] = handler.opt
    data = handler.parsed_data_field
    answer = getattr(_answer_of(handler), "__struct_fields__", ())
    return Operation(
        id=name,
        roles=roles,
        limit=options.get("limit"),
        key=_key(name, handler, roles),
        if_match=_if_match(handler, options),
        conditional=options.get("conditional", False),
        dry_run=options.get("dry_run", False),
        ids=("id",) if "id" in handler.parsed_fn_signature.parameters else (),
        query=options.get("query"),
        body=data.annotation if data else options.get("body"),
        body_required=data is not None,
        identified="id" in answer,
        versioned="version" in answer,
        offered=_offered(handler, options),
        problems=options.get("problems", ()),
        sends=options.get("sends", ()),
        signed=options.get("signed", False),
    )


def _if_match(handler: HTTPRouteHandler, options: Mapping[str, Any]) -> Demand:
    """A PATCH changes only what its client has seen; on actions the client chooses: the lifecycle guards them."""
    if "PATCH" in handler.http_methods:
        return "required"
    return "optional" if options.get("if_match") else "none"


def _answer_of(handler: HTTPRouteHandler) -> Any:
    """Return the body of `Response[body]`."""
    inner = handler.parsed_return_field.inner_types
    return inner[0].annotation if inner else None


def _offered(handler: HTTPRouteHandler, options: Mapping[str, Any]) -> tuple[str, ...]:
    """JSON wherever the answer has a type, and what a route declares as `also`."""
    body = _answer_of(handler)
    json = ("application/json",) if body not in (None, type(None), Any) else ()
    return (*json, *options.get("also", ()))


def _key(name: str, handler: HTTPRouteHandler, roles: Roles) -> Demand:
    if name in KEYED:
        return "required"
    return "optional" if roles and "POST" in handler.http_methods and name not in ASKING else "none"

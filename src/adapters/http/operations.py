"""What each operation asks of a request: one value per route, read from its declaration and the table of access."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from application.access import OPERATIONS, Roles

Demand = Literal["none", "optional", "required"]

KEYED: Final = frozenset({"placeOrder", "adjustStock", "confirmOrder", "shipOrder", "cancelOrder", "returnOrder"})
"""Operations that require an Idempotency-Key: they place orders, move stock or money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as admission and documentation see it. A handler's `data` is a body that it needs; one that can be
    left out is declared as `body` beside the route. `ids` are the path parameters that are UUIDs, `problems` the slugs
    that its use case can end in.
    """

    id: str
    roles: Roles
    key: Demand
    if_match: bool
    ids: tuple[str, ...]
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    body_required: bool
    versioned: bool
    problems: tuple[str, ...]

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
    return Operation(
        id=name,
        roles=roles,
        key=_key(name, handler, roles),
        if_match=options.get("if_match", False),
        ids=("id",) if "id" in handler.parsed_fn_signature.parameters else (),
        query=options.get("query"),
        body=data.annotation if data else options.get("body"),
        body_required=data is not None,
        versioned="version" in getattr(_answer_of(handler), "__struct_fields__", ()),
        problems=options.get("problems", ()),
    )


def _answer_of(handler: HTTPRouteHandler) -> Any:
    """Return the body of `Response[body]`."""
    inner = handler.parsed_return_field.inner_types
    return inner[0].annotation if inner else None


def _key(name: str, handler: HTTPRouteHandler, roles: Roles) -> Demand:
    if name in KEYED:
        return "required"
    return "optional" if roles and "POST" in handler.http_methods else "none"

"""Whatever is raised becomes a problem: the exception handlers of the app."""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from adapters.http.options import HttpOptions
from adapters.http.problem_types import REGISTRY
from adapters.http.problems import MEDIA_TYPE, Problem, body_of, problem_of
from application.shared.errors import Interrupted
from domain.shared.errors import Refused

_LOG: Final = logging.getLogger("orderwright.http")


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with the problem that `error` is; what is a bug is logged under the `instance` of the answer."""
    problem = _with_context(request, error, problem_of(error))
    options: HttpOptions = request.app.state.options
    instance = options.new_id()
    request.scope["state"]["problem"] = problem.type.slug, instance
    if problem.type.status >= 500:
        request_id = request.scope["state"]["request_id"]
        _LOG.error("%s urn:uuid:%s request %s", problem.type.slug, instance, request_id, exc_info=_shown(error))
    return Response(
        body_of(problem, public_url=options.public_url, instance=instance),
        status_code=problem.type.status,
        media_type=MEDIA_TYPE,
        headers={**problem.type.headers, **problem.headers},
    )


def problem_bytes(slug: str, instance: UUID, *, public_url: str) -> bytes:
    """Return the body of a problem about which there is no more to say than its type does."""
    return msgspec.json.encode(body_of(Problem(REGISTRY[slug]), public_url=public_url, instance=instance))


def _shown(error: Exception) -> Exception | None:
    """A store that is away needs no traceback."""
    return None if isinstance(error, Interrupted) else error


def _with_context(request: Request[Any, Any, Any], error: Exception, problem: Problem) -> Problem:
    """Say what only the request knows."""
    match error:
        case NotFoundException():
            path = request.scope["path"]
            return Problem(problem.type, "There is nothing at this address.", {"resource": "route", "id": path})
        case MethodNotAllowedException():
            return Problem(
                problem.type, headers={"Allow": ", ".join(allowed_methods(request.app, request.scope["path"]))}
            )
        case _:
            return problem


def allowed_methods(app: Litestar, path: str) -> list[str]:
    """Return the methods of every route that this path could mean. What has GET has HEAD (head.py)."""
    path = path.rstrip("/") or "/"
    meant = [route for route in app.routes if _matches(route.path_format, path)]
    exact = [route for route in meant if route.path_format == path]
    methods = {
        str(method)
        for route in exact or meant  # as the router decides: what is spelled out is no parameter of another route
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if handler.operation_id
    }
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _matches(template: str, path: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(template)), path))


REFUSALS: Final[Mapping[Any, Any]] = {
    500: refuse,
    Exception: refuse,
    HTTPException: refuse,
    Refused: refuse,
    Interrupted: refuse,
}

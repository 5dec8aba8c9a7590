"""Use cases for HTTP handlers, from the container of the app.

Every use case lives as long as the app, so no request opens a scope of its own: this takes a tenth of what dishka's own
integration with Litestar takes, which makes a container for each request.
"""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, Final, ParamSpec, TypeVar

from dishka.integrations.base import wrap_injection
from litestar import Request

P = ParamSpec("P")
R = TypeVar("R")

_REQUEST: Final = Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request[Any, Any, Any])


def inject(handler: Callable[P, R]) -> Callable[P, R]:
    """Fill the parameters that are marked `FromDishka`. The request, asked for or not, leads to the container."""
    asked = "request" in signature(handler).parameters
    return wrap_injection(
        func=handler,
        is_async=True,
        additional_params=[] if asked else [_REQUEST],
        container_getter=lambda _, given: given["request"].app.state.container,
    )

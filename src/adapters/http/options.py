"""What the HTTP floor must be told from outside."""

from collections.abc import Callable
from dataclasses import dataclass

from litestar.types import ASGIApp

from adapters.http.client_address import Networks
from adapters.http.deadline import SECONDS
from adapters.http.ports import RequestWatch
from application.identity.rates import Rate
from application.shared.ports import IdFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """`public_url` (no slash at its end) is where clients find us; `signup_open` lets strangers found organizations.

    `limit_per_principal` holds in each process; `trusted_proxies` are believed when they say who sent a request; pages
    of `cors_origins` may call us from browsers. `deadline` is how many seconds an answer may take us.
    Figures are read from addresses in `metrics_from`, None: from anywhere. `watch` is told of every request that is
    over; `around` goes around all of the app, outermost last.
    """

    public_url: str
    signup_open: bool
    limit_per_principal: Rate
    trusted_proxies: Networks
    new_id: IdFactory
    cors_origins: tuple[str, ...] = ()
    deadline: float = SECONDS
    metrics_from: Networks | None = ()
    watch: RequestWatch | None = None
    around: tuple[Callable[[ASGIApp], ASGIApp], ...] = ()

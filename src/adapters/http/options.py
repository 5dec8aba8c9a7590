"""What the HTTP floor must be told from outside."""

from dataclasses import dataclass

from adapters.http.client_address import Networks
from adapters.http.deadline import SECONDS
from application.identity.rates import Rate
from application.shared.ports import IdFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """`public_url` (no slash at its end) is where clients find us; `signup_open` lets strangers found organizations.

    `limit_per_principal` holds in each process; `trusted_proxies` are believed when they say who sent a request; pages
    of `cors_origins` may call us from browsers. `deadline` is how many seconds an answer may take us.
    """

    public_url: str
    signup_open: bool
    limit_per_principal: Rate
    trusted_proxies: Networks
    new_id: IdFactory
    cors_origins: tuple[str, ...] = ()
    deadline: float = SECONDS

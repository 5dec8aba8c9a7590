"""The public keys of our access tokens."""

from typing import Any, Final

from dishka import FromDishka
from litestar import Response, Router, get

from adapters.http.answers import plain
from adapters.http.fields import Answer
from adapters.http.injection import inject
from adapters.http.ports import PublicKeys


class JwksBody(Answer):
    """A JWK Set (RFC 7517)."""

    keys: list[dict[str, Any]]


@get("/.well-known/jwks.json", operation_id="getJwks")
@inject
async def get_jwks(keys: FromDishka[PublicKeys]) -> Response[JwksBody]:
    """Read the public keys by which anybody can verify our access tokens."""
    return plain(JwksBody(**keys.jwks()), headers={"Cache-Control": "public, max-age=300"})


JWKS: Final = Router("/", route_handlers=[get_jwks], tags=["Identity"])

"""One answer to each key: what a handler answers with is kept, and told again to the byte."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar, cast

from litestar import Response
from litestar.serialization import encode_json

from adapters.http.admission import AdmittedRequest, fingerprint
from adapters.http.preferences import DRY_RUN
from adapters.http.refusals import refuse
from adapters.http.secrets import NO_STORE
from application.shared.answering import Answering, Called
from application.shared.claim import Answer, Answered, Claim
from domain.shared.errors import Refused

B = TypeVar("B")
K = TypeVar("K", bound=Called)
R = TypeVar("R")

REPLAYED: Final = "Idempotency-Replayed"
APPLIED: Final = "Preference-Applied"

_MEDIA_TYPE: Final = "Content-Type"


async def answered(
    request: AdmittedRequest, use_case: Answering[K, R], command: K, encode: Callable[[R], Response[B]]
) -> Response[B]:
    """Ask the use case and encode its result; where the request has a key, once for all that are sent with it.

    A dry run does nothing that could be done twice: whatever its key, it is asked anew, and nothing is kept.

    Raises: KeyReused, KeyExpired, KeyInProgress; what the use case raises and no key keeps.
    """
    if command.caller.dry_run:
        return _rehearsed(encode(await use_case(command)))
    if request.key is None:
        return encode(await use_case(command))
    claim = Claim(request.key, fingerprint(request), partial(_answer, request, encode))
    return cast("Response[B]", _response(await use_case.once(command, claim)))


def _rehearsed(response: Response[B]) -> Response[B]:
    """Return the answer as it would be, without what only something that exists has: an address and a version."""
    headers = {name: value for name, value in response.headers.items() if name not in ("Location", "ETag")}
    return Response(response.content, status_code=200, headers={**headers, APPLIED: DRY_RUN})


def _answer(request: AdmittedRequest, encode: Callable[[Any], Response[Any]], outcome: object) -> Answer:
    """Return what goes over the wire, of a result or of a refusal."""
    response = refuse(request, outcome) if isinstance(outcome, Refused) else encode(outcome)
    headers = {str(name): str(value) for name, value in response.headers.items()}
    body = b"" if response.content is None else encode_json(response.content)
    if body:
        headers[_MEDIA_TYPE] = str(response.media_type or "application/json")
    return Answer(response.status_code or 200, headers, body, secret=NO_STORE.items() <= headers.items())


def _response(answered: Answered) -> Response[Any]:
    answer = answered.answer
    headers = {name: value for name, value in answer.headers.items() if name != _MEDIA_TYPE}
    return Response(
        answer.body or None,
        status_code=answer.status,
        media_type=answer.headers.get(_MEDIA_TYPE),
        headers={**headers, **({REPLAYED: "true"} if answered.replayed else {})},
    )

"""The one way in: what every request is asked before its use case is, always in this order.

Size, authentication, role, media type, Idempotency-Key and If-Match, and then everything else that is invalid, in one
answer. A route only declares what it takes (operations.py); nothing is checked twice, and nothing is checked elsewhere.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import InternalServerException, MethodNotAllowedException, NotFoundException

from adapters.http.fields import UUID_PATTERN
from adapters.http.operations import Operation
from adapters.http.problems import Rejected
from adapters.http.reading import FieldError, Invalid, invalid_fields, read_json
from application.identity.ports import Tokens
from application.shared.caller import Caller, Principal, PrincipalKind
from domain.identity.errors import PermissionMissing

MAX_BODY: Final = 1024 * 1024
"""Bytes of a body, at most."""

MAX_ANONYMOUS_BODY: Final = 16 * 1024
"""Bytes of a body from somebody whom we do not know."""

_KEY: Final = re.compile(r'[A-Za-z0-9_.:-]{16,255}|"(?:[ !#-\[\]-~]|\\["\\]){16,255}"')
_ETAG: Final = re.compile(r'"([1-9][0-9]{0,9})"')
_UUID: Final = re.compile(UUID_PATTERN)
_WHOLE_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_ONCE: Final = frozenset({b"authorization", b"content-type", b"idempotency-key", b"if-match", b"content-length"})


class AdmittedRequest(Request[Any, Any, State]):
    """A request that passed: who `caller` is, which version it expects, and what it sent, valid and typed."""

    __slots__ = ("asked", "caller", "expected_version", "sent")

    caller: Caller
    expected_version: int | None
    asked: Any
    sent: Any

    @property
    def request_id(self) -> str:
        return str(self.scope["state"]["request_id"])

    async def json(self) -> Any:
        """Return the body as admission read it. (Litestar asks for it to fill a handler's `data`.)"""
        return self.sent


async def admit(request: Request[Any, Any, Any]) -> None:
    """Let the request in, or raise what stands against it."""
    assert isinstance(request, AdmittedRequest)  # noqa: S101 - what the app makes of every request
    operation = _operation_of(request)
    headers = _headers(request)
    _check_size(request, headers)
    if not operation.public:
        request.caller = await _authenticated(request, headers)
        _check_role(operation, request.caller)
    has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    if operation.body and (has_body or operation.body_required):
        _check_media_type(headers)
    _check_key(operation, headers)
    request.expected_version = _expected_version(headers) if operation.if_match else None
    await _read(request, operation, headers)


def _operation_of(request: AdmittedRequest) -> Operation:
    operation = request.app.state.operations.get(request.route_handler.operation_id)
    if operation is None:  # what Litestar adds by itself: OPTIONS to every path, and its own documentation
        raise MethodNotAllowedException if request.method == "OPTIONS" else NotFoundException
    found: Operation = operation
    return found


def _headers(request: AdmittedRequest) -> dict[bytes, bytes]:
    raw = list(request.scope["headers"])
    headers = dict(raw)
    if len(headers) < len(raw):
        headers[b"prefer"] = b", ".join(value for name, value in raw if name == b"prefer")
        names = [name for name, _ in raw]
        if repeated := next((name for name in _ONCE if names.count(name) > 1), None):
            raise Rejected("malformed-request", f"The header {repeated.decode().title()} stands twice in the request.")
    return headers


def _check_size(request: AdmittedRequest, headers: dict[bytes, bytes]) -> None:
    """What announces no length is counted while it is read: the same limit, a little later."""
    length = headers.get(b"content-length", b"0")
    most = request.route_handler.resolve_request_max_body_size() or MAX_BODY
    if length.isdigit() and int(length) > most:
        raise Rejected("payload-too-large", f"The body has {int(length)} bytes; {most} are the most.")


async def _authenticated(request: AdmittedRequest, headers: dict[bytes, bytes]) -> Caller:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise Rejected("authentication-required", "Send an access token: Authorization: Bearer …")
    tokens = await request.app.state.container.get(Tokens)
    bearer = tokens.verify(token.strip(" "))
    principal = Principal(PrincipalKind.USER, bearer.member_id, bearer.role, bearer.customer_id)
    return Caller(organization=bearer.organization, principal=principal, request_id=request.request_id)


def _check_role(operation: Operation, caller: Caller) -> None:
    if caller.principal.role not in operation.roles:
        raise PermissionMissing(tuple(operation.roles))


def _check_media_type(headers: dict[bytes, bytes]) -> None:
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise Rejected("unsupported-media-type", "The body is to be application/json.")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise Rejected("unsupported-media-type", "The body is not to be compressed.", {"Accept-Encoding": "identity"})


def _check_key(operation: Operation, headers: dict[bytes, bytes]) -> None:
    if operation.key == "none":
        return
    key = headers.get(b"idempotency-key")
    if key is None:
        if operation.key == "required":
            raise Rejected("idempotency-key-required", "This operation takes the header Idempotency-Key.")
    elif not _KEY.fullmatch(key.decode("latin-1").strip(" \t")):
        raise Rejected("idempotency-key-invalid", "The Idempotency-Key is not one.")


def _expected_version(headers: dict[bytes, bytes]) -> int | None:
    tag = headers.get(b"if-match")
    if tag is None:
        return None
    version = _ETAG.fullmatch(tag.decode("latin-1").strip(" \t"))
    if not version:
        message = 'If-Match takes one strong version tag, such as "3"; neither * nor weak tags.'
        raise _refused([FieldError("/header/If-Match", "format", message)])
    return int(version[1])


async def _read(request: AdmittedRequest, operation: Operation, headers: dict[bytes, bytes]) -> None:
    """Read path, query and body. Raises: Rejected (validation-error), with every invalid field of all three."""
    errors = [*_invalid_ids(request, operation), *_unkept_preferences(headers)]
    try:
        request.asked = _query(request, operation)
    except Invalid as invalid:
        errors += invalid.errors
    try:
        request.sent = await _body(request, operation)
    except Invalid as invalid:
        errors += invalid.errors
    if errors:
        raise _refused(errors)


def _invalid_ids(request: AdmittedRequest, operation: Operation) -> Iterator[FieldError]:
    for name in operation.ids:
        value = request.path_params[name]
        if len(value) != 36 or not _UUID.match(value):
            yield FieldError(f"/path/{name}", "format", "Expected a UUID with its dashes.")


def _unkept_preferences(headers: dict[bytes, bytes]) -> Iterator[FieldError]:
    """A client that wishes for a rehearsal must not find that it was the performance."""
    if b"dry-run" in headers.get(b"prefer", b"").lower():
        yield FieldError("/header/Prefer", "not-supported", "This operation has no dry run.")


def _query(request: AdmittedRequest, operation: Operation) -> Any:
    """Return the query as the operation's type, None where it takes none and there is none."""
    raw = request.scope["query_string"]
    if operation.query is None:
        return _no_query(raw)
    given = _query_values(raw, operation.query)
    try:
        return msgspec.convert(given, operation.query)
    except msgspec.ValidationError:
        raise Invalid(list(invalid_fields(given, operation.query, "/query"))) from None


def _no_query(raw: bytes) -> None:
    if names := dict(_pairs(raw)):
        raise Invalid([FieldError(f"/query/{name[:100]}", "unknown", "There is no such parameter.") for name in names])


def _query_values(raw: bytes, type: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the parameters: numbers as such, repeatable ones as lists; a list where no list belongs, too."""
    values: dict[str, Any] = {}
    repeatable, numeric = _kinds(type)
    for name, text in _pairs(raw):
        value = int(text) if name in numeric and _WHOLE_NUMBER.fullmatch(text) else text
        if name in repeatable:
            values.setdefault(name, []).append(text)
        else:
            values[name] = [values[name], value] if name in values else value
    return values


@cache
def _kinds(type: type[msgspec.Struct]) -> tuple[set[str], set[str]]:
    """Return which parameters can be repeated, and which are whole numbers."""
    fields = msgspec.structs.fields(type)
    return (
        {field.encode_name for field in fields if field.default_factory is list},
        {field.encode_name for field in fields if isinstance(field.default, int)},
    )


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError:
        raise Rejected("malformed-request", "The query is not percent-encoded UTF-8, or too long.") from None


async def _body(request: AdmittedRequest, operation: Operation) -> Any:
    if operation.body is None:
        return None
    try:
        raw = await request.body()
    except InternalServerException:  # what Litestar says of a client that leaves in the middle of its body
        raise Rejected("malformed-request", "The body ends before it is whole.") from None
    if raw:
        return read_json(raw, operation.body)
    if operation.body_required:
        raise Rejected("malformed-request", "The request has no body.")
    return operation.body()


def _refused(errors: list[FieldError]) -> Rejected:
    where = ", ".join(error.pointer or "the body" for error in errors[:5])
    return Rejected("validation-error", f"Invalid: {where}{' …' if len(errors) > 5 else '.'}", errors=errors)

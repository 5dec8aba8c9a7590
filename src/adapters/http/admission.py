"""The one way in: what every request is asked before its use case is, always in this order.

Size, limit per address, authentication, role, limit per principal, media types, Idempotency-Key (which a dry run does
not need) and If-Match, and then everything else that is invalid, Prefer included, in one answer. A route only declares
what it takes (operations.py); nothing is checked twice, and nothing is checked elsewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any, Final, get_args
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import InternalServerException, MethodNotAllowedException, NotFoundException

from adapters.http.accepting import accepts
from adapters.http.client_address import counted_address
from adapters.http.entity_tags import tags_of, version_of
from adapters.http.field_errors import FieldError
from adapters.http.fields import UUID_PATTERN, WORDS
from adapters.http.operations import Operation
from adapters.http.preferences import Unclear, prefers_dry_run
from adapters.http.problems import Rejected
from adapters.http.reading import Invalid, invalid_fields, read_json
from application.identity.authenticate import AuthenticateHandler
from application.identity.ports import Attempts, Limit
from application.shared.caller import Caller, PrincipalKind
from domain.identity.errors import PermissionMissing

MAX_BODY: Final = 1024 * 1024
"""Bytes of a body, at most."""

MAX_ANONYMOUS_BODY: Final = 16 * 1024
"""Bytes of a body from somebody whom we do not know."""

_KEY: Final = re.compile(r'([A-Za-z0-9_.:-]{16,255})|"((?:[ !#-\[\]-~]|\\["\\]){16,255})"')
"""Bare, or a string as structured fields write it (RFC 9651, section 3.3.3)."""
_UUID: Final = re.compile(UUID_PATTERN)
_WHOLE_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_LISTS: Final = (b"prefer", b"if-none-match", b"accept")
"""What may stand in several lines, which are one list."""

_ONE_TAG: Final = 'If-Match takes one strong version tag, such as "3"; neither * nor weak tags.'
_ONCE: Final = frozenset({b"authorization", b"content-type", b"idempotency-key", b"if-match", b"content-length"})


class AdmittedRequest(Request[Any, Any, State]):
    """A request that passed: who `caller` is (and whether for a dry run), which version it expects, and what it sent,
    valid and typed.

    `key`: SHA-256 of its Idempotency-Key, where it sent one; `known`: the versions that it has already.
    """

    __slots__ = ("asked", "caller", "expected_version", "key", "known", "sent")

    caller: Caller
    expected_version: int | None
    key: bytes | None
    known: frozenset[str]
    asked: Any
    sent: Any

    def knows(self, version: int) -> bool:
        """Whether the client has this version already (RFC 9110, section 13.1.2: tags are compared weakly)."""
        return not self.known.isdisjoint({"*", f'"{version}"'})

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
    if operation.limit:
        await _count_address(request, operation.limit)
    if not operation.public:
        request.caller = await _authenticated(request, headers)
        request.scope["state"]["caller"] = request.caller
        _check_role(operation, request.caller)
        request.app.state.pace.count(request.caller)
    has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    if operation.body and (has_body or operation.body_required):
        _check_media_type(headers)
    _check_accepted(operation, headers)
    wishes, unclear = _wishes(operation, headers)
    if wishes:
        request.caller = replace(request.caller, dry_run=True)
    request.key = _key(operation, headers, needed=not wishes)
    tag = _expected_tag(operation, headers)
    request.known = tags_of(headers.get(b"if-none-match", b"")) if operation.conditional else frozenset()
    await _read(request, operation, tag, unclear)


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
        for listed in _LISTS:
            headers[listed] = b", ".join(value for name, value in raw if name == listed)
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


async def _count_address(request: AdmittedRequest, limit: Limit) -> None:
    attempts = await request.app.state.container.get(Attempts)
    peer = request.scope["client"]
    forwarded = [value.decode("latin-1") for name, value in request.scope["headers"] if name == b"x-forwarded-for"]
    trusted = request.app.state.options.trusted_proxies
    await attempts.count(limit, counted_address(peer[0] if peer else "", forwarded, trusted))


async def _authenticated(request: AdmittedRequest, headers: dict[bytes, bytes]) -> Caller:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise Rejected("authentication-required", "Send an access token: Authorization: Bearer …")
    authenticate = await request.app.state.container.get(AuthenticateHandler)
    bearer = await authenticate(token.strip(" "))
    return Caller(organization=bearer.organization, principal=bearer.principal, request_id=request.request_id)


def _check_role(operation: Operation, caller: Caller) -> None:
    if caller.principal.role not in operation.roles:
        raise PermissionMissing(tuple(operation.roles))
    if operation.people_only and caller.principal.kind is not PrincipalKind.USER:
        message = "An API key has neither a password nor sessions: only a member who has logged in can do this."
        raise Rejected("insufficient-permissions", message, required=[])


def _check_media_type(headers: dict[bytes, bytes]) -> None:
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise Rejected("unsupported-media-type", "The body is to be application/json.")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise Rejected("unsupported-media-type", "The body is not to be compressed.", {"Accept-Encoding": "identity"})


def _check_accepted(operation: Operation, headers: dict[bytes, bytes]) -> None:
    wanted = headers.get(b"accept", b"*/*")
    if wanted != b"*/*" and operation.offered and not accepts(wanted.decode("latin-1"), operation.offered):
        raise Rejected("not-acceptable", f"This operation answers with {' or '.join(operation.offered)}.")


def _wishes(operation: Operation, headers: dict[bytes, bytes]) -> tuple[bool, list[FieldError]]:
    """Return whether this is to be a rehearsal, and what is wrong with how that is said."""
    try:
        wishes = prefers_dry_run(headers.get(b"prefer", b""))
    except Unclear:
        return False, [FieldError("/header/Prefer", "format", "A dry run is asked for as: Prefer: dry-run.")]
    if wishes and not operation.dry_run:
        return False, [FieldError("/header/Prefer", "not-supported", "This operation has no dry run.")]
    return wishes, []


def _key(operation: Operation, headers: dict[bytes, bytes], *, needed: bool) -> bytes | None:
    """Return the hash of the key, whichever way it is written. What leaves nothing behind does not need one."""
    key = headers.get(b"idempotency-key") if operation.key != "none" else None
    if key is None:
        if operation.key == "required" and needed:
            raise Rejected("idempotency-key-required", "This operation takes the header Idempotency-Key.")
        return None
    written = _KEY.fullmatch(key.decode("latin-1").strip(" \t"))
    if not written:
        raise Rejected("idempotency-key-invalid", "The Idempotency-Key is not one.")
    bare, quoted = written.groups()
    return sha256((bare or re.sub(r"\\(.)", r"\1", quoted)).encode()).digest()


def _expected_tag(operation: Operation, headers: dict[bytes, bytes]) -> bytes | None:
    tag = headers.get(b"if-match") if operation.if_match != "none" else None
    if tag is None and operation.if_match == "required":
        raise Rejected("precondition-required", "Send the ETag of the version that you mean to change as If-Match.")
    return tag


async def _read(request: AdmittedRequest, operation: Operation, tag: bytes | None, unclear: list[FieldError]) -> None:
    """Read path, headers, query and body. Raises: Rejected (validation-error), with every invalid field of all four;
    of the headers, `unclear` says what is wrong already.
    """
    request.expected_version = None if tag is None else version_of(tag)
    errors = [*_invalid_ids(request, operation), *unclear]
    if tag is not None and request.expected_version is None:
        errors.append(FieldError("/header/If-Match", "format", _ONE_TAG))
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
            yield FieldError(f"/path/{name}", "format", WORDS[UUID_PATTERN])


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
        {field.encode_name for field in fields if _is_numeric(field.type)},
    )


def _is_numeric(type: Any) -> bool:
    """Whether it is a whole number, with bounds or without, perhaps left out."""
    return type is int or any(map(_is_numeric, get_args(type)))


def fingerprint(request: AdmittedRequest) -> bytes:
    """Return SHA-256 of all that the request asks for: two with the same one ask for the same."""
    scope = request.scope
    query = sorted(_pairs(scope["query_string"]))
    asked = [request.method, scope["path"].rstrip("/"), query, request.expected_version, request.sent]
    return sha256(msgspec.json.encode(asked, order="deterministic")).digest()


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

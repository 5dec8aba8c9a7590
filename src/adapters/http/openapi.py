"""What the application says of itself as OpenAPI 3.1: what Litestar derives from the handlers, completed by what
admission knows. It must be what the contract says (contract.py); neither is made from the other.

Components come from msgspec, the judge of every body, so they say exactly what is accepted. Parameters, headers,
security and problems come from the operations and the registry of problems.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec
import yaml
from litestar import Litestar
from msgspec import UNSET

from adapters.http.field_errors import FieldError
from adapters.http.fields import Answer
from adapters.http.links import links_of
from adapters.http.once import APPLIED, REPLAYED
from adapters.http.operations import ASKING, Operation
from adapters.http.problem_schemas import problem_schemas
from adapters.http.problem_types import REGISTRY
from adapters.http.said_alike import ETAG_OF_WHAT_IS, always, header, headers, refusal, refusals

Json = dict[str, Any]

_COMPONENTS: Final = "#/components/schemas/{name}"

_SECURITY: Final[Json] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `accessToken` of `POST /v1/auth/login`, a JWT; or an API key, `ow_…`.",
    }
}

_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names what is to be done, so that it is done once: sent again within 24 hours, with the same "
    "request, it gets the same answer. Best a UUID.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{16,255}$", "minLength": 16, "maxLength": 255},
}

_IF_MATCH: Final[Json] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of the version that you want to change; another one answers 412.",
    "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,9}"$', "format": "entity-tag"},
}

_IF_NONE_MATCH: Final[Json] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what you have, or several: while it is that version, the answer is 304.",
    "schema": {"type": "string"},
}

_PREFER: Final[Json] = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`dry-run`: what would come of it now; nothing is done, and no Idempotency-Key is needed. Other "
    "preferences (RFC 7240) are overlooked.",
    "schema": {"type": "string"},
}

_STRIPE_SIGNATURE: Final[Json] = {
    "name": "Stripe-Signature",
    "in": "header",
    "required": True,
    "description": "`t=…,v1=…`: an instant, and the HMAC-SHA-256 of it and of the body under the secret of this "
    "endpoint, as Stripe writes it. Older than five minutes, it is refused.",
    "schema": {"type": "string"},
}

_TEXT: Final[Json] = {"type": "string"}
_READ_AS: Final[Mapping[str, Json]] = {"application/yaml": {"type": "object"}}
"""Media types beside JSON that are more than text to whoever reads them."""

_MEANING: Final[Mapping[str, str]] = {
    "200": "What was asked for.",
    "201": "It is made.",
    "202": "It will be done.",
    "204": "It is done, and there is nothing to add.",
    "304": "You have it already.",
}
"""What an answer that is no problem means, by its status."""


def document(app: Litestar) -> Json:
    """Return what this app says of itself; made once."""
    if "openapi" not in app.state:
        app.state.openapi = _document(app)
    made: Json = app.state.openapi
    return made


def as_yaml(contract: Json) -> str:
    """Return the contract, or a part of it, as it is written."""
    plain = json.loads(json.dumps(contract))
    return yaml.dump(plain, Dumper=_Yaml, sort_keys=False, allow_unicode=True, width=120)


class _Yaml(yaml.SafeDumper):
    """Writes what has lines in lines."""

    def lines(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Yaml.add_representer(str, _Yaml.lines)


def _document(app: Litestar) -> Json:
    drawn: Json = msgspec.to_builtins(app.openapi_schema.to_schema())
    for path, item in drawn["paths"].items():
        for method, described in item.items():
            links = links_of(path, described, drawn["paths"], app.state.operations)
            operation = app.state.operations[described["operationId"]]
            writes = method != "get"
            item[method] = _completed(described, operation, _also(app, described), links, writes=writes)
    drawn["paths"] = dict(sorted(drawn["paths"].items()))
    components = drawn.setdefault("components", {})
    components["schemas"] = {**_components(components.get("schemas", {}), app), **problem_schemas()}
    components["responses"] = refusals()
    components["headers"] = headers()
    components["securitySchemes"] = _SECURITY
    return drawn


def _also(app: Litestar, described: Json) -> Mapping[str, str]:
    """Return the other media types of an operation."""
    handlers = (handler for route in app.routes for handler in getattr(route, "route_handlers", ()))
    options = (handler.opt for handler in handlers if handler.operation_id == described["operationId"])
    found: Mapping[str, str] = next(options).get("also", {})
    return found


def _components(drawn: Mapping[str, Json], app: Litestar) -> Json:
    """Return the schemas of all bodies, by msgspec where it is the judge."""
    operations: Iterable[Operation] = app.state.operations.values()
    bodies = [operation.body for operation in operations if operation.body]
    queries = [operation.query for operation in operations if operation.query]
    answers = [struct for struct in _family(Answer) if struct.__name__ in drawn]
    _, judged = msgspec.json.schema_components([*bodies, *queries, *answers, FieldError], ref_template=_COMPONENTS)
    for query in {query.__name__ for query in queries}:  # shown as parameters; only what it refers to is a component
        del judged[query]
    for answer in answers:  # what has a default is sent all the same
        judged[answer.__name__]["required"] = [field.encode_name for field in _sent(answer)]
    for schema in judged.values():  # what a docstring says, without its line feeds
        schema.update({"description": _one_line(schema["description"])} if "description" in schema else {})
    return dict(sorted({**drawn, **judged}.items()))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sent(answer: type[msgspec.Struct]) -> Iterator[msgspec.structs.FieldInfo]:
    """Yield the fields that are always sent: all but those that can be unset."""
    return (field for field in msgspec.structs.fields(answer) if field.default is not UNSET)


def _family(root: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in root.__subclasses__():
        yield child
        yield from _family(child)


def _completed(described: Json, operation: Operation, also: Mapping[str, str], links: Json, *, writes: bool) -> Json:
    said = _one_line(described.pop("description", ""))
    summary = said.partition(".")[0].partition(":")[0]
    described.pop("deprecated")
    parameters = [*described.get("parameters", ()), *_query(operation), *_headers(operation)]
    answers = {status: answer for status, answer in described["responses"].items() if int(status) < 400}
    for status, answer in answers.items():
        answer["description"] = _MEANING[status]
        answer["headers"] = dict(_answer_headers(status, operation))
        answer.update({"links": links} if links else {})
        answer["content"] = {**_json(answer), **{media: {"schema": _READ_AS.get(media, _TEXT)} for media in also}}
        if status == "204":  # Litestar documents JSON for what has no body
            del answer["content"]
    if operation.body:
        content = {"application/json": {"schema": {"$ref": _COMPONENTS.format(name=operation.body.__name__)}}}
        described["requestBody"] = {"content": content, "required": operation.body_required}
    if operation.conditional:
        answers["304"] = {"description": _MEANING["304"], "headers": dict(_answer_headers("304", operation))}
    if operation.dry_run and "200" not in answers:
        answers["200"] = _rehearsal(answers["201"])
    return {
        **described,
        "summary": summary,
        **({} if said == f"{summary}." else {"description": said}),
        "parameters": parameters,
        "responses": {**dict(sorted(answers.items())), **dict(_problems(operation, writes=writes))},
        "security": [] if operation.public else [{"bearer": []}],
    }


def _rehearsal(made: Json) -> Json:
    """What would be made, with nothing that only something that exists has."""
    said = {name: made["headers"][name] for name in ("X-Request-Id", "Cache-Control")}
    told = {**said, APPLIED: always(APPLIED)}
    return {"description": "A dry run: what would be made.", "headers": told, "content": made["content"]}


def _answer_headers(status: str, operation: Operation) -> Iterator[tuple[str, Json]]:
    yield "X-Request-Id", header("X-Request-Id")
    yield "Cache-Control", header("Cache-Control")
    if operation.versioned:
        yield "ETag", header(ETAG_OF_WHAT_IS if operation.dry_run and status == "200" else "ETag")
    if operation.versioned and status == "201":
        yield "Location", header("Location")
    if operation.key != "none":
        yield REPLAYED, header(REPLAYED)
    if operation.dry_run and status == "200":
        yield APPLIED, header(APPLIED)
    if operation.query and "cursor" in operation.query.__struct_fields__:
        yield "Link", header("Link")
    yield from ((name, header(name)) for name in operation.sends)


def _json(answer: Json) -> Json:
    return {media: content for media, content in answer.get("content", {}).items() if content.get("schema")}


def _query(operation: Operation) -> Iterator[Json]:
    if operation.query is None:
        return
    _, components = msgspec.json.schema_components([operation.query], ref_template=_COMPONENTS)
    schema = components[operation.query.__name__]
    for name, described in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in schema["required"], "schema": described}


def _headers(operation: Operation) -> Iterator[Json]:
    if operation.key != "none":
        yield {**_KEY, "required": operation.key == "required"}
    if operation.if_match != "none":
        yield {**_IF_MATCH, "required": operation.if_match == "required"}
    if operation.conditional:
        yield _IF_NONE_MATCH
    if operation.dry_run:
        yield _PREFER
    if operation.signed:
        yield _STRIPE_SIGNATURE


def _problems(operation: Operation, *, writes: bool) -> Iterator[tuple[str, Json]]:
    """Yield every status below which this operation can say no, with the slugs that it may say."""
    found = sorted({(REGISTRY[slug].status, slug) for slug in _slugs(operation, writes=writes)})
    for status, same in groupby(found, key=itemgetter(0)):
        yield str(status), refusal([slug for _, slug in same], kept=operation.key != "none")


def _slugs(operation: Operation, *, writes: bool) -> Iterable[str]:
    yield from ("validation-error", "malformed-request", "internal-error", *operation.problems)
    yield from ("request-timeout", "payload-too-large", "headers-too-large", "service-unavailable")
    yield from ("not-acceptable",) if operation.offered else ()
    if not operation.public:
        yield from ("authentication-required", "invalid-token", "token-expired", "insufficient-permissions")
    if operation.limit or not operation.public:
        yield "rate-limit-exceeded"
    if operation.body:
        yield "unsupported-media-type"
    if writes and operation.id not in ASKING:
        yield "concurrent-modification"
    if operation.if_match == "required":
        yield "precondition-required"
    if operation.key != "none":
        yield from ("idempotency-key-invalid", "idempotency-key-reuse", "idempotency-in-progress")
        yield "idempotency-key-expired"
    if operation.key == "required":
        yield "idempotency-key-required"
    if operation.query and "cursor" in operation.query.__struct_fields__:
        yield "invalid-cursor"

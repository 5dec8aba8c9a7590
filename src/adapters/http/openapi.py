"""The contract as OpenAPI 3.1: what Litestar derives from the handlers, completed by what admission knows.

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

from adapters.http.fields import Answer
from adapters.http.links import links_of
from adapters.http.once import REPLAYED
from adapters.http.operations import Operation
from adapters.http.problem_schemas import any_of, problem_schemas
from adapters.http.problems import MEDIA_TYPE, REGISTRY, phrase
from adapters.http.reading import FieldError

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

_TEXT: Final[Json] = {"type": "string"}
_READ_AS: Final[Mapping[str, Json]] = {"application/yaml": {"type": "object"}}
"""Media types beside JSON that are more than text to whoever reads them."""

_SAID_BESIDE: Final[Mapping[int, Json]] = {
    429: {
        "headers": {
            "Retry-After": {
                "description": "Seconds until it can be tried again.",
                "schema": {"type": "integer", "minimum": 1},
            },
            "RateLimit-Policy": {
                "description": 'How often is allowed: `"name";q=…;w=…`, q times in w seconds.',
                "schema": {"type": "string"},
            },
            "RateLimit": {
                "description": 'What is left: `"name";r=0;t=…`, nothing for t seconds.',
                "schema": {"type": "string"},
            },
        }
    }
}
"""What a problem says in headers, by its status."""


def document(app: Litestar) -> Json:
    """Return the contract of this app; made once."""
    if "openapi" not in app.state:
        app.state.openapi = _document(app)
    made: Json = app.state.openapi
    return made


def as_yaml(contract: Json) -> str:
    """Return the contract as it lies in the repository, and is served."""
    plain = json.loads(json.dumps(contract))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)


def _document(app: Litestar) -> Json:
    drawn: Json = msgspec.to_builtins(app.openapi_schema.to_schema())
    for path, item in drawn["paths"].items():
        for method, described in item.items():
            links = links_of(path, described, drawn["paths"], app.state.operations)
            operation = app.state.operations[described["operationId"]]
            item[method] = _completed(described, operation, _also(app, described), links)
    drawn["paths"] = dict(sorted(drawn["paths"].items()))
    components = drawn.setdefault("components", {})
    components["schemas"] = {**_components(components.get("schemas", {}), app), **problem_schemas()}
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
        judged[answer.__name__]["required"] = list(judged[answer.__name__]["properties"])
    return dict(sorted({**drawn, **judged}.items()))


def _family(root: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in root.__subclasses__():
        yield child
        yield from _family(child)


def _completed(described: Json, operation: Operation, also: Mapping[str, str], links: Json) -> Json:
    parameters = [*described.get("parameters", ()), *_query(operation), *_headers(operation)]
    answers = {status: answer for status, answer in described["responses"].items() if int(status) < 400}
    for status, answer in answers.items():
        answer["headers"] = dict(_answer_headers(status, operation))
        answer.update({"links": links} if links else {})
        answer["content"] = {**_json(answer), **{media: {"schema": _READ_AS.get(media, _TEXT)} for media in also}}
        if status == "204":  # Litestar documents JSON for what has no body
            del answer["content"]
    if operation.body:
        content = {"application/json": {"schema": {"$ref": _COMPONENTS.format(name=operation.body.__name__)}}}
        described["requestBody"] = {"content": content, "required": operation.body_required}
    if operation.conditional:
        answers["304"] = {"description": "You have it already.", "headers": dict(_answer_headers("304", operation))}
    return {
        **described,
        "summary": described.get("description", "").partition(".")[0].partition(":")[0],
        "parameters": parameters,
        "responses": {**answers, **dict(_problems(operation))},
        "security": [] if operation.public else [{"bearer": []}],
    }


def _answer_headers(status: str, operation: Operation) -> Iterator[tuple[str, Json]]:
    text = {"schema": {"type": "string"}}
    yield "X-Request-Id", {"description": "The id of this request: yours, if you sent one.", **text}
    if operation.versioned:
        yield "ETag", {"description": "The version of the body, in quotes.", **text}
    if operation.versioned and status == "201":
        yield "Location", {"description": "Where the new thing is.", **text}
    if operation.key != "none":
        said = "`true`, where this is the answer to an earlier request with the same key."
        yield REPLAYED, {"description": said, **text}
    if operation.query and "cursor" in operation.query.__struct_fields__:
        yield "Link", {"description": "The pages beside this one (RFC 8288).", **text}


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


def _problems(operation: Operation) -> Iterator[tuple[str, Json]]:
    """Yield every status below which this operation can say no, with the slugs that it may say."""
    found = sorted({(REGISTRY[slug].status, slug) for slug in _slugs(operation)})
    for status, same in groupby(found, key=itemgetter(0)):
        slugs = [slug for _, slug in same]
        content = {MEDIA_TYPE: {"schema": any_of(slugs)}}
        description = f"{phrase(status)}: {', '.join(f'`{slug}`' for slug in slugs)}"
        yield str(status), {"description": description, **_SAID_BESIDE.get(status, {}), "content": content}


def _slugs(operation: Operation) -> Iterable[str]:
    yield from ("validation-error", "malformed-request", "internal-error", *operation.problems)
    if not operation.public:
        yield from ("authentication-required", "invalid-token", "token-expired", "insufficient-permissions")
        yield "service-unavailable"
    if operation.limit or not operation.public:
        yield "rate-limit-exceeded"
    if operation.body:
        yield from ("payload-too-large", "unsupported-media-type")
    if operation.body and not operation.public:
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

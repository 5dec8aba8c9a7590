"""Tries the examples of a contract: sends what they show, and holds the answers against what they show.

Ids, numbers, instants, tokens, keys and cursors in the examples stand for those that the service makes: the first
answer that shows one says what it stands for, and from then on it must stand for the same, and nothing else may.
Whatever else an example says, the answer must say; where `x-excerpt` is set, it may say more.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import jsonschema_rs

from adapters.http.contract import read
from adapters.http.openapi import as_yaml
from tests.adapters.stripe_stand_in import signature_of
from tests.http.house import key
from tests.http.story import NOBODY, SIGNED, WHO, Step
from tests.limits import WEBHOOK_SECRET

Json = dict[str, Any]

MADE: Final = re.compile(
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
    r"|(?P<digest>\b[0-9a-f]{64}\b)"
    r"|(?P<number>\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z*~$=U](?!\w))"
)
"""What the service makes, wherever in a text or in the name of a member it stands."""

WHOLE: Final = frozenset(
    {"accessToken", "refreshToken", "token", "key", "prefix", "startCursor", "endCursor", "kid", "x", "secret"}
)
"""Members whose values the service makes as a whole."""

SHOWN: Final = 500
"""Characters of an answer, at most, that are told of it."""

_FRESH: Final = "instance"
"""The member that is another one in every answer."""


@dataclass
class Standing:
    """What of the examples stands for what of the answers."""

    answers: dict[str, str] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def agrees(self, example: str, answer: str) -> bool:
        """Whether one stands for the other; from now on, if neither has stood for anything."""
        if example not in self.answers and answer not in self.examples:
            self.answers[example], self.examples[answer] = answer, example
        return self.answers.get(example) == answer

    def sent(self, value: Any) -> Any:
        """Return what an example shows as it is to be sent. What no answer has shown yet stands for itself."""
        if isinstance(value, dict):
            return {name: self.sent(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.sent(part) for part in value]
        if not isinstance(value, str):
            return value
        return self.answers.get(value) or MADE.sub(self._sent, value)

    def _sent(self, made: re.Match[str]) -> str:
        if made.lastgroup == "id" and made[0] not in self.answers:
            self.agrees(made[0], made[0])
        return self.answers.get(made[0], made[0])

    def differences(self, example: Any, answer: Any, *, more: bool = False, at: str = "") -> Iterator[str]:
        """Yield where the answer is not what the example shows; with `more`, it may show more than that."""
        if isinstance(example, dict) and isinstance(answer, dict):
            yield from self._members(example, answer, more=more, at=at)
        elif isinstance(example, list) and isinstance(answer, list):
            if len(answer) < len(example) or (len(answer) > len(example) and not more):
                yield f"{at}: {len(answer)} elements, {len(example)} in the example"
            for i, (shown, said) in enumerate(zip(example, answer, strict=False)):
                yield from self.differences(shown, said, more=more, at=f"{at}/{i}")
        elif isinstance(example, str) and isinstance(answer, str):
            if not self._same(example, answer, more=more, name=at.rpartition("/")[2]):
                yield f"{at}: {answer!r}, {example!r} in the example"
        elif type(example) is not type(answer) or example != answer:
            yield f"{at}: {answer!r}, {example!r} in the example"

    def _members(self, example: Json, answer: Json, *, more: bool, at: str) -> Iterator[str]:
        shown = {MADE.sub(self._sent, name): value for name, value in example.items()}
        for name in {**shown, **answer}:
            if name not in answer:
                yield f"{at}/{name}: missing"
            elif name in shown:
                yield from self.differences(shown[name], answer[name], more=more, at=f"{at}/{name}")
            elif not more:
                yield f"{at}/{name}: not in the example"

    def _same(self, example: str, answer: str, *, more: bool, name: str) -> bool:
        if name in WHOLE:
            return self.agrees(example, answer)
        shown, said = list(MADE.finditer(example)), list(MADE.finditer(answer))
        rest = MADE.sub(_kind, answer)
        alike = rest.startswith(MADE.sub(_kind, example)) if more else rest == MADE.sub(_kind, example)
        bound = [(a[0], b[0]) for a, b in zip(shown, said, strict=False) if a.lastgroup != "instant" and name != _FRESH]
        return alike and all(self.agrees(*pair) for pair in bound)


def _kind(made: re.Match[str]) -> str:
    return f"<{made.lastgroup}>"


@dataclass
class Tried:
    """What came of trying the examples: what was wrong, which examples were tried, what was reached and refused."""

    wrong: list[str] = field(default_factory=list)
    examples: set[int] = field(default_factory=set)
    statuses: set[tuple[str, int]] = field(default_factory=set)
    refusals: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Trial:
    """Tries the examples of a contract one after the other, over one client."""

    contract: Json
    client: httpx.AsyncClient
    standing: Standing = field(default_factory=Standing)
    tried: Tried = field(default_factory=Tried)
    given: dict[tuple[str, str], Json] = field(default_factory=dict)
    operations: dict[str, tuple[str, str, Json]] = field(init=False)
    validators: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operations = {
            described["operationId"]: (method.upper(), path, described)
            for path, item in self.contract["paths"].items()
            for method, described in item.items()
        }

    async def take(self, step: Step) -> httpx.Response:
        """Send the request of a step, and note whatever is not as its examples show it."""
        where = f"{step.operation} · {step.request} · {step.answer}"
        answer = await self.send(step)
        self.tried.statuses.add((step.operation, answer.status_code))
        self.tried.wrong += [f"{where}: {wrong}" for wrong in self._wrong(step, answer)]
        if answer.status_code < 300 and answer.headers.get("Content-Type", "").startswith("application/json"):
            self.given[step.operation, step.answer] = answer.json()
        return answer

    async def send(self, step: Step) -> httpx.Response:
        method, path, described = self.operations[step.operation]
        query: dict[str, Any] = {}
        headers = {"User-Agent": "tea-house/1.0", **self._authorization(step)}
        for parameter in described["parameters"]:
            value = self._example(parameter, step.request)
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(self.standing.sent(value)))
            elif parameter["name"] == "Idempotency-Key" and parameter["required"] and value is None:
                headers["Idempotency-Key"] = key()
            elif value is not None:
                (query if parameter["in"] == "query" else headers)[parameter["name"]] = self.standing.sent(value)
        headers |= {name: self.standing.sent(value) for name, value in step.headers.items()}
        content = step.raw if step.raw is not None else self._content(described, step.request)
        typed = {"Content-Type": "application/json"} if content is not None else {}
        if headers.get("Stripe-Signature") == SIGNED:
            headers["Stripe-Signature"] = signature_of(content or b"", WEBHOOK_SECRET)
        wanted = {name: value for name, value in {**typed, **headers}.items() if value}
        return await self.client.request(method, path, params=query, headers=wanted, content=content)

    def _authorization(self, step: Step) -> dict[str, str]:
        if step.by == NOBODY:
            return {}
        operation, answer, member = WHO[step.by]
        return {"Authorization": f"Bearer {self.given[operation, answer][member]}"}

    def _content(self, described: Json, name: str) -> bytes | None:
        media = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = self._example(media, name)
        if body is None:
            return None
        self.tried.wrong += [f"{described['operationId']} · {name}: {error}" for error in self._invalid(media, body)]
        return json.dumps(self.standing.sent(body)).encode()

    def _example(self, place: Json, name: str) -> Any:
        """Return what the example shows that is named so at this place; None where there is none."""
        example = place.get("examples", {}).get(name)
        if example is None:
            return None
        self.tried.examples.add(id(example))
        return example["value"]

    def _wrong(self, step: Step, answer: httpx.Response) -> Iterator[str]:
        responses = self.operations[step.operation][2]["responses"]
        described = self.resolved(responses.get(str(answer.status_code), {}))
        if not described:
            yield f"{answer.status_code} is not in the contract: {answer.text[:SHOWN]}"
            return
        if "content" not in described:
            if answer.content or any(self._shows(one, step.answer) for one in responses.values()):
                yield f"answered {answer.status_code}: {answer.text[:SHOWN]}"
            return
        media = self.media(described, answer)
        example = media.get("examples", {}).get(step.answer)
        said = body_of(answer)
        if example is None:
            yield f"{answer.status_code} has no such example; it would be\n{as_yaml({step.answer: {'value': said}})}"
            return
        self.tried.examples.add(id(example))
        if answer.status_code >= 400:
            self.tried.refusals.add((step.operation, said["type"].rpartition("/")[2]))
        yield from self.standing.differences(example["value"], said, more=example.get("x-excerpt", False))
        yield from (f"the example is not valid: {error}" for error in self._invalid(media, example["value"]))
        yield from (f"the answer is not valid: {error}" for error in self._invalid(media, said))

    def _shows(self, response: Json, name: str) -> bool:
        content = self.resolved(response).get("content", {})
        return any(name in media.get("examples", {}) for media in content.values())

    def media(self, described: Json, answer: httpx.Response) -> Json:
        """Return what is said of the media type of this answer."""
        content: Json = described["content"]
        found: Json = content.get(answer.headers["Content-Type"].partition(";")[0]) or content.get("*/*") or {}
        return found

    def resolved(self, node: Json) -> Json:
        """Return what is referred to, or the node itself."""
        if "$ref" not in node:
            return node
        kind, name = node["$ref"].split("/")[2:]
        found: Json = self.contract["components"][kind][name]
        return found

    def _invalid(self, media: Json, value: Any) -> Iterator[str]:
        schema = media.get("schema", {})
        said = json.dumps(schema)
        if said not in self.validators:
            whole = {**schema, "components": self.contract["components"]}
            self.validators[said] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        for error in self.validators[said].iter_errors(value):
            yield f"{error.instance_path}: {error.message[:SHOWN]}"


def body_of(answer: httpx.Response) -> Any:
    """Return what an answer says: what JSON and YAML mean, or a text."""
    data = any(form in answer.headers["Content-Type"] for form in ("json", "yaml"))
    return read(answer.text) if data else answer.text

"""Two organizations side by side that both have everything, and what one can see of the other."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote
from uuid import UUID

import asyncpg
import httpx
from dishka import AsyncContainer
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.http.openapi import document
from tests.http.house import House, key
from tests.tenants.asking import ASKINGS, Asking, Caller, callers, put
from tests.tenants.things import CUSTOMER, EVERYTHING, OWNER, joined, logged_in, password_of, posted

REQUEST_ID: Final = "the-same-every-time"

Names = Mapping[str, str]
"""What stands where an operation takes a name: `path/id` → an id."""


class Seen(AssertionError):
    """Something of another organization is in an answer."""


@dataclass
class Street:
    """`prepared` is what each operation can be asked about by a member or a key, or by whoever comes (`spare`), and
    `wanted` the same of theirs: made before any wall is taken away. `marks` is all that names a thing of theirs, and
    none of ours, in `plain` letters.
    """

    app: Litestar
    client: AsyncTestClient[Litestar]
    behind: asyncpg.Connection
    ours: House
    theirs: House
    headers: dict[Caller, dict[str, str]] = field(default_factory=dict)
    prepared: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    wanted: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()

    async def furnish(self) -> None:
        """Make everything, in both houses."""
        for house in (self.ours, self.theirs):
            for thing in EVERYTHING:
                await thing.make(house)
        self.headers = await self._callers()
        for operation, asking in ASKINGS.items():
            for whose in ("spare", *callers(operation)):
                self.wanted[operation, whose] = {n: await t.make(self.theirs) for n, t in asking.names.items()}
                if whose != "customer":
                    self.prepared[operation, whose] = {n: await t.make(self.ours) for n, t in asking.names.items()}
            if asking.by is not OWNER:
                self.headers[operation] = _bearer(await asking.by.make(self.ours))
        self.marks = await self._words(self.theirs) - await self._words(self.ours)

    async def _callers(self) -> dict[Caller, dict[str, str]]:
        made = await posted(self.ours, "api-keys", name="till", role="admin")
        shopper = await joined(self.ours, "customer", customerId=await CUSTOMER.make(self.ours))
        entered = await logged_in(self.ours, shopper["email"])
        return {
            "anybody": {},
            "owner": _bearer(self.ours.token),
            "key": _bearer(made["key"]),
            "customer": _bearer(entered["accessToken"]),
        }

    async def ask(
        self, operation: str, caller: Caller, names: Names, headers: Mapping[str, str] | None = None, **query: str | int
    ) -> httpx.Response:
        """Ask as the table says, and see that nothing of theirs is in the answer. What is empty is not asked."""
        asking = ASKINGS[operation]
        method, path = self.route(operation)
        values = {**asking.fixed, **names}
        for name, value in _at("path", values).items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        params: dict[str, Any] = {**_at("query", values), **query}
        body = self._body(asking, _at("body", values))
        by = self.headers.get(operation, {}) if caller == "owner" else {}
        return await self.send(
            method,
            path,
            {**self.headers[caller], **by, **self._demanded(operation), **(headers or {})},
            params={name: value for name, value in params.items() if value != ""},
            **({} if body is None else {"json": body}),
        )

    async def send(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> httpx.Response:
        """Send a request. Raises: Seen, if its answer has anything of theirs that the request did not have;
        AssertionError, if it broke the service (a statement that finds two organizations does).
        """
        sent = {"X-Request-Id": REQUEST_ID, **headers}
        answer = await self.client.request(method, path, headers=sent, **more)
        said = plain(f"{answer.text} {json.dumps(dict(answer.headers))}")
        asked = plain(f"{unquote(path)} {json.dumps([sent, more])}")
        if seen := sorted(mark for mark in self.marks if _stands(mark, said) and not _stands(mark, asked)):
            raise Seen(f"{method} {path} answers {answer.status_code} with what is another organization's: {seen[:5]}")
        if _THEIR_TIME.search(answer.text):
            raise Seen(f"{method} {path} answers {answer.status_code} with another organization's time: {answer.text}")
        assert answer.status_code < 500, f"{method} {path} answers {answer.status_code}: {answer.text}"
        return answer

    async def their_rows(self) -> list[tuple[Any, ...]]:
        """Return every row of theirs in every table, as nobody but a superuser sees them."""
        return await self._rows(self.theirs)

    async def our_ids(self, table: str, shown_as: str) -> set[str]:
        wanted = f"SELECT {shown_as} AS id FROM {table} WHERE organization_id = $1"
        found = await self.behind.fetch(wanted, self.ours.organization)
        return {str(row["id"]) for row in found}

    async def _rows(self, house: House) -> list[tuple[Any, ...]]:
        """`xmin` changes even where a row is written as it was."""
        tables = [(row["name"], row["whose"]) for row in await self.behind.fetch(_TABLES)]
        each = (
            f"SELECT '{table}' AS name, xmin::text, to_jsonb(t)::text FROM {table} t WHERE {column} = $1"
            for table, column in tables
        )
        rows = await self.behind.fetch(f"{' UNION ALL '.join(each)} ORDER BY 1, 3", house.organization)
        return [tuple(row) for row in rows]

    async def _words(self, house: House) -> set[str]:
        """Return every text in the rows of an organization that is long enough to name something."""
        found: set[str] = {str(house.organization), house.token}
        for _, _, row in await self._rows(house):
            found |= {v for v in json.loads(row).values() if isinstance(v, str) and len(v) > 5 and v[:2] != "\\x"}
        return {plain(word) for word in found if not _INSTANT.match(word)}

    def route(self, operation: str) -> tuple[str, str]:
        for path, methods in document(self.app)["paths"].items():
            for method, described in methods.items():
                if described["operationId"] == operation:
                    return method.upper(), path
        raise LookupError(f"the app has no operation {operation}")

    def _demanded(self, operation: str) -> dict[str, str]:
        demands = self.app.state.operations[operation]
        keyed = {"Idempotency-Key": key()} if demands.key == "required" else {}
        return {**keyed, **({"If-Match": '"1"'} if demands.if_match == "required" else {})}

    def _body(self, asking: Asking, names: Names) -> Any:
        if asking.body is None:
            return None
        body = asking.body(self.ours)
        for place, value in names.items():
            put(body, place, value)
        return body


async def house_called(slug: str, client: AsyncTestClient[Litestar], container: AsyncContainer) -> House:
    """Found an organization. All owners have the same e-mail address, and each a password of its own."""
    house = House(client, container, slug, UUID(int=0), {"email": "owner@example.test"}, "")
    owner = {"email": house.owner["email"], "name": "Olive", "password": password_of(house)}
    founding = {"name": f"House of {slug}", "slug": slug, "currency": "EUR", "owner": owner, "sandbox": True}
    founded = (await client.post("/v1/organizations", json=founding)).json()
    token = (await logged_in(house, owner["email"]))["accessToken"]
    return House(client, container, slug, UUID(founded["organization"]["id"]), founded["member"], token)


async def live_ahead(house: House, behind: asyncpg.Connection) -> None:
    """Let a house live ten years ahead of the others, so that its clock shows wherever it is read."""
    ahead = "UPDATE organizations SET clock_offset_seconds = $2 WHERE id = $1"
    await behind.execute(ahead, house.organization, 10 * 365 * 86400)


def same(answer: httpx.Response, *names: str) -> tuple[int, dict[str, str], str]:
    """Return what must be the same in two answers: all but the names in the question, and the answer's own id."""
    body = re.sub(r"urn:uuid:[0-9a-f-]{36}", "urn:uuid:…", answer.text)
    for name in names:
        body = body.replace(name, "…")
    kept = {n: v for n, v in answer.headers.items() if n.lower() not in ("content-length", "date")}
    return answer.status_code, kept, body


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _at(part: str, values: Names) -> dict[str, str]:
    return {name.removeprefix(f"{part}/"): value for name, value in values.items() if name.startswith(f"{part}/")}


def plain(text: str) -> str:
    """However an id is spelled."""
    return text.lower().replace("-", "")


def _stands(mark: str, text: str) -> bool:
    """Whether a word is in a text, and not only within a longer one."""
    return mark in text and bool(re.search(rf"(?<![0-9a-z]){re.escape(mark)}(?![0-9a-z])", text))


_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT")

_THEIR_TIME: Final = re.compile("|".join(f'"{datetime.now(UTC).year + years}-' for years in range(5, 15)))

_TABLES: Final = """
SELECT oid::regclass::text AS name, attname::text AS whose
FROM pg_class JOIN pg_attribute ON attrelid = oid
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND attname = CASE relname WHEN 'organizations' THEN 'id' ELSE 'organization_id' END
"""
"""All that belongs to organizations: as the database knows it, not as we do."""

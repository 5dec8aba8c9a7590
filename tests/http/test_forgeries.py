"""Who comes with a token that is not wholly right, or not in its place, stays outside everywhere, without a trace."""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any, Final

import pytest
from dishka import Provider, Scope
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.http.problem_types import REGISTRY
from adapters.jwt import new_signing_key
from adapters.memory import MemoryStore
from adapters.memory.schema import SHAPES
from application.access import OPERATIONS
from application.shared.ports import Clock
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.keys import new_master_key
from entrypoints.settings import Settings
from tests.forgeries import fits_a_header, forgeries
from tests.http.every_operation import Asked, every_operation
from tests.http.house import PASSWORD, PUBLIC_URL, House, Told
from tests.limits import RAISED
from tests.trials import trials

SHARE: Final = 48
"""Forgeries that each operation is shown, at least."""

REFUSALS: Final = {"invalid-token", "token-expired", "authentication-required"}

WRITING: Final[dict[str, Any]] = {
    "createProduct": {"sku": "FORGED", "name": "Apple", "unitPrice": 500, "currency": "EUR"},
    "createCustomer": {"email": "forged@example.test", "name": "Bob"},
    "addMember": {"email": "forged@example.test", "name": "Bob", "password": PASSWORD, "role": "owner"},
    "createApiKey": {"name": "Forged", "role": "admin"},
    "logOutEverywhere": None,
}
"""What would be done at once for somebody with a good token."""


@dataclass(frozen=True)
class StoppedClock:
    """What expires a moment from now is not to do so while we are still trying."""

    instant: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.instant


@dataclass(frozen=True)
class Fortress:
    """A house whose signing key we know."""

    app: Litestar
    house: House
    store: MemoryStore
    key: dict[str, Any]
    now: int

    @property
    def token(self) -> str:
        return self.house.token

    @property
    def guarded(self) -> list[Asked]:
        return [asked for asked in every_operation(self.app) if not asked.operation.public]

    def forged(self) -> list[tuple[str, str]]:
        """Return what can be sent of all that is made with the claims of the owner and the real key."""
        payload = self.token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return [(name, value) for name, value in forgeries(claims, self.key, now=self.now) if fits_a_header(value)]

    def written(self) -> dict[str, Any]:
        """Return every row of the house."""
        return {table: self.store.rows(self.house.organization, table) for table in SHAPES}

    async def ask(self, asked: Asked, headers: Iterable[tuple[str, str]], query: str = "") -> Told:
        """Ask for something that would be done, where we know of something."""
        body = json.dumps(WRITING.get(asked.operation.id) or {}).encode()
        return await asked.of(self.app, *headers, query=query, body=body)


@pytest.fixture
async def fortress(quick: Provider) -> AsyncIterator[Fortress]:
    key, clock = new_signing_key(), StoppedClock()
    settings = Settings.read(
        {
            **RAISED,
            "ORDERWRIGHT_MASTER_KEY": new_master_key(),
            "ORDERWRIGHT_SIGNING_KEY": key,
            "ORDERWRIGHT_PUBLIC_URL": PUBLIC_URL,
            "ORDERWRIGHT_SIGNUP": "open",
        }
    )
    stopped = Provider(scope=Scope.APP)
    stopped.provide(lambda: clock, provides=Clock, override=True)
    container = container_of(settings, quick, stopped, store="memory")
    app = create_app(container, settings)
    async with AsyncTestClient(app) as client:
        house, store = await House.found(client, container), await container.get(MemoryStore)
        yield Fortress(app, house, store, json.loads(key), int(clock.now().timestamp()))


def trouble(answer: Told, *slugs: str) -> str:
    """Return what is wrong with a refusal, nothing where it is as it must be."""
    if answer.status != 401:
        return f"answered {answer.status}"
    if answer.slug not in slugs:
        return f"said {answer.slug}"
    if answer.headers.get("www-authenticate") != REGISTRY[answer.slug].headers["WWW-Authenticate"]:
        return "did not say how to authenticate"
    return "" if answer.headers["cache-control"] == "no-store" else "may be kept"


async def test_no_forgery_is_let_in_anywhere(fortress: Fortress) -> None:
    """A thorough run tries all everywhere; else each operation is shown its share, and each forgery somewhere."""
    before, troubles = fortress.written(), []
    forged = fortress.forged()
    share, endless = trials(len(forged), SHARE), cycle(forged)
    for asked in fortress.guarded:
        for name, value in islice(endless, share):
            answer = await fortress.ask(asked, [("Authorization", f"Bearer {value}")])
            troubles += [(asked.operation.id, name, why) for why in [trouble(answer, *REFUSALS)] if why]
    assert troubles == []
    assert fortress.written() == before
    assert len(forged) > SHARE
    assert SHARE * len(fortress.guarded) > len(forged)
    assert {asked.operation.id for asked in fortress.guarded} == {name for name, roles in OPERATIONS.items() if roles}


@pytest.mark.parametrize("operation", WRITING)
async def test_with_a_good_token_it_would_have_been_done(fortress: Fortress, operation: str) -> None:
    before = fortress.written()
    [asked] = [asked for asked in fortress.guarded if asked.operation.id == operation]
    answer = await fortress.ask(asked, [("Authorization", f"Bearer {fortress.token}")])
    assert answer.status in {201, 204}, answer.body
    assert fortress.written() != before


SCHEMES: Final = (
    "",
    "Basic ",
    "Token ",
    "JWT ",
    "DPoP ",
    "Digest ",
    "ApiKey ",
    "Bearer:",
    "Bearer=",
    "Bearer\t",
    "Bearer, ",
    "Bearers ",
    "Bearer",
    "Basic x, Bearer ",
)

ELSEWHERE: Final = (
    "X-Authorization",
    "X-Access-Token",
    "X-Auth-Token",
    "X-Api-Key",
    "Api-Key",
    "Proxy-Authorization",
    "X-Forwarded-Authorization",
    "X-Original-Authorization",
    "Authentication",
    "Sec-WebSocket-Protocol",
)

NAMES: Final = ("access_token", "token", "accessToken", "Authorization", "api_key", "session", "bearer")


def misplaced(token: str) -> dict[str, tuple[list[tuple[str, str]], str]]:
    """Return headers and query, by what is wrong with them."""
    basic = b64encode(f"{token}:".encode()).decode()
    return {
        **{f"scheme {scheme!r}": ([("Authorization", f"{scheme}{token}")], "") for scheme in SCHEMES},
        "as a user of Basic": ([("Authorization", f"Basic {basic}")], ""),
        **{f"in {name}": ([(name, f"Bearer {token}")], "") for name in ELSEWHERE},
        **{f"in {name}, alone": ([(name, token)], "") for name in ELSEWHERE},
        **{f"in the query, as {name}": ([], f"{name}={token}") for name in NAMES},
        "in the query, with its scheme": ([], f"Authorization=Bearer%20{token}"),
        **{f"in a cookie, as {name}": ([("Cookie", f"{name}={token}")], "") for name in NAMES},
        "in a cookie, with its scheme": ([("Cookie", f"Authorization=Bearer {token}")], ""),
        "behind an empty one": ([("Authorization", ""), ("Cookie", f"access_token={token}")], ""),
    }


async def test_a_good_token_in_a_wrong_place_is_none(fortress: Fortress) -> None:
    key = (await fortress.house.post("/v1/api-keys", {"name": "Robot", "role": "admin"})).json()["key"]
    before, troubles = fortress.written(), []
    for asked in fortress.guarded:
        for token in (fortress.token, key):
            for name, (headers, query) in misplaced(token).items():
                answer = await fortress.ask(asked, headers, query)
                troubles += [
                    (asked.operation.id, name, why) for why in [trouble(answer, "authentication-required")] if why
                ]
    assert troubles == []
    assert fortress.written() == before


@pytest.mark.parametrize("name", NAMES)
async def test_a_good_token_in_the_body_is_none(fortress: Fortress, name: str) -> None:
    for asked in fortress.guarded:
        if asked.operation.body:
            body = json.dumps({name: fortress.token}).encode()
            assert not trouble(await asked.of(fortress.app, body=body), "authentication-required")
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    [asked] = [asked for asked in fortress.guarded if asked.operation.id == "createProduct"]
    answer = await asked.of(fortress.app, *form, body=f"{name}={fortress.token}".encode())
    assert answer.status in {400, 401}, "two media types are one too many"


async def test_two_tokens_are_none_be_both_good(fortress: Fortress) -> None:
    good, bad = ("Authorization", f"Bearer {fortress.token}"), ("Authorization", "Bearer x")
    before = fortress.written()
    for asked in fortress.guarded:
        for both in ((good, good), (good, bad), (bad, good)):
            answer = await fortress.ask(asked, both)
            assert (answer.status, answer.slug) == (400, "malformed-request"), asked.operation.id
    assert fortress.written() == before


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "])
async def test_a_good_token_in_its_place_is_let_in(fortress: Fortress, scheme: str) -> None:
    for asked in fortress.guarded:
        if asked.operation.id not in WRITING:
            answer = await fortress.ask(asked, [("Authorization", f"{scheme}{fortress.token}")])
            assert answer.status not in {401, 403}, asked.operation.id

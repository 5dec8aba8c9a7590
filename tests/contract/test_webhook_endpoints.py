"""Webhook endpoints: what is kept of them, what is shown, and what becomes of what waits for a removed one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from adapters.opaque import AesGcmSealing, SealedSecrets
from adapters.records.changes import Changes, Insert
from adapters.records.staging import Staging
from application.shared.answering import Answering
from application.shared.errors import Outdated
from application.shared.pages import PageRequest
from application.shared.ports import Unsealable
from application.webhooks.change_endpoint import ChangeEndpoint, ChangeEndpointHandler
from application.webhooks.create_endpoint import CreateEndpoint, CreateEndpointHandler
from application.webhooks.ports import EndpointView, ShownSecret
from application.webhooks.remove_endpoint import RemoveEndpoint, RemoveEndpointHandler
from application.webhooks.reseal_secrets import ResealSecrets, ResealSecretsHandler
from application.webhooks.rotate_secret import RotateSecret, RotateSecretHandler
from domain.ids import WebhookEndpointId
from domain.shared.errors import RulesBroken, StaleVersion
from domain.webhooks.endpoint import Endpoint, EndpointChange, EndpointStatus
from domain.webhooks.errors import WebhookEndpointNotFound
from domain.webhooks.event_filter import EventFilter
from domain.webhooks.signature import parsed_secret
from domain.webhooks.target import TargetRules
from tests.contract.house import House
from tests.plain_sealing import PlainSealing

C = TypeVar("C")
R = TypeVar("R")

OLD, NEW = b"o" * 32, b"n" * 32
URL = "https://hooks.example.com/orders"


@dataclass(frozen=True)
class Hooks:
    """All that an admin does with webhook endpoints."""

    house: House
    secrets: SealedSecrets
    targets: TargetRules

    @classmethod
    def of(cls, house: House, *master: bytes) -> "Hooks":
        return cls(house, SealedSecrets(AesGcmSealing(master or (NEW,))), TargetRules())

    async def create(self, *types: EventFilter, url: str = URL) -> ShownSecret:
        backend = self.house.backend
        handler = CreateEndpointHandler(backend.begin, backend.new_id, self.secrets, self.targets)
        return await self._answer(handler, CreateEndpoint(caller=self.house.caller, url=url, event_types=types))

    async def change(self, id: WebhookEndpointId, version: int | None = None, **change: Any) -> Endpoint:
        handler = ChangeEndpointHandler(self.house.backend.begin, self.targets)
        said: EndpointChange = change  # type: ignore[assignment]
        command = ChangeEndpoint(caller=self.house.caller, endpoint_id=id, change=said, expected_version=version)
        return await self._answer(handler, command)

    async def rotate(self, id: WebhookEndpointId, version: int | None = None) -> ShownSecret:
        handler = RotateSecretHandler(self.house.backend.begin, self.secrets)
        return await self._answer(
            handler, RotateSecret(caller=self.house.caller, endpoint_id=id, expected_version=version)
        )

    async def remove(self, id: WebhookEndpointId, version: int | None = None) -> None:
        command = RemoveEndpoint(caller=self.house.caller, endpoint_id=id, expected_version=version)
        await self._answer(RemoveEndpointHandler(self.house.backend.begin), command)

    async def reseal(self, id: WebhookEndpointId) -> None:
        handler = ResealSecretsHandler(self.house.backend.begin, self.secrets)
        await self._answer(handler, ResealSecrets(caller=self.house.caller, endpoint_id=id))

    async def signing(self, id: WebhookEndpointId) -> list[bytes]:
        """What signs now, as whoever sends reads it."""
        async with self.house.begin() as work:
            endpoint = await work.endpoints.get(id)
            organization = self.house.caller.organization
            return [self.secrets.unseal(one, organization, id) for one in endpoint.secrets(work.instant())]

    async def shown(self, id: WebhookEndpointId) -> EndpointView:
        return await self.house.backend.endpoints.get(self.house.caller.organization, id)

    async def _answer(self, use_case: Callable[[C], Awaitable[R]], command: C) -> R:
        return await Answering(use_case, self.house.backend.begin, PlainSealing())(command)


@pytest.fixture
def hooks(house: House) -> Hooks:
    return Hooks.of(house)


async def test_what_was_created_is_shown_and_its_secret_is_nowhere(house: House, hooks: Hooks) -> None:
    made = await hooks.create(EventFilter.ORDER, EventFilter.STOCK_ADJUSTED)
    one = made.endpoint
    assert await hooks.shown(one.id) == EndpointView.of(one)
    assert (one.url, one.event_types, one.status, one.version) == (
        URL, (EventFilter.ORDER, EventFilter.STOCK_ADJUSTED), EndpointStatus.ENABLED, 1,
    )  # fmt: skip
    secret = parsed_secret(made.secret)
    assert len(secret) == 32
    assert await hooks.signing(one.id) == [secret]
    whole = repr(await house.everything())
    assert made.secret not in whole
    assert made.secret.removeprefix("whsec_") not in whole
    (row,) = await house.rows("webhook_endpoints")
    assert secret not in row["secret"]


async def test_a_secret_opens_for_its_own_endpoint_only(house: House, hooks: Hooks) -> None:
    one, other = (await hooks.create()).endpoint, (await hooks.create()).endpoint
    await house.overwrite("webhook_endpoints", {"id": one.id}, secret=other.secret)
    with pytest.raises(Unsealable):
        await hooks.signing(one.id)


async def test_while_secrets_rotate_both_sign_and_a_day_later_one(house: House, hooks: Hooks) -> None:
    first = await hooks.create()
    id = first.endpoint.id  # noqa: A001
    second = await hooks.rotate(id, 1)
    assert second.endpoint.version == 2
    assert await hooks.signing(id) == [parsed_secret(second.secret), parsed_secret(first.secret)]
    house.backend.clock.advance(hours=23, minutes=59)
    third = await hooks.rotate(id)
    assert await hooks.signing(id) == [parsed_secret(third.secret), parsed_secret(second.secret)]
    house.backend.clock.advance(hours=24)
    assert await hooks.signing(id) == [parsed_secret(third.secret)]
    with pytest.raises(StaleVersion):
        await hooks.rotate(id, 2)


async def test_a_rotated_master_key_reads_on_and_once_resealed_the_old_one_may_go(house: House) -> None:
    before, rotating, after = Hooks.of(house, OLD), Hooks.of(house, NEW, OLD), Hooks.of(house, NEW)
    first = await before.create()
    id = first.endpoint.id  # noqa: A001
    second = await before.rotate(id)
    both = [parsed_secret(second.secret), parsed_secret(first.secret)]
    assert await rotating.signing(id) == both
    with pytest.raises(Unsealable):
        await after.signing(id)
    await rotating.reseal(id)
    assert await after.signing(id) == both
    assert (await after.shown(id)).version == 2, "nobody who reads it can tell"
    with pytest.raises(Unsealable):
        await before.signing(id)


async def test_a_change_is_kept_and_what_is_so_already_is_none(hooks: Hooks) -> None:
    one = (await hooks.create(EventFilter.ORDER)).endpoint
    assert (await hooks.change(one.id, 1, event_types=(EventFilter.ORDER,))).version == 1
    changed = await hooks.change(one.id, 1, url="https://b.example.com", status=EndpointStatus.DISABLED, event_types=())
    assert await hooks.shown(one.id) == EndpointView.of(changed)
    assert (changed.event_types, changed.version) == ((), 2)
    with pytest.raises(StaleVersion):
        await hooks.change(one.id, 1, url="https://c.example.com")
    assert (await hooks.change(one.id, 2, status=EndpointStatus.ENABLED)).disabled_because is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "url-not-https"),
        ("https://127.0.0.1/", "url-not-public"),
        ("https://localhost/", "url-not-public"),
        ("https://2130706433/", "url-invalid"),
    ],
)
async def test_nothing_is_sent_to_where_only_we_can_go(house: House, hooks: Hooks, url: str, code: str) -> None:
    one = (await hooks.create()).endpoint
    before = await house.everything()
    for attempt in (lambda: hooks.create(url=url), lambda: hooks.change(one.id, url=url)):
        with pytest.raises(RulesBroken) as refused:
            await attempt()
        assert [(broken.pointer, broken.code) for broken in refused.value.violations] == [("/url", code)]
    assert await house.everything() == before


async def test_pages_are_newest_first_and_without_what_is_removed(house: House, hooks: Hooks) -> None:
    made = []
    for _ in range(4):
        made.append((await hooks.create()).endpoint)
        house.backend.clock.advance(seconds=1)
    await hooks.remove(made.pop(1).id)
    queries, organization = house.backend.endpoints, house.caller.organization
    first = await queries.page(organization, PageRequest(limit=2))
    assert [one.id for one in first.items] == [made[2].id, made[1].id]
    rest = await queries.page(organization, PageRequest(limit=2, position=first.end))
    assert ([one.id for one in rest.items], rest.has_next) == ([made[0].id], False)


async def test_a_removed_endpoint_is_gone_for_everybody(hooks: Hooks, other_house: House) -> None:
    one = (await hooks.create()).endpoint
    with pytest.raises(StaleVersion):
        await hooks.remove(one.id, 7)
    for nobody in (Hooks.of(other_house).remove(one.id), Hooks.of(other_house).shown(one.id)):
        with pytest.raises(WebhookEndpointNotFound):
            await nobody
    await hooks.remove(one.id, 1)
    for gone in (hooks.remove(one.id), hooks.shown(one.id), hooks.change(one.id), hooks.rotate(one.id)):
        with pytest.raises(WebhookEndpointNotFound):
            await gone


def delivery(endpoint: UUID, event: Any, house: House, **more: object) -> Insert:
    at = house.backend.clock.now()
    row = {
        "id": house.backend.new_id(), "channel": "webhook", "endpoint_id": endpoint, "event_id": event["id"], "n": 0,
        "position": 1, "subject": event["subject"], "subject_id": event["subject_id"], "type": event["type"],
        "state": "pending", "attempts": 0, "due_at": at, "lease_until": None, "fence": 3, "created_at": at,
        "settled_at": None,
    }  # fmt: skip
    return Insert("deliveries", {**row, **more})


async def staged(house: House, *inserts: Insert) -> None:
    async with house.begin() as work:
        await work.look()
        staging: Staging = getattr(work, "_unit", None) or work._attempt  # type: ignore[attr-defined]
        staging.hold(Changes.of((), inserts))
        await work.commit(None)


async def test_what_waits_for_a_removed_endpoint_is_dropped_and_nothing_else(house: House, hooks: Hooks) -> None:
    gone, other = (await hooks.create()).endpoint, (await hooks.create()).endpoint
    await house.customer()
    (event,) = [row for row in await house.rows("events") if row["type"] == "customer.changed"]
    settled_at = house.backend.clock.now() - timedelta(hours=1)
    leased = house.backend.clock.now() + timedelta(seconds=30)
    await staged(
        house,
        delivery(gone.id, event, house, n=1, lease_until=leased),
        delivery(gone.id, event, house, n=2, state="delivered", due_at=None, settled_at=settled_at),
        delivery(other.id, event, house, n=1),
    )
    house.backend.clock.advance(seconds=5)
    await hooks.remove(gone.id)
    rows = {(row["endpoint_id"], row["n"]): row for row in await house.rows("deliveries")}
    dropped = rows[gone.id, 1]
    assert (dropped["state"], dropped["due_at"], dropped["lease_until"]) == ("dropped", None, None)
    assert (dropped["settled_at"], dropped["fence"]) == (house.backend.clock.now(), 4)
    assert (rows[gone.id, 2]["state"], rows[gone.id, 2]["settled_at"]) == ("delivered", settled_at)
    assert rows[other.id, 1]["state"] == "pending"


async def test_a_rehearsed_removal_removes_nothing(house: House, hooks: Hooks) -> None:
    one = (await hooks.create()).endpoint
    before = await house.everything()
    await Hooks.of(house.dry).remove(one.id)
    assert await house.everything() == before


async def test_of_two_who_change_it_at_once_one_reads_again(house: House, hooks: Hooks) -> None:
    one = (await hooks.create()).endpoint
    async with house.begin() as slow:
        read = await slow.endpoints.get(one.id)
        await hooks.rotate(one.id)
        slow.endpoints.save(read.change(url="https://slow.example.com"))
        with pytest.raises(Outdated):
            await slow.commit(None)
    assert (await hooks.shown(one.id)).url == URL

"""API keys: found by their secret alone, noted when used, refused everywhere once revoked."""

from datetime import timedelta

import pytest

from application.identity.create_api_key import CreatedApiKey
from application.shared.caller import PrincipalKind
from application.shared.pages import PageRequest
from domain.identity.api_key import GRANTABLE
from domain.identity.errors import ApiKeyNotFound, InvalidToken
from domain.identity.roles import Role
from tests.contract.house import House
from tests.contract.sessions import enter, shut_out
from tests.people import People


@pytest.fixture
async def key(people: People) -> CreatedApiKey:
    return await people.create_key()


@pytest.mark.parametrize("role", sorted(GRANTABLE))
async def test_who_has_a_key_is_let_in(house: House, people: People, role: Role) -> None:
    key = await people.create_key(role)
    bearer = await enter(house, key.key)
    assert (bearer.organization, bearer.kind, bearer.role) == (house.caller.organization, PrincipalKind.API_KEY, role)
    assert (bearer.id, bearer.credential, bearer.customer_id) == (key.shown.id, key.shown.id, None)


async def test_a_key_is_shown_by_its_beginning(house: House, key: CreatedApiKey) -> None:
    (shown,) = (await house.backend.api_keys.page(house.caller.organization, PageRequest())).items
    assert shown == key.shown
    assert key.key.startswith(shown.prefix)
    assert len(key.key) - len(shown.prefix) > 30
    (row,) = await house.rows("api_keys")
    assert key.key.rpartition(".")[2] not in repr(row)


async def test_a_wrong_secret_opens_nothing_and_is_not_noted(
    house: House, other_house: House, people: People, key: CreatedApiKey
) -> None:
    public, _, secret = key.key.rpartition(".")
    another = await people.create_key()
    here, there = str(house.caller.organization), str(other_house.caller.organization)
    before = await house.everything()
    for forged in (
        f"{public}.{'A' * 43}",
        f"{public}.{another.key.rpartition('.')[2]}",
        f"{public}.",
        public,
        "ow_",
        key.key.replace(here, there),
        key.key.replace(str(key.shown.id), str(another.shown.id)),
        f"x{public}.{secret}",
    ):
        with pytest.raises(InvalidToken):
            await enter(house, forged)
    assert await house.everything() == before


async def test_the_last_use_is_known_to_the_minute(house: House, key: CreatedApiKey) -> None:
    async def last_used() -> object:
        (shown,) = (await house.backend.api_keys.page(house.caller.organization, PageRequest())).items
        return shown.last_used_at

    clock = house.backend.clock
    assert await last_used() is None
    for _ in range(3):
        clock.advance(minutes=1)
        await enter(house, key.key)
        assert await last_used() == clock.now()
    used = clock.now()
    clock.advance(seconds=59)
    await enter(house, key.key)
    noted = await last_used()
    assert noted in {used, used + timedelta(seconds=59)}


async def test_a_use_changes_no_version(house: House, key: CreatedApiKey) -> None:
    await enter(house, key.key)
    (row,) = await house.rows("api_keys")
    assert row["version"] == 1


async def test_a_revoked_key_is_refused_used_lately_or_not(house: House, people: People, key: CreatedApiKey) -> None:
    unused, other = await people.create_key(), await people.create_key()
    await enter(house, key.key)
    for gone in (key, unused):
        await people.revoke_key(gone.shown.id)
        assert await shut_out(house, gone.key)
        with pytest.raises(ApiKeyNotFound):
            await people.revoke_key(gone.shown.id)
    await enter(house, other.key)
    shown = (await house.backend.api_keys.page(house.caller.organization, PageRequest())).items
    assert [one.id for one in shown] == [other.shown.id]


async def test_a_key_of_another_organization_cannot_be_revoked(
    house: House, other_house: House, key: CreatedApiKey
) -> None:
    before = await house.everything()
    with pytest.raises(ApiKeyNotFound):
        await other_house.people.revoke_key(key.shown.id)
    assert await house.everything() == before

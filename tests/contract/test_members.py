"""Members: who may change whom, what ends every session, and that an organization always has an owner."""

from collections.abc import Awaitable, Callable

import pytest

from application.identity.signed_in import SignedIn
from application.shared.caller import Caller
from domain.identity.errors import InvalidCredentials, InvalidToken, MemberNotFound, PermissionMissing
from domain.identity.member import RESET_GOOD_FOR, Member
from domain.identity.roles import Role
from domain.ids import CustomerId
from domain.shared.errors import RulesBroken, StaleVersion, Taken
from tests.contract.house import House
from tests.contract.sessions import live, reasons, shut_out, told
from tests.people import PASSWORD, People

ANOTHER = "eleven lanterns on the frozen lake"

Change = Callable[[People, Member], Awaitable[object]]


@pytest.fixture
async def mia(people: People) -> Member:
    """An operator."""
    return await people.add(email="mia@example.com")


async def by_reset(people: People, member: Member) -> None:
    await people.redeem((await people.offer_reset(member.id)).token, ANOTHER)


# What ends every session

ENDING: dict[str, tuple[Change, str]] = {
    "logout everywhere": (lambda people, mia: people.log_out_everywhere(mia.id), "logout-everywhere"),
    "logout everywhere by oneself": (
        lambda people, mia: people.log_out_everywhere(mia.id, by=people.as_member(mia)),
        "logout-everywhere",
    ),
    "another password": (lambda people, mia: people.change_password(mia, ANOTHER), "password-changed"),
    "another role": (lambda people, mia: people.change_role(mia.id, Role.ADMIN), "role-changed"),
    "removal": (lambda people, mia: people.remove(mia.id), "removed"),
    "a reset": (by_reset, "password-changed"),
}


@pytest.mark.parametrize(("change", "because"), ENDING.values(), ids=ENDING)
async def test_every_session_of_the_member_ends(
    house: House, people: People, mia: Member, change: Change, because: str
) -> None:
    first = await people.log_in(mia.email)
    rotated = [first, await people.refresh(first.refresh_token), await people.log_in(mia.email)]
    owner = await people.log_in(house.email)
    await change(people, mia)
    assert await live(house, mia.id) == []
    assert await reasons(house) == [because, because]
    ended = [facts["because"] for type_, facts in await told(house, mia.id) if type_ == "session.revoked"]
    assert ended == [because, because]
    for signed_in in rotated:
        with pytest.raises(InvalidToken):
            await people.refresh(signed_in.refresh_token)
    for signed_in in rotated:
        assert await shut_out(house, signed_in.access.token)
    await people.refresh(owner.refresh_token)


async def test_a_role_that_stays_ends_nothing(house: House, people: People, mia: Member) -> None:
    signed_in = await people.log_in(mia.email)
    before = await house.everything()
    assert (await people.change_role(mia.id, Role.OPERATOR)).version == mia.version
    assert await house.everything() == before
    await people.refresh(signed_in.refresh_token)


async def test_who_logs_in_again_has_the_new_role(people: People, mia: Member) -> None:
    await people.change_role(mia.id, Role.VIEWER)
    signed_in = await people.log_in(mia.email)
    refreshed = await people.refresh(signed_in.refresh_token)
    for answer in (signed_in, refreshed):
        assert people.tokens.verify(answer.access.token).role is Role.VIEWER


# Passwords


async def test_only_the_right_password_logs_in(house: House, people: People, mia: Member) -> None:
    before = await house.everything()
    for email, password in ((mia.email, ANOTHER), ("nobody@example.com", PASSWORD), (mia.email, "")):
        with pytest.raises(InvalidCredentials):
            await people.log_in(email, password)
    assert await house.everything() == before
    await people.log_in("MIA@Example.com")


async def test_a_password_is_changed_by_who_knows_it(house: House, people: People, mia: Member) -> None:
    with pytest.raises(InvalidCredentials):
        await people.change_password(mia, ANOTHER, current="not it at all, I fear")
    await people.change_password(mia, ANOTHER)
    with pytest.raises(InvalidCredentials):
        await people.log_in(mia.email)
    await people.log_in(mia.email, ANOTHER)
    assert [type_ for type_, _ in await told(house, mia.id)] == ["password.changed"]


# A one-time token for a new password


@pytest.fixture
async def leave(people: People, mia: Member) -> str:
    return (await people.offer_reset(mia.id)).token


async def test_a_reset_is_good_once(people: People, mia: Member, leave: str) -> None:
    await people.redeem(leave, ANOTHER)
    with pytest.raises(InvalidToken):
        await people.redeem(leave, PASSWORD)
    await people.log_in(mia.email, ANOTHER)


async def test_a_reset_is_good_for_an_hour(house: House, people: People, mia: Member) -> None:
    offer = await people.offer_reset(mia.id)
    assert offer.expires_at == house.backend.clock.now() + RESET_GOOD_FOR
    house.backend.clock.advance(hours=1)
    with pytest.raises(InvalidToken):
        await people.redeem(offer.token, ANOTHER)
    offer = await people.offer_reset(mia.id)
    house.backend.clock.advance(minutes=59, seconds=59)
    await people.redeem(offer.token, ANOTHER)


UNDONE: dict[str, Change] = {
    "a newer offer": lambda people, mia: people.offer_reset(mia.id),
    "another password": lambda people, mia: people.change_password(mia, ANOTHER),
    "removal": lambda people, mia: people.remove(mia.id),
}


@pytest.mark.parametrize("change", UNDONE.values(), ids=UNDONE)
async def test_a_reset_is_undone_by(house: House, people: People, mia: Member, leave: str, change: Change) -> None:
    await change(people, mia)
    before = await house.everything()
    with pytest.raises(InvalidToken):
        await people.redeem(leave, "nine foxes under the red bridge")
    assert await house.everything() == before


async def test_a_reset_takes_its_own_token_and_its_own_organization(
    house: House, other_house: House, people: People, leave: str
) -> None:
    public, _, secret = leave.rpartition(".")
    before = await house.everything()
    for forged in (f"{public}.{'A' * 43}", public, "", f"{public}.{secret[:-1]}"):
        with pytest.raises(InvalidToken):
            await people.redeem(forged, ANOTHER)
    for slug in (other_house.slug, "no-such-house"):
        with pytest.raises(InvalidToken):
            await people.redeem(leave, ANOTHER, slug=slug)
    assert await house.everything() == before


async def test_a_reset_is_offered_and_nobody_is_logged_out(house: House, people: People, mia: Member) -> None:
    signed_in = await people.log_in(mia.email)
    await people.offer_reset(mia.id)
    await people.log_in(mia.email)
    await people.refresh(signed_in.refresh_token)


# Coming and going


async def test_who_is_removed_is_gone_and_the_address_free(house: House, people: People, mia: Member) -> None:
    await people.remove(mia.id)
    with pytest.raises(InvalidCredentials):
        await people.log_in(mia.email)
    gone: list[Callable[[], Awaitable[object]]] = [
        lambda: people.remove(mia.id),
        lambda: people.change_role(mia.id, Role.ADMIN),
        lambda: people.offer_reset(mia.id),
        lambda: people.log_out_everywhere(mia.id),
        lambda: house.backend.members.get(house.caller.organization, mia.id),
    ]
    for action in gone:
        with pytest.raises(MemberNotFound):
            await action()
    again = await people.add(email="MIA@example.com")
    assert again.id != mia.id
    await people.log_in(mia.email)
    await people.remove(again.id)
    await people.add(email="mia@example.com")


async def test_an_address_is_one_members(people: People, mia: Member) -> None:
    with pytest.raises(Taken) as refused:
        await people.add(email="Mia@EXAMPLE.com")
    assert refused.value.fields == ("email",)


async def test_a_customer_logs_in_for_a_customer_of_the_house(house: House, other_house: House) -> None:
    people, customer = house.people, await house.customer()
    member = await people.add(Role.CUSTOMER, customer=customer.id)
    bearer = people.tokens.verify((await people.log_in(member.email)).access.token)
    assert (bearer.role, bearer.customer_id) == (Role.CUSTOMER, customer.id)
    stranger = await other_house.customer()
    wrong: list[tuple[Role, CustomerId | None, str]] = [
        (Role.CUSTOMER, None, "customer-required"),
        (Role.VIEWER, customer.id, "customer-not-allowed"),
        (Role.CUSTOMER, stranger.id, "customer-not-found"),
        (Role.CUSTOMER, CustomerId(house.backend.new_id()), "customer-not-found"),
    ]
    for role, whose, code in wrong:
        with pytest.raises(RulesBroken) as refused:
            await people.add(role, customer=whose)
        assert [violation.code for violation in refused.value.violations] == [code]
    for id_, role in ((member.id, Role.VIEWER), ((await people.add()).id, Role.CUSTOMER)):
        with pytest.raises(RulesBroken, match="customer"):
            await people.change_role(id_, role)


async def test_a_change_of_a_version_that_is_gone_is_stale(people: People, mia: Member) -> None:
    await people.change_role(mia.id, Role.ADMIN, version=1)
    with pytest.raises(StaleVersion):
        await people.change_role(mia.id, Role.VIEWER, version=1)


# Owners


LAST_OWNER: dict[str, Change] = {
    "another role": lambda people, owner: people.change_role(owner.id, Role.ADMIN),
    "another role, by oneself": lambda people, owner: people.change_role(
        owner.id, Role.VIEWER, by=people.as_member(owner)
    ),
    "removal": lambda people, owner: people.remove(owner.id),
    "removal by oneself": lambda people, owner: people.remove(owner.id, by=people.as_member(owner)),
}


@pytest.mark.parametrize("change", LAST_OWNER.values(), ids=LAST_OWNER)
async def test_the_last_owner_stays(house: House, people: People, change: Change) -> None:
    second = await people.add(Role.OWNER)
    signed_in = await people.log_in(second.email)
    await people.change_role(people.owner, Role.ADMIN)  # so that the second is the last
    before = await house.everything()
    with pytest.raises(RulesBroken) as refused:
        await change(people, second)
    assert [violation.code for violation in refused.value.violations] == ["last-owner"]
    assert await house.everything() == before
    await people.refresh(signed_in.refresh_token)
    await people.change_role(people.owner, Role.OWNER)
    await change(people, second)


FORBIDDEN: dict[str, Callable[[People, Caller, Member], Awaitable[object]]] = {
    "make an owner": lambda people, admin, _: people.add(Role.OWNER, by=admin),
    "raise to owner": lambda people, admin, _: people.change_role(admin.principal.id, Role.OWNER, by=admin),  # type: ignore[arg-type]
    "demote": lambda people, admin, owner: people.change_role(owner.id, Role.ADMIN, by=admin),
    "confirm the role of": lambda people, admin, owner: people.change_role(owner.id, Role.OWNER, by=admin),
    "remove": lambda people, admin, owner: people.remove(owner.id, by=admin),
    "log out": lambda people, admin, owner: people.log_out_everywhere(owner.id, by=admin),
    "offer a new password to": lambda people, admin, owner: people.offer_reset(owner.id, by=admin),
}


@pytest.mark.parametrize("attempt", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_an_admin_cannot_touch_an_owner(
    house: House, people: People, attempt: Callable[[People, Caller, Member], Awaitable[object]]
) -> None:
    owner, admin = await people.add(Role.OWNER), await people.add(Role.ADMIN)
    await people.log_in(owner.email)
    before = await house.everything()
    with pytest.raises(PermissionMissing) as refused:
        await attempt(people, people.as_member(admin), owner)
    assert refused.value.required == (Role.OWNER,)
    assert await house.everything() == before


async def test_an_admin_changes_everybody_else(people: People) -> None:
    admin = people.as_member(await people.add(Role.ADMIN))
    mia = await people.add(by=admin)
    assert (await people.change_role(mia.id, Role.ADMIN, by=admin)).role is Role.ADMIN
    await people.offer_reset(mia.id, by=admin)
    await people.log_out_everywhere(mia.id, by=admin)
    await people.remove(mia.id, by=admin)


async def test_owners_are_counted_as_they_come_and_go(house: House, people: People, signed_in: SignedIn) -> None:
    second, third = await people.add(Role.OWNER), await people.add(Role.ADMIN)
    await people.change_role(third.id, Role.OWNER)
    (row,) = await house.rows("organizations")
    assert row["owners"] == 3
    await people.remove(second.id)
    await people.change_role(third.id, Role.VIEWER)
    (row,) = await house.rows("organizations")
    assert (row["owners"], row["version"]) == (1, 1)
    await people.refresh(signed_in.refresh_token)


@pytest.fixture
async def signed_in(house: House, people: People) -> SignedIn:
    """The owner."""
    return await people.log_in(house.email)

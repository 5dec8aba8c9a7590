"""Many at once at one login: a refresh that races whatever ends its session never leaves anything alive.

First in numbers, then one by one, each race where it hurts: between the look and the commit.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import pytest

from application.identity.signed_in import SignedIn
from application.shared.errors import Outdated
from domain.identity.errors import InvalidCredentials, InvalidToken, TokenReuseDetected
from domain.identity.member import MOST_SESSIONS, Member
from domain.identity.roles import Role
from domain.shared.errors import Refused, RulesBroken
from tests.contract.house import House
from tests.contract.sessions import live, reasons, told
from tests.people import PASSWORD, People
from tests.trials import trials

ANOTHER = "eleven lanterns on the frozen lake"


@pytest.fixture
async def mia(people: People) -> Member:
    """An operator."""
    return await people.add(email="mia@example.com")


async def at_once(attempts: Iterable[Awaitable[object]]) -> list[object]:
    """Run all at once, in any order, and return what came of them in the order given."""
    attempts = list(attempts)
    tasks: dict[int, asyncio.Future[object]] = {}
    for place in random.sample(range(len(attempts)), len(attempts)):
        tasks[place] = asyncio.ensure_future(attempts[place])
    return await asyncio.gather(*(tasks[place] for place in range(len(attempts))), return_exceptions=True)


def names(results: Iterable[object]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


async def nobody_is_in(house: House, member: Member, *tokens: object) -> None:
    """No session is live, and no token, presented or minted, refreshes."""
    assert await live(house, member.id) == []
    for token in tokens:
        text = token.refresh_token if isinstance(token, SignedIn) else token
        if isinstance(text, str):
            with pytest.raises(InvalidToken):
                await house.people.refresh(text)


# In numbers


async def test_eight_refreshes_of_one_token_make_one_successor(house: House, people: People, mia: Member) -> None:
    for trial in range(1, trials(1000, 15) + 1):
        first = (await people.log_in(mia.email)).refresh_token
        for _ in range(random.randint(0, 2)):
            first = (await people.refresh(first)).refresh_token
        before = len(await house.rows("refresh_tokens")) if trial < 50 else None
        answers = await at_once(people.refresh(first) for _ in range(8))
        assert names(answers) == {"SignedIn": 8}
        (successor,) = {answer.refresh_token for answer in answers if isinstance(answer, SignedIn)}
        if before is not None:
            assert len(await house.rows("refresh_tokens")) == before + 1
        await people.refresh(successor)
        await people.log_out(successor)
    children = Counter(row["parent_id"] for row in await house.rows("refresh_tokens") if row["parent_id"])
    assert set(children.values()) == {1}


async def test_refreshes_really_race(house: House, people: People, mia: Member) -> None:
    """Else nothing in this file would prove anything: without the reruns somebody is outdated."""
    seen: Counter[str] = Counter()
    for _ in range(50):
        token = (await people.log_in(mia.email)).refresh_token
        once = [people.once.refresh(token) for _ in range(8)]
        seen += names(await at_once(once))
        assert seen.keys() <= {"SignedIn", "Outdated"}
        if seen["Outdated"]:
            return
    pytest.fail(f"nobody was ever overtaken: {seen}")


async def test_of_refresh_and_logout_nothing_is_left_alive(house: House, people: People, mia: Member) -> None:
    for _ in range(trials(300, 12)):
        token = (await people.log_in(mia.email)).refresh_token
        refreshed, out = await at_once([people.refresh(token), people.log_out(token)])
        assert out is None
        assert isinstance(refreshed, SignedIn | InvalidToken)
        await nobody_is_in(house, mia, token, refreshed)
    assert set(await reasons(house)) == {"logout"}


Ending = Callable[[People, Member], Awaitable[object]]

ENDINGS: dict[str, tuple[Ending, str]] = {
    "logout everywhere": (lambda people, mia: people.log_out_everywhere(mia.id), "logout-everywhere"),
    "another password": (lambda people, mia: people.change_password(mia, PASSWORD), "password-changed"),
    "another role": (lambda people, mia: people.change_role(mia.id, Role.ADMIN), "role-changed"),
}


@pytest.mark.parametrize(("ending", "because"), ENDINGS.values(), ids=ENDINGS)
async def test_of_refreshes_and_an_end_of_all_sessions_nothing_is_left_alive(
    house: House, people: People, mia: Member, ending: Ending, because: str
) -> None:
    for _ in range(trials(300, 8)):
        await people.change_role(mia.id, Role.OPERATOR)
        tokens = [(await people.log_in(mia.email)).refresh_token for _ in range(2)]
        *refreshed, ended = await at_once([*(people.refresh(token) for token in tokens), ending(people, mia)])
        assert isinstance(ended, Member | None)
        assert all(isinstance(answer, SignedIn | InvalidToken) for answer in refreshed)
        await nobody_is_in(house, mia, *tokens, *refreshed)
    assert set(await reasons(house)) == {because}


async def test_no_session_of_the_old_password_outlives_it(house: House, people: People, mia: Member) -> None:
    current = PASSWORD
    for trial in range(trials(300, 8)):
        another = f"{trial} lanterns on the frozen lake"
        *logins, changed = await at_once(
            [
                *(people.log_in(mia.email, current) for _ in range(2)),
                people.change_password(mia, another, current=current),
            ]
        )
        assert changed is None
        assert all(isinstance(answer, SignedIn | InvalidCredentials) for answer in logins)
        await nobody_is_in(house, mia, *logins)
        current = another
    await people.log_in(mia.email, current)


async def test_there_are_never_more_than_twenty_sessions(house: House, people: People, mia: Member) -> None:
    for _ in range(MOST_SESSIONS - 1):
        await people.log_in(mia.email)
    for _ in range(trials(100, 6)):
        house.backend.clock.advance(seconds=1)
        answers = await at_once(people.log_in(mia.email) for _ in range(4))
        assert names(answers).keys() <= {"SignedIn", "ConcurrentModification"}
        assert names(answers)["SignedIn"] >= 1
        assert len(await live(house, mia.id)) == MOST_SESSIONS


async def test_a_reset_is_redeemed_once_by_however_many(house: House, people: People, mia: Member) -> None:
    for trial in range(trials(200, 8)):
        leave = (await people.offer_reset(mia.id)).token
        passwords = [f"{trial} lanterns on the lake number {place}" for place in range(3)]
        answers = await at_once(people.redeem(leave, password) for password in passwords)
        assert names(answers) == {"NoneType": 1, "InvalidToken": 2}
        await people.log_in(mia.email, passwords[answers.index(None)])
    assert [type_ for type_, _ in await told(house, mia.id)].count("password.changed") == trials(200, 8)


@pytest.mark.parametrize("how", ["demote", "remove"])
async def test_of_two_owners_who_are_rid_of_each_other_one_stays(house: House, people: People, how: str) -> None:
    one = people.owner
    for _ in range(trials(200, 8)):
        other = (await people.add(Role.OWNER)).id
        if how == "demote":
            attempts = [people.change_role(one, Role.ADMIN), people.change_role(other, Role.ADMIN)]
        else:
            attempts = [people.remove(one), people.remove(other)]  # type: ignore[list-item]
        answers = await at_once(attempts)
        assert [isinstance(answer, RulesBroken) for answer in answers].count(True) == 1
        (organization,) = await house.rows("organizations")
        assert organization["owners"] == 1
        one = one if isinstance(answers[0], RulesBroken) else other


async def test_reuse_against_refresh_ends_the_session_whoever_is_first(
    house: House, people: People, mia: Member
) -> None:
    for _ in range(trials(200, 8)):
        first = (await people.log_in(mia.email)).refresh_token
        second = (await people.refresh(first)).refresh_token
        third = (await people.refresh(second)).refresh_token
        refreshed, robbed = await at_once([people.refresh(third), people.refresh(first)])
        assert isinstance(robbed, TokenReuseDetected)
        assert isinstance(refreshed, SignedIn | TokenReuseDetected)
        assert await live(house) == []
        if isinstance(refreshed, SignedIn):
            with pytest.raises(TokenReuseDetected):
                await people.refresh(refreshed.refresh_token)


# One by one


async def test_a_refresh_overtaken_by_another_has_the_same_successor(house: House, people: People, mia: Member) -> None:
    token = (await people.log_in(mia.email)).refresh_token
    faster: list[SignedIn] = []

    async def refresh() -> None:
        faster.append(await people.refresh(token))

    slower = await people.meanwhile(refresh).refresh(token)
    assert [slower.refresh_token] == [answer.refresh_token for answer in faster]
    assert len(await house.rows("refresh_tokens")) == 2


async def test_a_refresh_overtaken_by_two_generations_is_reuse(house: House, people: People, mia: Member) -> None:
    token = (await people.log_in(mia.email)).refresh_token

    async def twice() -> None:
        await people.refresh((await people.refresh(token)).refresh_token)

    with pytest.raises(TokenReuseDetected):
        await people.meanwhile(twice).refresh(token)
    assert await reasons(house) == ["reuse-detected"]


async def test_the_same_again_is_not_given_once_it_is_used(house: House, people: People, mia: Member) -> None:
    """Within the grace, but the successor is used between look and commit: nobody gets it any more."""
    token = (await people.log_in(mia.email)).refresh_token
    successor = (await people.refresh(token)).refresh_token
    with pytest.raises(TokenReuseDetected):
        await people.meanwhile(lambda: people.refresh(successor)).refresh(token)
    assert await live(house) == []


Token = str
Overtaking = Callable[[People, Member, Token], Awaitable[object]]

ENDS_IT: dict[str, tuple[Overtaking, type[Refused]]] = {
    "logout": (lambda people, _, token: people.log_out(token), InvalidToken),
    "logout everywhere": (lambda people, mia, _: people.log_out_everywhere(mia.id), InvalidToken),
    "another password": (lambda people, mia, _: people.change_password(mia, ANOTHER), InvalidToken),
    "another role": (lambda people, mia, _: people.change_role(mia.id, Role.ADMIN), InvalidToken),
    "removal": (lambda people, mia, _: people.remove(mia.id), InvalidToken),
    "twenty other logins": (lambda people, mia, _: twenty_logins(people, mia), InvalidToken),
}


async def twenty_logins(people: People, mia: Member) -> None:
    for _ in range(MOST_SESSIONS):
        await people.log_in(mia.email)


@pytest.mark.parametrize(("overtaking", "refusal"), ENDS_IT.values(), ids=ENDS_IT)
async def test_a_refresh_that_is_overtaken_by_the_end_mints_nothing(
    house: House, people: People, mia: Member, overtaking: Overtaking, refusal: type[Refused]
) -> None:
    token = (await people.log_in(mia.email)).refresh_token
    with pytest.raises(refusal):
        await people.meanwhile(lambda: overtaking(people, mia, token)).refresh(token)
    assert not [row for row in await house.rows("refresh_tokens") if row["parent_id"] is not None]


@pytest.mark.parametrize(("ending", "refusal"), ENDS_IT.values(), ids=ENDS_IT)
async def test_an_end_that_is_overtaken_by_a_refresh_ends_what_that_minted(
    house: House, people: People, mia: Member, ending: Overtaking, refusal: type[Refused]
) -> None:
    token = (await people.log_in(mia.email)).refresh_token
    minted: list[SignedIn] = []

    async def refresh() -> None:
        minted.append(await people.refresh(token))

    await ending(people.meanwhile(refresh), mia, token)
    assert len(minted) == 1
    for text in (minted[0].refresh_token, token):
        with pytest.raises(refusal):
            await people.refresh(text)


@pytest.mark.parametrize(
    ("overtaking", "_"), [ENDS_IT["another password"], ENDS_IT["removal"]], ids=["password", "removal"]
)
async def test_a_login_that_is_overtaken_by_another_password_or_removal_is_refused(
    house: House, people: People, mia: Member, overtaking: Overtaking, _: object
) -> None:
    with pytest.raises(InvalidCredentials):
        await people.meanwhile(lambda: overtaking(people, mia, "")).log_in(mia.email)
    assert await house.rows("sessions") == []


@pytest.mark.parametrize("how", ["another password", "removal"])
async def test_a_login_whose_password_is_changed_while_it_is_checked_is_refused(
    house: House, people: People, mia: Member, how: str
) -> None:
    """The old password was right when it was read; it is not when the session begins."""
    overtaking, _ = ENDS_IT[how]
    with pytest.raises(InvalidCredentials):
        await people.while_checking(lambda: overtaking(people, mia, "")).log_in(mia.email)
    assert await house.rows("sessions") == []


async def test_of_two_who_change_one_password_the_slower_has_to_know_the_new_one(people: People, mia: Member) -> None:
    slower = people.while_checking(lambda: people.change_password(mia, ANOTHER))
    with pytest.raises(InvalidCredentials):
        await slower.change_password(mia, "too late for this one")
    await people.log_in(mia.email, ANOTHER)


async def test_a_reset_that_is_redeemed_while_another_hashes_is_used(people: People, mia: Member) -> None:
    leave = (await people.offer_reset(mia.id)).token
    slower = people.while_checking(lambda: people.redeem(leave, ANOTHER))
    with pytest.raises(InvalidToken):
        await slower.redeem(leave, "too late for this one")
    await people.log_in(mia.email, ANOTHER)


SINCE_LOGIN = {name: ending for name, (ending, _) in ENDS_IT.items() if name not in {"logout", "twenty other logins"}}


@pytest.mark.parametrize("ending", SINCE_LOGIN.values(), ids=SINCE_LOGIN)
async def test_an_end_of_all_that_is_overtaken_by_a_login_ends_that_too(
    house: House, people: People, mia: Member, ending: Overtaking
) -> None:
    logged_in: list[SignedIn] = []

    async def log_in() -> None:
        logged_in.append(await people.log_in(mia.email))

    await ending(people.meanwhile(log_in), mia, "")
    await nobody_is_in(house, mia, *logged_in)
    assert len(logged_in) == len(await house.rows("sessions")) == 1


async def test_the_twenty_first_login_that_is_overtaken_by_a_login_ends_one_more(
    house: House, people: People, mia: Member
) -> None:
    for _ in range(MOST_SESSIONS - 1):
        await people.log_in(mia.email)
    await people.meanwhile(lambda: people.log_in(mia.email)).log_in(mia.email)
    assert len(await live(house, mia.id)) == MOST_SESSIONS
    assert await reasons(house) == ["too-many-sessions"]


async def test_a_reset_that_is_redeemed_meanwhile_is_used(house: House, people: People, mia: Member) -> None:
    leave = (await people.offer_reset(mia.id)).token
    with pytest.raises(InvalidToken):
        await people.meanwhile(lambda: people.redeem(leave, ANOTHER)).redeem(leave, "too late for this one")
    await people.log_in(mia.email, ANOTHER)


async def test_a_reset_that_is_replaced_meanwhile_is_over(house: House, people: People, mia: Member) -> None:
    leave = (await people.offer_reset(mia.id)).token
    with pytest.raises(InvalidToken):
        await people.meanwhile(lambda: people.offer_reset(mia.id)).redeem(leave, ANOTHER)
    await people.log_in(mia.email)


OWNERS: dict[str, Callable[[People, Member], Awaitable[object]]] = {
    "demotion": lambda people, owner: people.change_role(owner.id, Role.ADMIN),
    "removal": lambda people, owner: people.remove(owner.id),
}


@pytest.mark.parametrize("first", OWNERS.values(), ids=OWNERS)
@pytest.mark.parametrize("then", OWNERS.values(), ids=OWNERS)
async def test_an_owner_cannot_go_once_the_other_is_no_owner_any_more(
    house: House,
    people: People,
    first: Callable[[People, Member], Awaitable[object]],
    then: Callable[[People, Member], Awaitable[object]],
) -> None:
    founder = people.owner
    one, other = await people.add(Role.OWNER), await people.add(Role.OWNER)
    await people.remove(founder)
    with pytest.raises(RulesBroken, match="last owner"):
        await then(people.meanwhile(lambda: first(people, one)), other)
    (organization,) = await house.rows("organizations")
    assert organization["owners"] == 1


async def test_without_a_rerun_the_slower_one_is_outdated_and_writes_nothing(
    house: House, people: People, mia: Member
) -> None:
    token = (await people.log_in(mia.email)).refresh_token
    before: object = None

    async def log_out() -> None:
        await people.log_out(token)
        nonlocal before
        before = await house.everything()

    with pytest.raises(Outdated):
        await people.once.meanwhile(log_out).refresh(token)
    assert await house.everything() == before

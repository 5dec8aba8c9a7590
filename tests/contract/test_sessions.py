"""Sessions: a refresh token is good once, for a while, and who presents an old one ends them all."""

from base64 import urlsafe_b64decode
from datetime import timedelta
from hashlib import sha256

import pytest

from application.identity.signed_in import SignedIn
from application.shared.pages import PageRequest
from domain.identity.errors import InvalidToken, SessionNotFound, TokenExpired, TokenReuseDetected
from domain.identity.member import MOST_SESSIONS, Member
from domain.identity.session import ABSOLUTE, GRACE, IDLE
from domain.ids import SessionId
from tests.contract.house import House
from tests.contract.sessions import enter, live, reasons, shut_out, told
from tests.people import People

A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
async def mia(people: People) -> Member:
    """An operator."""
    return await people.add(email="mia@example.com")


@pytest.fixture
async def signed_in(people: People, mia: Member) -> SignedIn:
    return await people.log_in(mia.email, user_agent="A Browser")


async def generations(people: People, first: str, count: int) -> list[str]:
    """`first`, and as many successors, each of which has been used but for the last."""
    tokens = [first]
    for _ in range(count):
        tokens.append((await people.refresh(tokens[-1])).refresh_token)
    return tokens


async def test_logging_in_begins_a_session(house: House, mia: Member, signed_in: SignedIn) -> None:
    (session,) = await house.rows("sessions")
    assert (session["member_id"], session["user_agent"], session["version"]) == (mia.id, "A Browser", 1)
    (token,) = await house.rows("refresh_tokens")
    assert (token["parent_id"], token["sealed"], token["id"]) == (None, None, session["head_id"])
    assert signed_in.refresh_expires_in == IDLE.total_seconds()
    bearer = await enter(house, signed_in.access.token)
    assert (bearer.id, bearer.role, bearer.credential) == (mia.id, "operator", session["id"])
    assert await told(house, mia.id) == []


async def test_a_login_changes_no_version(house: House, mia: Member, signed_in: SignedIn) -> None:
    """Whoever edits the member meanwhile is not disturbed."""
    assert (await house.backend.members.get(house.caller.organization, mia.id)).version == mia.version == 1


async def test_every_refresh_leads_one_generation_on(house: House, people: People, signed_in: SignedIn) -> None:
    tokens = await generations(people, signed_in.refresh_token, 4)
    assert len(set(tokens)) == len(await house.rows("refresh_tokens")) == 5
    (session,) = await house.rows("sessions")
    assert session["version"] == 5


async def test_of_a_secret_only_its_hash_is_stored(house: House, people: People, signed_in: SignedIn) -> None:
    await people.refresh(signed_in.refresh_token)
    known = {sha256(urlsafe_b64decode(signed_in.refresh_token.rpartition(".")[2] + "=")).digest()}
    hashes = {bytes(row["secret_hash"]) for row in await house.rows("refresh_tokens")}
    assert len(hashes) == 2
    assert known < hashes


# The grace


@pytest.mark.parametrize("later", [timedelta(), GRACE - A_MOMENT, GRACE], ids=str)
async def test_whose_answer_got_lost_gets_the_same_again(
    house: House, people: People, signed_in: SignedIn, later: timedelta
) -> None:
    successor = await people.refresh(signed_in.refresh_token)
    house.backend.clock.instant += later
    again = [await people.refresh(signed_in.refresh_token) for _ in range(3)]
    assert {answer.refresh_token for answer in again} == {successor.refresh_token}
    assert len(await house.rows("refresh_tokens")) == 2
    assert again[0].refresh_expires_in == int((IDLE - later).total_seconds())
    await enter(house, again[0].access.token)
    await people.refresh(successor.refresh_token)


async def test_after_the_grace_it_is_reuse(house: House, people: People, signed_in: SignedIn) -> None:
    await people.refresh(signed_in.refresh_token)
    house.backend.clock.instant += GRACE + A_MOMENT
    with pytest.raises(TokenReuseDetected):
        await people.refresh(signed_in.refresh_token)
    assert await reasons(house) == ["reuse-detected"]


async def test_once_the_successor_is_used_it_is_reuse_within_the_grace_too(
    house: House, people: People, signed_in: SignedIn
) -> None:
    await generations(people, signed_in.refresh_token, 2)
    with pytest.raises(TokenReuseDetected):
        await people.refresh(signed_in.refresh_token)
    assert await live(house) == []


# Reuse


@pytest.mark.parametrize("generation", range(4))
async def test_reuse_of_any_generation_ends_the_session(
    house: House, people: People, mia: Member, signed_in: SignedIn, generation: int
) -> None:
    tokens = await generations(people, signed_in.refresh_token, 4)
    house.backend.clock.advance(minutes=1)
    elsewhere = await people.log_in(mia.email)
    with pytest.raises(TokenReuseDetected):
        await people.refresh(tokens[generation])
    for token in tokens:
        with pytest.raises(TokenReuseDetected):
            await people.refresh(token)
    assert await reasons(house) == ["reuse-detected"]
    await people.refresh(elsewhere.refresh_token)
    assert await shut_out(house, signed_in.access.token)


async def test_reuse_is_on_record_before_it_is_refused(
    house: House, people: People, mia: Member, signed_in: SignedIn
) -> None:
    await generations(people, signed_in.refresh_token, 2)
    with pytest.raises(TokenReuseDetected):
        await people.refresh(signed_in.refresh_token)
    (session,) = await house.rows("sessions")
    on_record = [
        ("session.reuse-detected", {"sessionId": str(session["id"])}),
        ("session.revoked", {"sessionId": str(session["id"]), "because": "reuse-detected"}),
    ]
    facts = [(type_, {"sessionId": str(session["id"]), **said}) for type_, said in await told(house, mia.id)]
    assert facts == on_record
    with pytest.raises(TokenReuseDetected):
        await people.refresh(signed_in.refresh_token)
    assert len(await told(house, mia.id)) == 2, "and once"


# What is wrong with a token


async def test_a_wrong_secret_changes_nothing(house: House, people: People, signed_in: SignedIn) -> None:
    public, _, secret = (await people.refresh(signed_in.refresh_token)).refresh_token.rpartition(".")
    used, _, _ = signed_in.refresh_token.rpartition(".")
    before = await house.everything()
    for forged in (f"{public}.{'A' * 43}", f"{used}.{secret}", f"{used}.{'A' * 43}"):
        with pytest.raises(InvalidToken):
            await people.refresh(forged)
        await people.log_out(forged)
    assert await house.everything() == before


async def test_a_token_that_is_none_is_invalid(
    house: House, other_house: House, people: People, signed_in: SignedIn
) -> None:
    kind, own, secret = signed_in.refresh_token.rsplit(".", 2)
    other = str(house.backend.new_id())
    here, there = str(house.caller.organization), str(other_house.caller.organization)
    elsewhere = signed_in.refresh_token.replace(here, there)
    before = await house.everything()
    for none in ("", "rt1.", f"{kind}.{other}.{secret}", elsewhere, signed_in.access.token, f"{kind}.{own}"):
        with pytest.raises(InvalidToken):
            await people.refresh(none)
        await people.log_out(none)
    assert await house.everything() == before


async def test_a_session_that_nobody_uses_is_over_after_seven_days(
    house: House, people: People, signed_in: SignedIn
) -> None:
    house.backend.clock.instant += IDLE - timedelta(seconds=1)
    again = await people.refresh(signed_in.refresh_token)
    assert again.refresh_expires_in == IDLE.total_seconds()
    house.backend.clock.instant += IDLE
    with pytest.raises(TokenExpired):
        await people.refresh(again.refresh_token)
    assert await reasons(house) == []


async def test_a_session_in_use_is_over_after_thirty_days(house: House, people: People, signed_in: SignedIn) -> None:
    clock, begun, token = house.backend.clock, house.backend.clock.instant, signed_in.refresh_token
    for day in (6, 12, 18, 24):
        clock.instant = begun + timedelta(days=day)
        answer = await people.refresh(token)
        token = answer.refresh_token
    assert answer.refresh_expires_in == timedelta(days=6).total_seconds(), "less than when idle"
    clock.instant = begun + ABSOLUTE - timedelta(seconds=1)
    answer = await people.refresh(token)
    assert answer.refresh_expires_in == 1
    clock.instant = begun + ABSOLUTE
    with pytest.raises(TokenExpired):
        await people.refresh(answer.refresh_token)


async def test_what_is_over_says_why_whatever_else_is_wrong(
    house: House, people: People, mia: Member, signed_in: SignedIn
) -> None:
    """Reuse is told for ever; a logout is invalid, expired or not."""
    robbed = await people.log_in(mia.email)
    tokens = await generations(people, robbed.refresh_token, 2)
    with pytest.raises(TokenReuseDetected):
        await people.refresh(tokens[0])
    await people.log_out(signed_in.refresh_token)
    unused = await people.log_in(mia.email)
    for _ in range(2):
        with pytest.raises(TokenReuseDetected):
            await people.refresh(tokens[2])
        with pytest.raises(InvalidToken):
            await people.refresh(signed_in.refresh_token)
        house.backend.clock.instant += ABSOLUTE
    with pytest.raises(TokenExpired):
        await people.refresh(unused.refresh_token)


# Logging out


@pytest.mark.parametrize("generation", range(3))
async def test_any_generation_logs_out(
    house: House, people: People, mia: Member, signed_in: SignedIn, generation: int
) -> None:
    tokens = await generations(people, signed_in.refresh_token, 2)
    elsewhere = await people.log_in(mia.email)
    await people.log_out(tokens[generation])
    for token in tokens:
        with pytest.raises(InvalidToken):
            await people.refresh(token)
    assert await reasons(house) == ["logout"]
    assert [(type_, facts["because"]) for type_, facts in await told(house, mia.id)] == [("session.revoked", "logout")]
    assert await shut_out(house, signed_in.access.token)
    await people.refresh(elsewhere.refresh_token)
    await enter(house, elsewhere.access.token)


async def test_logging_out_twice_is_logging_out(house: House, people: People, signed_in: SignedIn) -> None:
    await people.log_out(signed_in.refresh_token)
    before = await house.everything()
    await people.log_out(signed_in.refresh_token)
    assert await house.everything() == before


async def test_a_session_on_the_list_can_be_ended_by_its_member_alone(
    house: House, people: People, mia: Member, signed_in: SignedIn
) -> None:
    organization, at = house.caller.organization, house.backend.clock.now()
    (shown,) = (await house.backend.sessions.page(organization, mia.id, at, PageRequest())).items
    assert shown.user_agent == "A Browser"
    for stranger, session in ((people.caller, shown.id), (people.as_member(mia), SessionId(house.backend.new_id()))):
        with pytest.raises(SessionNotFound):
            await people.end_session(session, by=stranger)
    await people.end_session(shown.id, by=people.as_member(mia))
    assert (await house.backend.sessions.page(organization, mia.id, at, PageRequest())).items == ()
    with pytest.raises(SessionNotFound):
        await people.end_session(shown.id, by=people.as_member(mia))
    with pytest.raises(InvalidToken):
        await people.refresh(signed_in.refresh_token)


async def test_what_has_expired_is_not_on_the_list(house: House, mia: Member, signed_in: SignedIn) -> None:
    organization, at = house.caller.organization, house.backend.clock.now()
    page = house.backend.sessions.page
    assert len((await page(organization, mia.id, at + IDLE - A_MOMENT, PageRequest())).items) == 1
    assert (await page(organization, mia.id, at + IDLE, PageRequest())).items == ()


# Too many


async def test_the_twenty_first_login_ends_the_oldest_session(house: House, people: People, mia: Member) -> None:
    everywhere = []
    for _ in range(MOST_SESSIONS):
        everywhere.append(await people.log_in(mia.email))
        house.backend.clock.advance(seconds=1)
    assert len(await live(house, mia.id)) == MOST_SESSIONS == 20
    everywhere[0] = await people.refresh(everywhere[0].refresh_token)  # in use, but the oldest
    newest = await people.log_in(mia.email)
    assert (len(await live(house, mia.id)), await reasons(house)) == (20, ["too-many-sessions"])
    with pytest.raises(InvalidToken):
        await people.refresh(everywhere[0].refresh_token)
    for other in (*everywhere[1:], newest):
        await people.refresh(other.refresh_token)


async def test_sessions_that_have_expired_do_not_count(house: House, people: People, mia: Member) -> None:
    for _ in range(MOST_SESSIONS):
        await people.log_in(mia.email)
    house.backend.clock.instant += IDLE
    await people.log_in(mia.email)
    assert await reasons(house) == []


async def test_each_member_has_twenty(house: House, people: People, mia: Member, signed_in: SignedIn) -> None:
    for _ in range(MOST_SESSIONS):
        await people.log_in(house.email)
    await people.refresh(signed_in.refresh_token)

"""Passwords by argon2id: the right one fits, the work is always done, and the event loop goes on."""

import asyncio
import threading
from time import perf_counter

import pytest
from argon2 import PasswordHasher, extract_parameters

from adapters.argon2 import Argon2Passwords

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    return Argon2Passwords()


async def test_the_right_password_fits_and_no_other(passwords: Argon2Passwords) -> None:
    hashed = await passwords.hash(PASSWORD)
    assert await passwords.verify(PASSWORD, hashed)
    assert not await passwords.verify(f"{PASSWORD} ", hashed)
    assert not await passwords.verify("", hashed)


async def test_every_hash_has_a_salt_of_its_own(passwords: Argon2Passwords) -> None:
    assert await passwords.hash(PASSWORD) != await passwords.hash(PASSWORD)


async def test_the_parameters_are_those_of_the_house(passwords: Argon2Passwords) -> None:
    hashed = await passwords.hash(PASSWORD)
    parameters = extract_parameters(hashed)
    assert hashed.startswith("$argon2id$")
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19 * 1024, 2, 1)


async def test_two_spellings_of_one_password_are_one(passwords: Argon2Passwords) -> None:
    assert await passwords.verify("Cafe\u0301 noir et doux", await passwords.hash("Caf\u00e9 noir et doux"))


async def test_nobody_has_the_password_of_nobody(passwords: Argon2Passwords) -> None:
    assert not await passwords.verify("nobody has this password", None)


async def test_what_is_no_hash_fits_nothing(passwords: Argon2Passwords) -> None:
    assert not await passwords.verify(PASSWORD, "plain")


async def test_unknown_costs_what_wrong_costs(passwords: Argon2Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """By counting the work, since time is noisy."""
    worked: list[str] = []
    real = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda self, h, p: worked.append(h[:30]) or real(self, h, p))
    hashed = await passwords.hash(PASSWORD)
    await passwords.verify("wrong", hashed)
    await passwords.verify("wrong", None)
    assert len(worked) == 2
    assert worked[0] == worked[1] == hashed[:30]


async def test_at_most_two_hash_at_once_and_the_loop_goes_on(
    passwords: Argon2Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, running, most = threading.Lock(), 0, 0
    real = PasswordHasher.hash

    def counted(self: PasswordHasher, password: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return real(self, password)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(PasswordHasher, "hash", counted)
    hashing = asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(8)))
    beats, began = 0, perf_counter()
    while not hashing.done():
        await asyncio.sleep(0.001)
        beats += 1
    assert most == 2
    assert beats > (perf_counter() - began) * 20, "the loop stood still"

"""Opaque tokens: there is one text for one token, and what is sealed opens under its parent alone."""

import re
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Final
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from adapters.opaque import Sha256Tokens
from adapters.system import new_id
from application.identity.ports import OpaqueToken, TokenKind
from domain.identity.errors import InvalidToken
from tests.strategies import ids

TOKENS: Final = Sha256Tokens()

KINDS: Final = st.sampled_from(TokenKind)


def fresh(kind: TokenKind = TokenKind.REFRESH) -> OpaqueToken:
    return TOKENS.new(kind, new_id(), new_id())


def refused(kind: TokenKind, text: str) -> bool:
    try:
        TOKENS.read(kind, text)
    except InvalidToken:
        return True
    return False


@pytest.mark.parametrize(
    ("kind", "form"),
    [(TokenKind.REFRESH, "rt1.{}"), (TokenKind.API_KEY, "ow_{}"), (TokenKind.PASSWORD_RESET, "pr1.{}")],
)
def test_each_kind_has_its_form(kind: TokenKind, form: str) -> None:
    organization = UUID("0190a0a0-0000-7000-8000-00000000000A")
    whose = UUID("0190a0a0-0000-7000-8000-00000000000B")
    token = TOKENS.new(kind, organization, whose)
    rest = r"0190a0a0-0000-7000-8000-00000000000a\.0190a0a0-0000-7000-8000-00000000000b\.[A-Za-z0-9_-]{43}"
    assert re.fullmatch(form.format(rest), token.text)
    assert (token.organization, token.id) == (organization, whose)


@given(KINDS, ids(), ids())
def test_what_is_written_is_read(kind: TokenKind, organization: UUID, id: UUID) -> None:
    token = TOKENS.new(kind, organization, id)
    assert TOKENS.read(kind, token.text) == token


def test_of_the_secret_only_the_hash_of_its_bytes_is_kept() -> None:
    token = fresh()
    secret = urlsafe_b64decode(token.text.rpartition(".")[2] + "=")
    assert len(secret) == 32
    assert token.secret_hash == sha256(secret).digest()


def test_no_two_secrets_are_one() -> None:
    assert len({fresh().secret_hash for _ in range(1000)}) == 1000


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_of_one_kind_is_none_of_another(kind: TokenKind) -> None:
    text = fresh(kind).text
    assert [other for other in TokenKind if not refused(other, text)] == [kind]


@given(KINDS, st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
@example(TokenKind.REFRESH, "")
@example(TokenKind.REFRESH, "rt1.")
@example(TokenKind.REFRESH, "rt1." + "a" * 1_000_000)
def test_anything_else_is_refused(kind: TokenKind, text: str) -> None:
    assert refused(kind, text)
    assert refused(kind, kind.value + text)


@given(KINDS, st.data())
def test_one_other_character_makes_another_token_or_none(kind: TokenKind, data: st.DataObject) -> None:
    token = fresh(kind)
    place = data.draw(st.integers(0, len(token.text) - 1))
    other = data.draw(st.sampled_from("AQgw-_.0zé٣\n=+/ ") | st.characters())
    assume(other != token.text[place])
    changed = token.text[:place] + other + token.text[place + 1 :]
    if not refused(kind, changed):
        read = TOKENS.read(kind, changed)
        assert (read.organization, read.id, read.secret_hash) != (token.organization, token.id, token.secret_hash)
        assert read.text == changed


def test_bits_that_nobody_reads_make_no_second_spelling() -> None:
    """43 characters hold 258 bits, a secret has 256: of 64 last characters four decode to the same bytes."""
    text = fresh().text
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert "".join(last for last in alphabet if not refused(TokenKind.REFRESH, text[:-1] + last)) == "AEIMQUYcgkosw048"


@pytest.mark.parametrize(
    "spelled",
    [
        lambda text: text.upper(),
        lambda text: "rt1." + text[4:40].upper() + text[40:],
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text[:-1],
        lambda text: text.replace("-", "", 1) + "A",
        lambda text: f"rt1.{{{text[4:]}",
        lambda text: text.replace("rt1.", "rt2."),
        lambda text: text.replace("rt1.", "RT1."),
    ],
)
def test_another_spelling_is_refused(spelled: object) -> None:
    assert callable(spelled)
    assert refused(TokenKind.REFRESH, spelled(fresh().text))


@given(KINDS, KINDS, ids(), ids(), ids())
def test_what_is_sealed_opens_under_its_parent(
    kind: TokenKind, parents: TokenKind, organization: UUID, id: UUID, parent_id: UUID
) -> None:
    token, parent = TOKENS.new(kind, organization, id), TOKENS.new(parents, organization, parent_id)
    sealed = TOKENS.seal(token, under=parent)
    assert TOKENS.unseal(sealed, under=TOKENS.read(parents, parent.text)) == token.text


def test_what_is_sealed_shows_nothing_and_never_looks_the_same() -> None:
    token, parent = fresh(), fresh()
    first, second = (TOKENS.seal(token, under=parent) for _ in range(2))
    assert first != second
    assert token.text.encode() not in first
    assert len(first) == len(token.text) + 12 + 16


def test_no_byte_of_it_can_be_changed() -> None:
    token, parent = fresh(), fresh()
    sealed = TOKENS.seal(token, under=parent)
    for place in range(len(sealed)):
        for bit in (0x01, 0x80):
            changed = sealed[:place] + bytes([sealed[place] ^ bit]) + sealed[place + 1 :]
            with pytest.raises(InvalidToken):
                TOKENS.unseal(changed, under=parent)


def test_it_opens_under_nobody_else() -> None:
    """Not under another secret, and not under the same secret of somebody else."""
    token, parent = fresh(), fresh()
    sealed = TOKENS.seal(token, under=parent)
    secret = parent.text.rpartition(".")[2]
    elsewhere = TOKENS.read(TokenKind.REFRESH, f"rt1.{new_id()}.{parent.id}.{secret}")
    another = TOKENS.read(TokenKind.REFRESH, f"rt1.{parent.organization}.{new_id()}.{secret}")
    for wrong in (fresh(), token, elsewhere, another):
        with pytest.raises(InvalidToken):
            TOKENS.unseal(sealed, under=wrong)


@given(st.binary(max_size=300))
@example(b"")
@example(b"\0" * 12)
@example(b"\0" * 1_000_000)
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.unseal(sealed, under=fresh())

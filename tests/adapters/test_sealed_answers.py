"""Answers that show a secret: what is sealed opens for its own place, under a key that there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.opaque import AesGcmSealing
from application.shared.ports import Unsealable

OLD, NEW = b"o" * 32, b"n" * 32

sealing = AesGcmSealing([NEW])


@given(st.binary(), st.binary())
def test_what_is_sealed_is_opened_and_not_to_be_seen(plain: bytes, place: bytes) -> None:
    sealed = sealing.seal(plain, bound_to=place)
    assert sealing.unseal(sealed, bound_to=place) == plain
    assert len(plain) < 4 or plain not in sealed
    assert sealing.seal(plain, bound_to=place) != sealed


def test_while_keys_rotate_the_former_opens_and_the_new_one_seals() -> None:
    rotating = AesGcmSealing([NEW, OLD])
    assert rotating.unseal(AesGcmSealing([OLD]).seal(b"x", bound_to=b""), bound_to=b"") == b"x"
    assert sealing.unseal(rotating.seal(b"x", bound_to=b""), bound_to=b"") == b"x"
    with pytest.raises(Unsealable):
        AesGcmSealing([OLD]).unseal(rotating.seal(b"x", bound_to=b""), bound_to=b"")


@pytest.mark.parametrize("size", [0, 1, 11, 12, 13, 27, 28])
def test_what_is_not_whole_does_not_open(size: int) -> None:
    with pytest.raises(Unsealable):
        sealing.unseal(sealing.seal(b"secret", bound_to=b"")[:size], bound_to=b"")


@pytest.mark.parametrize("place", range(34))
def test_what_was_altered_does_not_open(place: int) -> None:
    sealed = bytearray(sealing.seal(b"secret", bound_to=b""))
    sealed[place] ^= 1
    with pytest.raises(Unsealable):
        sealing.unseal(bytes(sealed), bound_to=b"")


def test_what_belongs_elsewhere_does_not_open() -> None:
    with pytest.raises(Unsealable):
        sealing.unseal(sealing.seal(b"secret", bound_to=b"here"), bound_to=b"there")

"""New passwords: long enough, and not what everybody tries first."""

import unicodedata
from time import perf_counter
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.identity.common_passwords import is_common
from domain.identity.passwords import LONGEST, SHORTEST, NewPassword, UnfitPassword

FIT: Final = (
    "correct horse battery",
    "a demo's own passphrase",
    "a passphrase for a test",
    "a long enough password",
    "nobody has this password",
    "Caf\u00e9 noir et doux",
    "Yh2!kd93mmQx.71b",
    "password vermilion kettle",
    "the monkey ate nine pears",
    "839284756102938",
    "Ärger über Öfen 1998",
    "пароль для совы",
    "合言葉は誰にも教えない秘密です",
    "fjaklsjdfklajsd",
    "8264091735 is my number",
)

COMMON: Final = (
    "passwordpassword",
    "PasswordPassword",
    "Password1234567890",
    "password12345678",
    "p@$$w0rdp@$$w0rd",
    "P4ssw0rd-P4ssw0rd!",
    "p.a.s.s.w.o.r.d.1.2.3.4",
    "qwertyuiopasdfghjkl",
    "qwertyqwertyqwerty",
    "poiuytrewqlkjhgfdsa",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc4rfv",
    "123456789012345",
    "098765432109876",
    "987654321987654321",
    "aaaaaaaaaaaaaaa",
    "ababababababababab",
    "xkq7xkq7xkq7xkq7",
    "abcdefghijklmnop",
    "zyxwvutsrqponmlk",
    "letmeinletmein123",
    "Let me in! Let me in!",
    "iloveyouiloveyou",
    "ILOVEYOUFOREVER2024",
    "welcome2024welcome",
    "Welcome to the company 2024",
    "adminadminadmin",
    "administrator2023!",
    "Summer2024Winter2025",
    "dragon monkey football",
    "sunshine_princess_1999",
    "correcthorsebatterystaple",
    "Correct Horse Battery Staple",
    "CorrectHorseBatteryStaple1!",
    "thequickbrownfox",
    "maytheforcebewithyou",
    "orderwright2024!!!",
    "changeme-changeme",
    "                    ",
    "!!!!!!!!!!!!!!!!!!!!",
    "p\u00e4ssw\u00f6rdp\u00e4ssw\u00f6rd",
    "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
)

PARTS: Final = (
    "password",
    "Dragon",
    "LETMEIN",
    "m0nkey",
    "pr1nce$$",
    "123456",
    "qwerty",
    "2024",
    "asdfgh",
    "zzzz",
    "4321",
)


def code_of(text: str) -> str | None:
    try:
        NewPassword(text)
    except UnfitPassword as unfit:
        return unfit.code
    return None


@pytest.mark.parametrize("text", FIT)
def test_a_fit_password_stays_as_it_was_written(text: str) -> None:
    assert NewPassword(text).text == text


@pytest.mark.parametrize("text", COMMON)
def test_what_everybody_tries_is_refused(text: str) -> None:
    assert code_of(text) == "common"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "too-short"),
        ("kx9 vermilion4", "too-short"),
        ("kx9 vermilion45", None),
        ("kx9 vermilion45" + "ö~" * 56 + "~", None),
        ("kx9 vermilion45" + "ö~" * 57, "too-long"),
        ("p" * 1_000_000, "too-long"),
        ("o\u0308" * 14, "too-short"),
        ("\u1112\u1161\u11ab" * 14, "too-short"),
        ("kx9 vermilion45" + "o\u0308~" * 56 + "~", None),
    ],
)
def test_characters_are_counted_after_composition(text: str, code: str | None) -> None:
    assert (SHORTEST, LONGEST) == (15, 128)
    assert code_of(text) == code


def test_it_says_what_is_wrong_and_never_the_password() -> None:
    for text in ("kx9", "kx9" * 50, "dragondragondragon"):
        with pytest.raises(UnfitPassword) as unfit:
            NewPassword(text)
        assert text not in str(unfit.value)
        assert str(unfit.value).endswith(".")
    assert "vermilion" not in repr(NewPassword("kx9 vermilion45"))


@given(st.text())
def test_any_text_is_a_password_or_unfit(text: str) -> None:
    characters = len(unicodedata.normalize("NFC", text))
    expected = {"too-short"} if characters < 15 else {"too-long"} if characters > 128 else {"common", None}
    assert code_of(text) in expected


@given(st.text(min_size=15, max_size=60))
def test_two_spellings_of_one_password_are_equally_fit(text: str) -> None:
    assert code_of(unicodedata.normalize("NFC", text)) == code_of(unicodedata.normalize("NFD", text))


@given(st.lists(st.sampled_from(PARTS), min_size=4, max_size=12), st.sampled_from(("", " ", "-", "_", ".", "!")))
def test_common_parts_make_no_good_whole(parts: list[str], between: str) -> None:
    assert is_common(between.join(parts))


@given(st.lists(st.sampled_from(PARTS), min_size=2, max_size=6), st.data())
def test_one_word_of_ones_own_saves_it(parts: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(parts)))
    assert not is_common(" ".join([*parts[:place], "vermilion", *parts[place:]]))


@given(st.text("bcdfghjkmnpqrtuvwxyz23456789BCDFGHJKMNPQRTUVWXYZ", min_size=16, max_size=40))
def test_what_a_password_manager_makes_is_fit(text: str) -> None:
    assume(len(set(text)) > 9)
    assert code_of(text) is None


@pytest.mark.parametrize(
    "text",
    ["a" * 128, "ab" * 64, "i!1l" * 32, "pa" * 64, "password" * 16, "12345678" * 16, "\ufdfa" * 128, "a" * 127 + "~"],
)
def test_the_look_at_it_is_short(text: str) -> None:
    began = perf_counter()
    is_common(text)
    assert perf_counter() - began < 0.25

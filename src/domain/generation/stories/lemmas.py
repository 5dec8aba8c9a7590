"""Words as sentences bend them: verbs in their forms, nouns in their numbers, numbers and spans of time."""

import re
from collections.abc import Iterator
from typing import Final

from domain.generation.derivation.naming import plural, singular, words

_ODD: Final[dict[str, tuple[str, ...]]] = {
    "pay": ("paid", "payment"), "send": ("sent",), "lend": ("lent",), "begin": ("begun", "began", "beginning"),
    "hold": ("held",), "withdraw": ("withdrawn", "withdrew"), "sell": ("sold", "sale"), "buy": ("bought", "purchase"),
    "lose": ("lost", "loss"), "win": ("won",), "give": ("given", "gave"), "take": ("taken", "took"),
    "write": ("written", "wrote"), "make": ("made",), "undo": ("undone",), "freeze": ("frozen", "froze"),
    "deliver": ("delivery",), "expire": ("expiry", "expiration"), "book": ("booking",), "put": ("put", "putting"),
    "submit": ("submission",), "leave": ("left",), "choose": ("chosen",), "register": ("registration",),
    "see": ("seen", "saw"), "read": ("read",), "find": ("found",), "go": ("gone", "went"), "get": ("got",),
}  # fmt: skip

_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "thousand": 1000, "dozen": 12}

UNITS: Final = {
    "second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "h": 3600, "day": 86_400,
    "d": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000,
}  # fmt: skip
"""Seconds of each unit. A month is taken as 30 days, a year as 365: the ledger says so."""

NUMBER: Final = rf"(?:\d+(?:\.\d+)?|(?:a |one )?(?:hundred|thousand|dozen)|{'|'.join(_NUMBERS)})"
_UNIT: Final = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[shd](?![a-z]))"
DURATION: Final = rf"(?:{NUMBER}|an|a)? ?{_UNIT}"

_SHORT: Final = ((r"\bcan't\b|\bcan not\b", "cannot"), (r"\bwon't\b", "will not"), (r"n't\b", " not"),
                 (r"\bit's\b", "it is"), (r"\bthey're\b", "they are"))  # fmt: skip


def plain(sentence: str) -> str:
    """Return a sentence as templates see it: lower case, each word behind one blank, no marks, no apostrophes."""
    text = sentence.lower().replace("’", "'").replace("`", "")
    for short, long in _SHORT:
        text = re.sub(short, long, text)
    text = re.sub(r"(?<=\d)[,_](?=\d{3}\b)", "", text)
    text = re.sub(r"(?<=\d)(?=h\b|d\b|s\b|min\b)", " ", text)
    text = re.sub(r"'s?\b|s'(?=\s)", lambda found: "s" if found[0] == "s'" else "", text)
    return "".join(f" {word}" for word in re.findall(r"[^\W_]+(?:\.\d+)?|[€$£%*×<>=+]|(?<!\w)-(?=\d)", text))


def phrase(name: str) -> str:
    """Return a name of a contract as a sentence has it: `unitPrice` is "unit price"."""
    return " ".join(words(name))


def nouns(name: str) -> tuple[str, ...]:
    """Return one of them and many of them."""
    *before, last = words(name) or ("",)
    return tuple(dict.fromkeys(" ".join((*before, form)) for form in (singular(last), plural(singular(last)))))


def verbs(name: str) -> tuple[str, ...]:
    """Return a verb in all its forms; of several words the first is bent: "check in", "checked in"."""
    first, *rest = words(name) or ("",)
    return tuple(dict.fromkeys(" ".join((form, *rest)) for form in _forms(first)))


def _forms(verb: str) -> Iterator[str]:
    """The forms of one verb, and the nouns made of it; forms that no language has do no harm."""
    yield from (verb, *_ODD.get(verb, ()))
    stem = verb.removesuffix("e")
    if verb.endswith("y") and verb[-2:-1] not in set("aeiou"):
        yield from (f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb[:-1]}ication")
    yield from (f"{verb}s", f"{verb}es", f"{stem}ed", f"{stem}ing", f"{stem}{verb[-1]}ed", f"{stem}{verb[-1]}ing")
    yield from (f"{stem}ation", f"{stem}ion", f"{verb}ment", f"{stem}al", f"{verb}{verb[-1]}ation")


def number(text: str) -> float:
    """Return what a number says. Raises: KeyError, when it is none."""
    said = text.strip().removeprefix("a ").removeprefix("one ") if text.strip() != "one" else "one"
    try:
        value = float(said)
    except ValueError:
        value = float(_NUMBERS[said])
    return value


def seconds(text: str) -> int:
    """Return how many seconds a span of time has. Raises: KeyError, when it is none."""
    *before, unit = text.split()
    many = " ".join(before)
    times = 1.0 if many in {"", "a", "an"} else number(many)
    return round(times * UNITS[unit if unit in UNITS else singular(unit)])

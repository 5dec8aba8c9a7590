"""Texts that a regular expression matches: of the usual constructs; what else there is, is passed over."""

import random
from importlib import import_module
from typing import Any

_CLASSES = {"CATEGORY_DIGIT": "0123456789", "CATEGORY_WORD": "abcXYZ019_", "CATEGORY_SPACE": " "}


def matching(pattern: str, chance: random.Random) -> str:
    """Return a text that is meant to match; whether it does, somebody else says."""
    try:
        parsed = import_module("re._parser").parse(pattern)
    except Exception:  # noqa: BLE001 - a pattern that Python cannot read: any text will do
        return ""
    return "".join(_one(str(kind), value, chance) for kind, value in parsed)


def _one(kind: str, value: Any, chance: random.Random) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        least, most, inner = value
        times = chance.randint(least, min(int(most), least + 3))
        return "".join(_one(str(each), said, chance) for _ in range(times) for each, said in inner)
    if kind == "SUBPATTERN":
        return "".join(_one(str(each), said, chance) for each, said in value[-1])
    if kind == "BRANCH":
        return "".join(_one(str(each), said, chance) for each, said in chance.choice(value[1]))
    if kind == "IN":
        return _among(value, chance)
    return "a" if kind in {"ANY", "NOT_LITERAL"} else ""


def _among(value: Any, chance: random.Random) -> str:
    kinds = [(str(kind), said) for kind, said in value]
    if kinds[0][0] == "NEGATE":
        return "a"
    kind, said = chance.choice(kinds)
    if kind == "RANGE":
        return chr(chance.randint(*said))
    return chr(said) if kind == "LITERAL" else chance.choice(_CLASSES.get(str(said), "a"))

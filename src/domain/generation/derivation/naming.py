"""Names: of things on the wire, in Python, in the database; in the singular and the plural."""

import keyword
import re
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ODD: Final = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "feet": "foot",
    "teeth": "tooth", "geese": "goose", "indices": "index", "matrices": "matrix", "vertices": "vertex",
    "statuses": "status", "addresses": "address", "boxes": "box", "movies": "movie", "shoes": "shoe",
}  # fmt: skip
_SAME: Final = frozenset(
    {"status", "series", "news", "species", "metadata", "data", "info", "stats", "sheep", "pastry"}
)

_TAKEN: Final = frozenset({"str", "int", "float", "bool", "list", "dict", "msgspec", "typing"})
"""Names that annotations are written with: a field called so gets an underscore behind it, as a keyword does."""


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name, however it joins them: `orderLineIDs` is order, line, ids."""
    parts = re.split(r"[^A-Za-z0-9]+", re.sub(r"IDs\b", "Ids", name))
    return tuple(word.lower() for part in parts for word in _WORD.findall(part))


def snake(name: str) -> str:
    """Return the name as Python and PostgreSQL write it; a keyword gets an underscore behind it."""
    joined = "_".join(words(name)) or "value"
    if joined[0].isdigit():
        joined = f"n{joined}"
    return f"{joined}_" if keyword.iskeyword(joined) or joined in _TAKEN else joined


def pascal(name: str) -> str:
    """Return the name as a class has it."""
    joined = "".join(word.capitalize() for word in words(name)) or "Value"
    if keyword.iskeyword(joined):
        return f"{joined}_"
    return f"N{joined}" if joined[0].isdigit() else joined


def singular(word: str) -> str:
    """Return one of them: `orders` is order, `categories` category, `status` status."""
    low = word.lower()
    if low in _ODD:
        return word[:1] + _ODD[low][1:]
    if low in _SAME or low.endswith(("ss", "us", "is")) or not low.endswith("s") or len(low) < 3:
        return word
    if low.endswith("ies") and len(low) > 4:
        return f"{word[:-3]}y"
    if low.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return word[:-2]
    return word[:-1]


def is_plural(word: str) -> bool:
    return singular(word) != word


def plural(word: str) -> str:
    """Return many of them."""
    low = word.lower()
    odd = {one: many for many, one in _ODD.items()}
    if low in odd:
        return word[:1] + odd[low][1:]
    if is_plural(word) or low in _SAME:
        return word
    if low.endswith("y") and low[-2:-1] not in set("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if low.endswith(("s", "x", "ch", "sh", "z")) else f"{word}s"


def unlike(name: str, taken: Iterable[str]) -> str:
    """Return the name, or the name with the first number behind it that nobody has."""
    others = set(taken)
    count, new = 1, name
    while new in others:
        count += 1
        new = f"{name}_{count}" if name.islower() or "_" in name else f"{name}{count}"
    return new

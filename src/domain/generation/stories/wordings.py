"""The little language that templates are written in, and how a sentence is laid against one.

`(a|b)` one of them, `[a]` perhaps, `%cannot` a family of words, `<entity>` a word of the contract. Everything else is
a word as it stands. A wording fits a whole sentence or not at all.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Final

from domain.generation.stories.lemmas import DURATION, NUMBER

FAMILIES: Final = {
    "cannot": "cannot|can never|must not|must never|may not|may never|shall not|should not|should never|will not|"
    "is not allowed to|are not allowed to|is never allowed to|are never allowed to|can no longer|may no longer|"
    "must no longer|do not|does not|never|is not|are not",
    "can": "can|may|must|shall|should|will|is allowed to|are allowed to|has to|have to|needs to|need to",
    "may": "can|may|is allowed to|are allowed to",
    "nobody": "nobody may|nobody can|no one may|no one can",
    "must": "must|shall|should|has to|have to|needs to|need to",
    "only": "only|exclusively",
    "at_most": "at most|no more than|not more than|up to|a maximum of|maximum|at the most|a max of|max",
    "at_least": "at least|no fewer than|no less than|not fewer than|not less than|a minimum of|minimum|min",
    "more_than": "more than|over|in excess of",
    "have": "have|has|contain|contains|hold|holds|include|includes|be made of",
    "is": "is|are|was|were|has been|have been|has|have|gets|get|becomes|become|it is|they are|it has been|"
    "they have been|it was|they were|it gets",
    "when": "when|once|whenever|as soon as|if|after|every time|each time",
    "while": "when|while|if|once|after|as long as|whenever|as soon as",
    "auto": "auto|automatically",
    "remove": "delete|remove|drop|erase",
    "removes": "deletes|removes|drops|erases|delete|remove|also deletes|also removes",
    "removed": "deleted|removed|dropped|erased|go|goes",
    "removing": "deleting|removing|dropping|erasing",
    "change": "changed|edited|modified|altered|updated|amended",
    "tell": "notify|email|inform|tell|alert|message",
    "told": "notified|emailed|informed|told|alerted|messaged",
    "every": "per|in one|in a single|in an|in a|in any|in each|in the same|for each|for every|within one|on one|on a|"
    "on an|to one|to a|to an",
}  # fmt: skip
"""Words that say the same."""

DETERMINERS: Final = "(?: (?:a|an|the|each|every|any|all|its|their|his|her|my|one|some|of|such))*"

_TOKEN: Final = re.compile(r"<(?P<slot>\w+)>|%(?P<family>\w+)|(?P<mark>[()\[\]|])|(?P<word>[^\s()\[\]|<%]+)")
_MARKS: Final = {"(": "(?:", ")": ")", "[": "(?:", "]": ")?", "|": "|"}
_LOOSE: Final = r"(?: [a-z][a-z0-9]*){1,3}"
_FIGURES: Final = {
    "number": rf" {NUMBER}(?!\S)", "other_number": rf" {NUMBER}(?!\S)", "duration": rf" {DURATION}(?!\S)",
    "period": rf"(?: (?:per|a|an|each|every|within|in))(?: any)? {DURATION}(?!\S)",
}  # fmt: skip


def kind_of(slot: str) -> str:
    """Return what stands in a slot: `<other_entity>` holds an entity, `<deed_2>` a deed."""
    return re.sub(r"_\d$|^other_|^not_", "", slot)


def slots(wording: str) -> tuple[str, ...]:
    return tuple(found["slot"] for found in _TOKEN.finditer(wording) if found["slot"])


def compiled(wording: str, known: Mapping[str, str], loose: frozenset[str] = frozenset()) -> re.Pattern[str]:
    """Return a wording as a pattern: `known` has the words of each kind; the slots of `loose` take any words."""
    parts: list[str] = []
    seen: Counter[str] = Counter()
    for token in _TOKEN.finditer(wording):
        if (slot := token["slot"]) is not None:
            inner = _FIGURES.get(slot) or (_LOOSE if slot in loose else known[kind_of(slot)])
            lead = "" if slot in _FIGURES else DETERMINERS
            seen[slot] += 1
            parts.append(f"{lead}(?P<{slot}__{seen[slot]}>{inner})")
        elif token["family"] is not None:
            parts.append(_family(token["family"]))
        elif token["mark"] is not None:
            parts.append(_MARKS[token["mark"]])
        else:
            parts.append(rf" {re.escape(token['word'])}(?!\S)")
    return re.compile("".join(parts))


def might_fit(wording: str, sentence: str) -> bool:
    """Whether the sentence has the shape of a wording, whatever stands in its slots: cheap, asked before all else."""
    return _shape(wording).fullmatch(sentence) is not None


@cache
def _shape(wording: str) -> re.Pattern[str]:
    return compiled(wording, dict.fromkeys(map(kind_of, slots(wording)), r"(?: \S+){1,8}?"))


def filled(pattern: re.Pattern[str], sentence: str) -> dict[str, str] | None:
    """Return what stands in each slot that is filled, or None where the wording does not fit the whole sentence."""
    found = pattern.fullmatch(sentence)
    if found is None:
        return None
    return {slot.split("__")[0]: text for slot, text in found.groupdict().items() if text is not None}


def alternatives(phrases: Mapping[str, object]) -> str:
    """Return a pattern that is any of these phrases, the longest first; nothing fits where there are none."""
    ordered = sorted(phrases, key=lambda each: (-len(each), each))
    return "(?:" + "|".join(rf" {re.escape(each)}(?!\S)" for each in ordered) + ")" if ordered else "(?!)"


@cache
def _family(name: str) -> str:
    return "(?:" + "|".join(f" {each}" for each in FAMILIES[name].split("|")) + r")(?!\S)"

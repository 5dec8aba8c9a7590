"""What a verb makes of a status (D10), and what it may be done to (D11): words, examples, orders."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from domain.generation.derivation.beginnings import NO_STATES
from domain.generation.derivation.naming import words
from domain.generation.origin import Because, Confidence

STOPPED: Final = frozenset({
    "cancelled", "canceled", "deleted", "archived", "closed", "rejected", "failed", "expired", "aborted", "erased",
    "voided", "declined", "denied", "withdrawn", "executor_error", "system_error", "preempted", "error",
})  # fmt: skip
"""States that something is stopped in: from any that has not ended, and nothing leads out, unless it is said."""

DONE: Final = frozenset({
    "completed", "complete", "done", "finished", "processed", "delivered", "returned", "refunded", "succeeded",
    "fulfilled", "settled",
})  # fmt: skip
"""States that something comes to in the end: by way of the one before, and nothing leads out, unless it is said."""

_PARTICIPLES: Final = {
    "pay": ("paid",), "ship": ("shipped",), "send": ("sent",), "lend": ("lent",),
    "spend": ("spent",), "cancel": ("cancelled", "canceled", "canceling"),
    "begin": ("begun",), "start": ("started", "running", "in_progress", "progress"), "hold": ("held", "on_hold"),
    "withdraw": ("withdrawn",), "undo": ("undone",), "win": ("won",), "lose": ("lost",), "sell": ("sold",),
    "finish": ("finished", "done", "complete", "completed"), "complete": ("completed", "complete", "done"),
    "activate": ("active", "activated"), "reactivate": ("active",), "deactivate": ("inactive", "deactivated"),
    "enable": ("enabled", "active"), "disable": ("disabled", "inactive"), "suspend": ("suspended",),
    "resume": ("active", "running", "in_progress"), "approve": ("approved",), "reject": ("rejected",),
    "submit": ("submitted",), "publish": ("published",), "archive": ("archived",), "close": ("closed",),
    "open": ("open", "opened"), "reopen": ("open", "opened"), "dispatch": ("dispatched",), "deliver": ("delivered",),
    "return": ("returned",), "confirm": ("confirmed", "succeeded", "processing"), "lock": ("locked",),
    "unlock": ("active", "open", "unlocked"), "block": ("blocked",), "unblock": ("active",), "accept": ("accepted",),
    "revert": ("reverted",), "refund": ("refunded",), "expire": ("expired",), "verify": ("verified",),
    "restore": ("active",), "pause": ("paused",), "take": ("taken",), "give": ("given",), "break": ("broken",),
}  # fmt: skip
"""What something is once the verb was done to it; regular ones are made (`-ed`)."""

_BACK: Final = frozenset({
    "reactivate", "resume", "reopen", "unlock", "unblock", "restore", "enable", "activate", "unsuspend", "unarchive",
})  # fmt: skip
"""Verbs that bring something back to a state that it was in."""

_ONLY: Final = re.compile(
    r"\b(?:only|can be \w+ (?:only )?|may be \w+ (?:only )?|must be|allowed (?:only )?)\b"
    r"[^.]*?\b(?:when|while|if|in|from|once)\b(?P<rest>[^.]*)",
    re.IGNORECASE,
)
_NEVER: Final = re.compile(
    r"\b(?:cannot|can't|can not|may not|must not|never|no longer)\b"
    r"[^.]*?\b(?:once|after|when|while|if|in)\b(?P<rest>[^.]*)",
    re.IGNORECASE,
)


_GAP: Final = r"[\s_-]?"


def target_of(verb: str, states: Sequence[str], examples: Iterable[str]) -> tuple[str | None, Because]:
    """D10: return the state after a verb: the example of its answer, the participle of the verb, else None."""
    for example in examples:
        if example in states:
            return example, Because("D10", f"the example of its answer is {example}", Confidence.SAID)
    first = words(verb)[0] if words(verb) else verb
    known = {"_".join(words(state)): state for state in states}
    for said in dict.fromkeys(("_".join(words(verb)), first)):
        for participle in (*_PARTICIPLES.get(said, ()), f"{said}ed", f"{said}d", f"{said}{said[-1:]}ed", said):
            if participle in known:
                return known[participle], Because("D10", f"{said} makes it {participle}")
        if said.endswith("y") and f"{said[:-1]}ied" in known:
            return known[f"{said[:-1]}ied"], Because("D10", f"{said} makes it {said[:-1]}ied")
    return None, Because("D10", f"no state is what {verb} makes of it")


def sources_of(
    verb: str, target: str, states: Sequence[str], initial: str, text: str, entity: str
) -> Iterator[tuple[str, Because]]:
    """D11: yield the states that a verb may be done in. None: nothing says so."""
    spoken = [state for state in _spoken(text, states, entity) if state != target]
    if spoken:
        for state in spoken:
            yield state, Because("D11", f"its description speaks of {state}", Confidence.SAID)
        return
    never = set(_named(" ".join(match["rest"] for match in _NEVER.finditer(text)), states))
    going = [state for state in states if _goes_on(state) and state not in never and not _same_verb(state, verb)]
    stops = target.lower() in STOPPED
    for state, why, confidence in _unsaid(verb, target, states, initial, going, stops=stops):
        if state != target and state not in never:
            yield state, Because("D11", why, Confidence.SAID if never and stops else confidence)


def _unsaid(
    verb: str, target: str, states: Sequence[str], initial: str, going: Sequence[str], *, stops: bool
) -> Iterator[tuple[str, str, Confidence]]:
    others = [state for state in going if state != target]
    if stops:
        yield from ((state, "it stops what has not ended", Confidence.GUESSABLE) for state in others)
    elif target == initial or verb in _BACK:
        yield from ((state, f"it comes back to {target}", Confidence.GUESSABLE) for state in others)
    elif len(others) == 1:
        yield others[0], "no other state goes on", Confidence.NAMED
    elif not _is_order(states):
        return  # by the alphabet: the order says nothing
    else:
        before = [state for state in states[: states.index(target)] if state in going]
        yield (
            before[-1] if before else initial,
            "the state before it in the order of the contract",
            Confidence.GUESSABLE,
        )


def _goes_on(state: str) -> bool:
    return not {state.lower(), "_".join(words(state))} & (STOPPED | DONE | NO_STATES)


def _same_verb(state: str, verb: str) -> bool:
    """`canceling` while `cancel` is what is asked: it is being done already."""
    return state.lower() in {f"{verb}ing", f"{verb}{verb[-1:]}ing", f"{verb.removesuffix('e')}ing"}


def _is_order(states: Sequence[str]) -> bool:
    return len(states) < 4 or list(states) != sorted(states, key=str.lower)


def _spoken(text: str, states: Sequence[str], entity: str) -> tuple[str, ...]:
    """The states that sentences allow it in: `only when it is paid`, `cancels a pending or paid order`."""
    positive = " ".join(part for part in re.split(r"(?<=[.;])\s", text) if not _NEVER.search(part))
    told = " ".join(match["rest"] for match in _ONLY.finditer(positive))
    noun = r"\s+".join(re.escape(word) for word in words(entity))
    listed = r"(?P<list>[\w\s,-]*?)"
    before = rf"\b(?:an?|the|any|your|only)\s+{listed}\s+{noun}s?\b"
    for match in re.finditer(before, positive, re.IGNORECASE):
        told += f" {match['list']}"
    return _named(told, states)


def _named(text: str, states: Sequence[str]) -> tuple[str, ...]:
    low = text.lower()
    return tuple(state for state in states if re.search(rf"\b{_GAP.join(words(state))}\b", low))

"""What must be so of every chain of events, whatever it is about."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from adapters.records.chain import START, link
from adapters.records.changes import Row
from adapters.records.documents import document
from adapters.records.facts import SUBJECTS, TOLD, Facts
from adapters.records.judging import Invariant, short
from adapters.records.personal import vouched
from application.shared.invariants import Stated


def _counted(facts: Facts) -> tuple[Stated, Stated]:
    return _span(range(1, facts.root["events_count"] + 1)), _span(event["sequence"] for event in facts.events)


def _chained(facts: Facts) -> tuple[Stated, Stated]:
    """The first link that is broken, else the last one beside the end that the subject itself keeps."""
    head, count = START, 0
    for event in facts.events:
        count = event["sequence"]
        head = link(head, count, event["body"])
        if head != event["hash"]:
            return _end(count, head), _end(count, event["hash"])
    return _end(count, head), _end(facts.root["events_count"], facts.root["events_head"])


def _as_written(facts: Facts) -> tuple[Stated, Stated]:
    """The columns beside the body say what the body says."""
    in_body: dict[str, int | str] = {}
    beside: dict[str, int | str] = {}
    for event in facts.events:
        body = event[TOLD]
        for name, value in _columns(event).items():
            if body.get(name) != value:
                in_body[f"{event['sequence']}/{name}"] = short(body.get(name))
                beside[f"{event['sequence']}/{name}"] = short(value)
    return in_body, beside


def _vouched(facts: Facts) -> tuple[Stated, Stated]:
    """What stands beside the bytes of an event is what stood there when they were chained, or is forgotten."""
    forged = [event["sequence"] for event in facts.events if not vouched(event["body"], event["personal"])]
    return "", ", ".join(map(str, forged))


def _positioned(facts: Facts) -> tuple[Stated, Stated]:
    """Numbers of the feed rise with the sequence; what has none yet, comes last."""
    places = [event["position"] for event in facts.events]
    ends = [float("inf") if place is None else place for place in places]
    fallen = [str(places[at + 1]) for at, (one, other) in enumerate(pairwise(ends)) if not one <= other]
    return "", ", ".join(fallen)


def _columns(event: Row) -> dict[str, object]:
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "subject": f"{event['subject']}s/{event['subject_id']}",
        "time": document(event["at"]),
        "actor": event["actor"],
        "requestid": event["request_id"],
    }


def _span(numbers: Iterable[int]) -> str:
    """`1…3`, where none is missing or twice; else each of them."""
    some: Sequence[int] = list(numbers)
    gapless = some == list(range(1, len(some) + 1))
    return f"1…{len(some)}" if gapless and some else short(", ".join(map(str, some)))


def _end(count: int, head: bytes) -> str:
    return f"{count}: {head.hex()}"


_ALL: Final = tuple(SUBJECTS)

CHAINS: Final = (
    Invariant("events-counted", _ALL, "Its events are numbered 1…n; it says itself how many there are.", _counted),
    Invariant(
        "events-chained",
        _ALL,
        "Each hash is SHA-256 of the hash before, the number and the stored bytes; it keeps the last one itself.",
        _chained,
    ),
    Invariant("events-as-written", _ALL, "What stands beside an event's bytes is what they say.", _as_written),
    Invariant(
        "events-vouched", _ALL, "What an event says of people is what its bytes vouch for, or is forgotten.", _vouched
    ),
    Invariant("events-positioned", _ALL, "Their places in the feed rise with their numbers.", _positioned),
)

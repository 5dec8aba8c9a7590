"""Where something comes from, and by which rule: what every node of a specification carries."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Source(StrEnum):
    """The papers that a service is made from."""

    CONTRACT = "contract"
    STORIES = "stories"
    HINTS = "hints"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in one of the papers: a JSON pointer (RFC 6901) of the contract or the hints, a line of the stories.

    `line` counts from 1 and is 0 where nobody knows it.
    """

    source: Source
    pointer: str = ""
    line: int = 0

    def at(self, *steps: str | int) -> "Origin":
        """Return the place below this one."""
        escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
        return Origin(self.source, "/".join((self.pointer, *escaped)), self.line)

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"{self.source}{line}{'#' + self.pointer if self.pointer else ''}"


class Confidence(IntEnum):
    """How sure a derivation is: what was said outright stands above what follows from a name or from an order."""

    GUESSABLE = 1
    """Follows from the order of an enum, or from a name alone."""
    NAMED = 2
    """Follows from a convention that the contract keeps: a participle, a path, a wording."""
    SAID = 3
    """Said outright: by a hint, a sentence, a default, a declared status."""


@dataclass(frozen=True, slots=True)
class Because:
    """The rule that something follows from (`D1` … `D21`, `R-…` of a sentence, `H-…` of a hint), in words."""

    rule: str
    words: str
    confidence: Confidence = Confidence.NAMED

    def __str__(self) -> str:
        return f"{self.rule}: {self.words}"

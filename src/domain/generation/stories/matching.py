"""A template, and what a sentence that fits it has in each of its slots."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from domain.generation.entities import Entity
from domain.generation.origin import Because, Confidence, Origin
from domain.generation.rules import Rule
from domain.generation.stories.lemmas import number, seconds
from domain.generation.stories.vocabulary import Actor, Deed, Deeds, FieldAt, Meaning, StateAt, Vocabulary
from domain.generation.stories.wordings import kind_of

_M = TypeVar("_M")


@dataclass(frozen=True, slots=True)
class Against:
    """The sentence can be read, and contradicts the contract: the witness of it."""

    witness: str


@dataclass(frozen=True, slots=True)
class Matched:
    """A sentence, laid against one wording of a template: the text in each slot."""

    vocabulary: Vocabulary
    origin: Origin
    text: str
    template: str
    slots: Mapping[str, str]

    def has(self, slot: str) -> bool:
        return bool((self.slots.get(slot) or "").strip())

    def said(self, slot: str) -> str:
        return (self.slots.get(slot) or "").strip()

    def _all(self, slot: str, kind: type[_M]) -> tuple[_M, ...]:
        means: tuple[Meaning, ...] = self.vocabulary.meanings(kind_of(slot), self.said(slot))
        return tuple(each for each in means if isinstance(each, kind))

    def entities(self, slot: str = "entity") -> tuple[Entity, ...]:
        return self._all(slot, Entity)

    def deeds(self, *kinds: Deeds, of: Entity | None = None, slot: str = "deed") -> tuple[Deed, ...]:
        return tuple(
            each
            for each in self._all(slot, Deed)
            if (not kinds or each.kind in kinds) and (of is None or each.entity == of.name)
        )

    def fields(self, of: Entity | None = None, slot: str = "field") -> tuple[FieldAt, ...]:
        return tuple(each for each in self._all(slot, FieldAt) if of is None or each.entity == of.name)

    def states(self, of: Entity, slot: str = "state") -> tuple[str, ...]:
        return tuple(each.state for each in self._all(slot, StateAt) if each.entity == of.name)

    def roles(self, slot: str = "role") -> tuple[str, ...]:
        return tuple(each.role for each in self._all(slot, Actor) if each.role is not None)

    def number(self, slot: str = "number") -> float:
        return number(self.said(slot))

    def seconds(self, slot: str = "duration") -> int:
        return seconds(self.said(slot))

    def rule(self, kind: "Callable[..., Rule]", entity: str, code: str, words: str, **parameters: Any) -> Rule:
        """Return a rule with all that rules have, beside its own."""
        because = Because(f"R-{self.template}", words, Confidence.SAID)
        return kind(origin=self.origin, because=because, text=self.text, code=code, entity=entity, **parameters)


Made: TypeAlias = Rule | Against
Build: TypeAlias = Callable[[Matched], Iterable[Made]]


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of sentence: its wordings, what is to be written (`fill`), and what it becomes."""

    name: str
    kind: str
    fill: str
    wordings: tuple[str, ...]
    build: Build


NOTHING: Final[tuple[Made, ...]] = ()


def whole(value: float) -> Iterator[int]:
    """Yield a number that is a whole one, and nothing else."""
    if value == int(value):
        yield int(value)

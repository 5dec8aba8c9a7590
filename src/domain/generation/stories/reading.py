"""Stories, read: each sentence gets its verdict; what is understood becomes a rule, what is not says what to write."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from domain.generation.origin import Origin, Source
from domain.generation.rules import Reading, Rule, Verdict
from domain.generation.specification import Specification
from domain.generation.stories.judging import judged, same
from domain.generation.stories.lemmas import plain
from domain.generation.stories.matching import Against, Matched, Template
from domain.generation.stories.telling import Telling, Told, telling
from domain.generation.stories.templates import TEMPLATES
from domain.generation.stories.vocabulary import Vocabulary, vocabulary
from domain.generation.stories.wordings import alternatives, compiled, filled, kind_of, might_fit, slots

_FIGURES: Final = {"number", "other_number", "duration", "period"}
_MOST_LOOSE: Final = 2
_MONTHS: Final = re.compile(r"\b(?:months?|years?)\b")


def read(text: str, specification: Specification) -> tuple[Reading, ...]:
    """Return the reading of each sentence of a stories file, in its order, and of each word that means nothing.

    `specification` is what follows from the contract alone.
    """
    said: Telling = telling(text)
    known, empty = vocabulary(specification, said.synonyms)
    reader = _Reader(known)
    readings = [reader.reading(each, place) for each, place in _placed(said.told)]
    for row in empty:
        origin = Origin(Source.STORIES, line=row.line)
        means = ", ".join(row.means)
        nearest = tuple(dict.fromkeys(near for kind in known.kinds for near in known.nearest(kind, plain(means))[:1]))
        readings.append(
            Reading(origin=origin, text=f"{row.word}: {means}", verdict=Verdict.UNRESOLVED, readings=nearest)
        )
    return tuple(sorted(readings, key=lambda each: each.origin.line))


@dataclass(slots=True)
class _Reader:
    vocabulary: Vocabulary
    rules: list[Rule] = field(default_factory=list)
    _known: dict[str, str] = field(default_factory=dict)
    _strict: dict[str, re.Pattern[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = {kind: alternatives(phrases) for kind, phrases in self.vocabulary.kinds.items()}

    def reading(self, told: Told, origin: Origin) -> Reading:
        if told.note:
            return Reading(origin=origin, text=told.text, verdict=Verdict.IGNORED, note="marked as a note")
        made = list(self._made(origin, told.text))
        rules = [each for each in made if not isinstance(each, Against)]
        against = tuple(dict.fromkeys(each.witness for each in made if isinstance(each, Against)))
        if len(rules) == 1:
            return self._settled(rules[0])
        if rules:
            readings = tuple(each.because.words for each in rules)
            return Reading(origin=origin, text=told.text, verdict=Verdict.AMBIGUOUS, readings=readings)
        if against:
            return Reading(origin=origin, text=told.text, verdict=Verdict.CONTRADICTS, readings=against)
        return self._not_read(origin, told.text)

    def _made(self, origin: Origin, text: str) -> Iterator[Rule | Against]:
        """All that the sentence may mean, each once."""
        sentence = plain(text)
        found: list[Rule] = []
        for template, wording in _fitting(sentence):
            if wording not in self._strict:
                self._strict[wording] = compiled(wording, self._known)
            filling = filled(self._strict[wording], sentence)
            if filling is None:
                continue
            for each in template.build(Matched(self.vocabulary, origin, text, template.name, filling)):
                if isinstance(each, Against):
                    yield each
                elif not any(same(each, other) for other in found):
                    found.append(each)
                    yield each

    def _settled(self, rule: Rule) -> Reading:
        judgement = judged(rule, tuple(self.rules), self.vocabulary)
        note = rule.because.words
        if judgement.verdict is Verdict.OK:
            self.rules.append(rule)
            if _MONTHS.search(rule.text.lower()):
                note += " (a month is taken as 30 days, a year as 365)"
        witness = (judgement.witness,) if judgement.witness else ()
        kept = rule if judgement.verdict is Verdict.OK else None
        return Reading(
            origin=rule.origin, text=rule.text, verdict=judgement.verdict, rule=kept, readings=witness, note=note
        )

    def _not_read(self, origin: Origin, text: str) -> Reading:
        sentence = plain(text)
        for many in range(1, _MOST_LOOSE + 1):
            for template, wording in _fitting(sentence):
                unknown = self._unknown(wording, sentence, many)
                if unknown is not None:
                    nearest = tuple(
                        f"{said}: {' or '.join(self.vocabulary.nearest(kind_of(slot), said)) or 'nothing like it'}?"
                        for slot, said in unknown.items()
                    )
                    note = f"To be filled in: {template.fill}"
                    return Reading(
                        origin=origin, text=text, verdict=Verdict.UNRESOLVED, readings=nearest, note=note
                    )  # fmt: skip
        return Reading(origin=origin, text=text, verdict=Verdict.UNRECOGNISED, readings=(_nearest(sentence).fill,))

    def _unknown(self, wording: str, sentence: str, many: int) -> dict[str, str] | None:
        """What stands in slots of which no word is known, where all the rest fits; one slot at least is known."""
        names = [slot for slot in dict.fromkeys(slots(wording)) if slot not in _FIGURES]
        if len(names) <= many:
            return None
        for loose in itertools.combinations(names, many):
            filling = filled(compiled(wording, self._known, frozenset(loose)), sentence)
            strict = [slot for slot in names if slot not in loose and filling and slot in filling]
            if filling is not None and strict and all(slot in filling for slot in loose):
                return {slot: filling[slot].strip() for slot in loose}
        return None


def _placed(told: tuple[Told, ...]) -> Iterator[tuple[Told, Origin]]:
    """Each sentence and its place: the line, and for one that the line says twice, which of them it is."""
    seen = Counter[Told]()
    for each in told:
        seen[each] += 1
        yield each, Origin(Source.STORIES, f"/{seen[each]}" if seen[each] > 1 else "", each.line)


def _fitting(sentence: str) -> Iterator[tuple[Template, str]]:
    """The templates that have a wording of this shape, whatever its words mean."""
    for template in TEMPLATES:
        for wording in template.wordings:
            if might_fit(wording, sentence):
                yield template, wording


def _nearest(sentence: str) -> Template:
    """The template with the most words in common: to be suggested."""
    words = set(sentence.split())

    def likeness(template: Template) -> float:
        theirs = [set(re.sub(r"<\w+>|\[|\]", " ", wording).split()) for wording in (template.fill.lower().strip("."),)]
        return max(len(words & each) / (len(words | each) or 1) for each in theirs)

    return max(TEMPLATES, key=likeness)

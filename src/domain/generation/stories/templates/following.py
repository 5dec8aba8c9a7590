"""What follows: what goes with it, what is kept of it, what is not done twice, who is told."""

from collections.abc import Iterator
from typing import Final

from domain.generation.derivation.naming import words
from domain.generation.entities import Entity
from domain.generation.rules import Cascade, Idempotent, Notify, SoftDelete
from domain.generation.stories.matching import Against, Made, Matched, Template
from domain.generation.stories.vocabulary import Actor, Deeds


def _cascade(found: Matched) -> Iterator[Made]:
    yield from _with(found, restrict=False)


def _restrict(found: Matched) -> Iterator[Made]:
    yield from _with(found, restrict=True)


def _with(found: Matched, *, restrict: bool) -> Iterator[Made]:
    for entity in found.entities():
        for other in found.entities("other_entity"):
            if not _belongs(other, entity):
                yield Against(f"nothing of {other.name} says which {entity.name} it belongs to")
                continue
            said = f"{other.name} keeps its {entity.name}" if restrict else f"{other.name} goes with its {entity.name}"
            code = f"has-{other.plural}" if restrict else f"with-{other.plural}"
            yield found.rule(Cascade, entity.name, code, said, of_entity=other.name, restrict=restrict)


def _belongs(other: Entity, entity: Entity) -> bool:
    key = f"{'_'.join(words(entity.name))}_id"
    parents = {parent.entity for parent in other.parents}
    referred = {field.reference.entity for field in other.fields if field.reference is not None}
    return entity.name in parents | referred or other.field(key) is not None


def _soft(found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        seconds = found.seconds() if found.has("duration") else None
        if not found.vocabulary.deeds(entity.name, Deeds.REMOVE):
            yield Against(f"no operation deletes a {entity.name}")
            continue
        said = f"a deleted {entity.name} is kept {f'for {seconds} s' if seconds else 'for ever'}, and not shown"
        yield found.rule(SoftDelete, entity.name, "deleted", said, seconds=seconds)


def _idempotent(found: Matched) -> Iterator[Made]:
    for deed in found.deeds(Deeds.MAKE, Deeds.ACT):
        if not found.has("entity") or deed.entity in {entity.name for entity in found.entities()}:
            said = f"{deed.operation} twice within {found.seconds()} s is done once"
            yield found.rule(
                Idempotent, deed.entity, "already-done", said, operation=deed.operation, seconds=found.seconds()
            )


def _notify(found: Matched) -> Iterator[Made]:
    means = found.vocabulary.meanings("actor", found.said("actor"))
    for entity in found.entities():
        for deed in found.deeds(Deeds.ACT, Deeds.MAKE, Deeds.REMOVE, of=entity):
            for actor in means:
                if isinstance(actor, Actor):
                    said = f"{actor.role or 'the owner'} is told of {deed.action}"
                    yield found.rule(Notify, entity.name, f"told-of-{deed.action}", said, action=deed.action,
                                     role=actor.role)  # fmt: skip


TEMPLATES: Final = (
    Template("cascade", "Cascade", "When a <entity> is deleted, its <entities> are deleted, too.", (
        "%when <entity> %is %removed <other_entity> [%is] (%removed|removed) [as well|too|with it]",
        "%removing <entity> [also] %removes <other_entity> [as well|too]",
        "<other_entity> %is %removed (with|along with|together with) <entity>",
    ), _cascade),
    Template("restrict", "Cascade", "A <entity> cannot be deleted while it has <entities>.", (
        ("<entity> %cannot be %removed (while|as long as|if|when) (it|they|there) (has|have|is|are) [still] "
        "[any] <other_entity> [left]"),
        "<entity> with <other_entity> %cannot be %removed",
    ), _restrict),
    Template("soft-delete", "SoftDelete", "Deleted <entities> are kept for <time>.", (
        "%removed <entity> %is kept (for <duration>|forever|for ever)",
        "%removed <entity> %can be (kept|recovered|restored) for <duration>",
        ("<entity> %is kept (for <duration>|forever|for ever) after (deletion|they are deleted|it is "
        "deleted|being deleted)"),
        "<entity> (is|are) (only soft deleted|soft deleted|never really deleted)",
    ), _soft),
    Template("idempotent", "Idempotent", "Repeating a <action> within <time> must not make a second <entity>.", (
        ("(retrying|repeating|resending|sending again) <deed> within <duration> %cannot <deed_2> (a second|another|"
        "two) <entity>"),
        "<entity> <deed> is idempotent (for|within) <duration>",
        "<deed> <entity> is idempotent (for|within) <duration>",
        "the same <deed> [request] within <duration> (is done|counts|happens) [only] once",
    ), _idempotent),
    Template("notify", "Notify", "Notify the <role> when an <entity> is <done>.", (
        "%tell <actor> %when <entity> %is <deed>",
        "let <actor> know %when <entity> %is <deed>",
        "send <actor> an (email|message|notification) %when <entity> %is <deed>",
        ("<actor> (%is|must be|will be|should be|get|gets) (%told|an email|a message|a notification) %when <entity> "
        "%is <deed>"),
        "%when <entity> %is <deed> (%tell <actor>|<actor> %is %told)",
    ), _notify),
)  # fmt: skip

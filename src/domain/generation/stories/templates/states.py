"""What may be done when: only and never in a state, before what else, for how long at most."""

from collections.abc import Iterator
from typing import Final

from domain.generation.entities import Entity
from domain.generation.rules import OnlyInState, PaymentRequired, Precondition, Timeout
from domain.generation.stories.matching import Against, Made, Matched, Template
from domain.generation.stories.vocabulary import Deed, Deeds

_DONE: Final = (Deeds.ACT, Deeds.REMOVE)


def _in_state(found: Matched, *, never: bool) -> Iterator[Made]:
    for entity in found.entities():
        states = tuple(dict.fromkeys((*found.states(entity), *_more(found, entity))))
        for deed in found.deeds(*_DONE, of=entity) if states else ():
            said = f"{deed.action} {'never' if never else 'only'} when it is {' or '.join(states)}"
            yield found.rule(
                OnlyInState, entity.name, f"cannot-{deed.action}", said, action=deed.action, states=states, never=never
            )


def _more(found: Matched, entity: Entity) -> tuple[str, ...]:
    return found.states(entity, "other_state") if found.has("other_state") else ()


def _only(found: Matched) -> Iterator[Made]:
    yield from _in_state(found, never=False)


def _never(found: Matched) -> Iterator[Made]:
    yield from _in_state(found, never=True)


def _timeout(found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        life = found.vocabulary.lifecycle(entity.name)
        for deed in found.deeds(Deeds.ACT, of=entity) if life else ():
            targets = {step.target for step in life.transitions if step.action == deed.action} if life else set()
            waits = found.states(entity) if found.has("state") else tuple(_not_yet(found, entity))
            if not targets:
                yield Against(f"nothing says what {deed.operation} makes of {entity.name}: no transition is called so")
            elif found.has("not_state") and not waits:
                yield Against(f"no transition of {entity.name} leads to {found.said('not_state')}")
            for state in waits if len(targets) == 1 else ():
                yield from _after(found, entity, deed, state, next(iter(targets)))


def _after(found: Matched, entity: Entity, deed: Deed, state: str, target: str) -> Iterator[Made]:
    if state == target:
        yield Against(f"what is {state} is already what {deed.operation} makes of it")
        return
    words_ = f"what is still {state} after {found.seconds()} s: {deed.action} makes it {target}"
    yield found.rule(
        Timeout, entity.name, f"{deed.action}-after-{found.seconds()}-s-{state}".replace("_", "-"), words_,
        state=state, seconds=found.seconds(), action=deed.action, target=target,
    )  # fmt: skip


def _not_yet(found: Matched, entity: Entity) -> Iterator[str]:
    """The states from which one goes on to the one that is said, or to what the deed that is said makes of it; where
    nothing says which they are, the one that things begin in.
    """
    life = found.vocabulary.lifecycle(entity.name)
    states = set(found.states(entity, "not_state"))
    before = dict.fromkeys(step.source for step in (life.transitions if life else ()) if step.target in states)
    if life and not before and life.initial not in states:
        yield life.initial
    yield from before


def _before(found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        for deed in found.deeds(Deeds.ACT, of=entity, slot="deed_2"):
            for first in found.deeds(Deeds.ACT, of=entity):
                if first.action == deed.action:
                    yield Against(f"{deed.action} cannot come before itself")
                else:
                    said = f"{first.action} must come before {deed.action}"
                    yield found.rule(
                        Precondition, entity.name, f"{first.action}-first", said, action=deed.action,
                        condition=first.action,
                    )  # fmt: skip


def _set_before(found: Matched) -> Iterator[Made]:
    for entity in found.entities("other_entity"):
        for deed in found.deeds(Deeds.ACT, of=entity, slot="deed_2"):
            for field in found.fields(entity):
                said = f"{field.path} must be there before {deed.action}"
                yield found.rule(
                    Precondition, entity.name, f"{field.name.replace('_', '-')}-missing", said, action=deed.action,
                    condition="set", of_entity=entity.name, of_field=field.path,
                )  # fmt: skip


def _held_before(found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        for deed in found.deeds(Deeds.ACT, of=entity):
            for stock in found.fields(slot="stock"):
                said = f"{stock.entity}.{stock.path} must be held before {deed.action}"
                yield found.rule(
                    Precondition, entity.name, "out-of-stock", said, action=deed.action, condition="stock-held",
                    of_entity=stock.entity, of_field=stock.path,
                )  # fmt: skip


def _payment(found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        for deed in found.deeds(Deeds.ACT, of=entity):
            said = f"{deed.action} takes the money, or does not happen"
            yield found.rule(PaymentRequired, entity.name, "payment-required", said, action=deed.action)


def _paid(found: Matched) -> Iterator[Made]:
    """The same where nothing else is called paid: else it is an action before another, or a state."""
    for entity in found.entities():
        states, deeds = found.vocabulary.meanings("state", "paid"), found.vocabulary.meanings("deed", "paid")
        if not any(getattr(each, "entity", None) == entity.name for each in (*states, *deeds)):
            yield from _payment(found)


_IT: Final = "[it is|they are|it has been|they have been|it was|they were|in|in state|in the state]"

TEMPLATES: Final = (
    Template("only-in-state", "OnlyInState", "An <entity> can only be <done> when it is <state>.", (
        f"<entity> %can only be <deed> (%while|in|from) {_IT} <state> [or [{_IT}] <other_state>]",
        f"<entity> %can be <deed> only (%while|in|from) {_IT} <state> [or [{_IT}] <other_state>]",
        "only <state> [or <other_state>|and <other_state>] <entity> %can be <deed>",
        "[only] <actor> %can only <deed> <entity> (that|which) %is <state> [or <other_state>]",
        "[only] <actor> %can only <deed> <state> <entity>",
        "<deed> [<entity>] is only (possible|allowed|permitted) (%while|for) [<entity>] [%is] <state> [<entity>]",
        f"<entity> (%cannot be <deed>|%cannot <deed>) unless {_IT} <state>",
    ), _only),
    Template("never-in-state", "OnlyInState", "A <state> <entity> cannot be <done>.", (
        "<state> [or <other_state>|and <other_state>] <entity> %cannot be <deed> [again|any more|anymore]",
        f"<entity> %cannot be <deed> [any more] (%while|in) {_IT} <state> [or <other_state>]",
        f"(once|after|when|if|while) {_IT} <state> <entity> %cannot be <deed> [any more|anymore]",
        "(once|after|when|if|while) <entity> %is <state> [it|they] %cannot be <deed> [any more|anymore]",
        "<actor> %cannot <deed> <state> <entity>",
        "<actor> %cannot <deed> <entity> (that|which) %is <state>",
    ), _never),
    Template("timeout", "Timeout", "<Entities> are <done> automatically after <time> if not <state>.", (
        ("<entity> [%is] [%auto] <deed> [%auto] after <duration> ((if|when) [they are|it is|%is] "
        "[still] not [yet] [been]|unless [they are|it is|%is]) <not_state>"),
        ("<entity> [%is] [%auto] <deed> [%auto] (if|when) [they are|it is|%is] not [yet] [been] <not_state> "
        "(within|in|after) <duration>"),
        ("<entity> [that|which] %is not [yet] [been] <not_state> (within|after|for) <duration> [%is] [%auto] <deed> "
        "[%auto]"),
        ("(if|when) <entity> %is not [yet] [been] <not_state> within <duration> [it is|they are|it] [%auto] <deed> "
        "[%auto]"),
        "<entity> (not|which are not|that are not) <not_state> within <duration> %is [%auto] <deed> [%auto]",
        "<state> <entity> [%is] [%auto] <deed> [%auto] after <duration>",
        "after <duration> <state> <entity> [%is] [%auto] <deed> [%auto]",
        "<entity> (that|which) [%is] [still] <state> (after|for) [more than] <duration> %is [%auto] <deed> [%auto]",
    ), _timeout),
    Template("before", "Precondition", "An <entity> must be <done> before it can be <done>.", (
        "<entity> %must be <deed> before (it|they) (%can be|%is|can|is) <deed_2>",
        "<entity> %must be <deed> before (being|<deed_2>|being <deed_2>)",
        "<entity> %cannot be <deed_2> (before|until) [%is] [being] <deed>",
    ), _before),
    Template("set-before", "Precondition", "The <field> must be set before an <entity> can be <done>.", (
        "<field> %must be (set|given|filled in|present|known|provided) before <other_entity> [%can be|%is] <deed_2>",
        "<field> (is|are) required before <other_entity> [%can be|%is] <deed_2>",
    ), _set_before),
    Template("held-before", "Precondition", "Inventory must be reserved before <entity> <action>.", (
        "<stock> %must be (reserved|held|allocated|available) before <entity> [%can be|%is] <deed>",
        "<stock> %must be (reserved|held|allocated|available) before (<deed> <entity>)",
        "<entity> %cannot be <deed> (unless|until|before) <stock> (is|has been) (reserved|held|allocated|available)",
    ), _held_before),
    Template("payment", "PaymentRequired", "Payment is required before an <entity> is <done>.", (
        "payment is (required|needed|due) (before|to) <entity> [%can be|%is] <deed>",
        "payment is (required|needed|due) (before|to) <deed> <entity>",
        "<deed> <entity> requires payment",
    ), _payment),
    Template("paid", "PaymentRequired", "An <entity> must be paid before it can be <done>.", (
        "<entity> %cannot be <deed> (until|unless|before) [it is|they are|it has been|they have been] paid [for]",
        "<entity> must be paid [for] before (it|they) (%can be|%is) <deed>",
        "<entity> %can only be <deed> (%while) [it is|they are|it has been|they have been] paid [for]",
    ), _paid),
)  # fmt: skip

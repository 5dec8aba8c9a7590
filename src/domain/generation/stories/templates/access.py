"""Who may: only some roles, only one's own."""

from collections.abc import Iterator
from typing import Final

from domain.generation.rules import OwnOnly, RoleOnly
from domain.generation.stories.matching import Made, Matched, Template
from domain.generation.stories.vocabulary import Deeds


def _role_only(found: Matched) -> Iterator[Made]:
    roles = tuple(dict.fromkeys(found.roles() + (found.roles("other_role") if found.has("other_role") else ())))
    for entity in found.entities() if roles else ():
        operations = tuple(dict.fromkeys(deed.operation for deed in found.deeds(of=entity)))
        if operations:
            said = f"only {' and '.join(roles)} may {', '.join(operations)}"
            yield found.rule(RoleOnly, entity.name, "role-required", said, roles=roles, operations=operations)


def _own(found: Matched) -> Iterator[Made]:
    for entity in found.entities():
        deeds = found.deeds(of=entity)
        if deeds or not found.has("deed"):
            reads = not deeds or any(deed.kind is Deeds.READ for deed in deeds)
            operations = () if reads else tuple(dict.fromkeys(deed.operation for deed in deeds))
            said = f"{', '.join(operations) or 'everything'} of {entity.name}: to its owner alone"
            yield found.rule(OwnOnly, entity.name, "not-yours", said, operations=operations)


TEMPLATES: Final = (
    Template("role-only", "RoleOnly", "Only a <role> can <action> an <entity>.", (
        "only <role> [(and|or) <other_role>] %can <deed> <entity>",
        "<entity> %can only be <deed> by <role> [(and|or) <other_role>]",
        ("<deed> <entity> is (reserved for|limited to|restricted to|only allowed for|only for) <role> "
        "[(and|or) <other_role>]"),
        "nobody (but|except) <role> %can <deed> <entity>",
    ), _role_only),
    Template("own-only", "OwnOnly", "A <role> can only see their own <entities>.", (
        "<actor> [%can] only <deed> (their|his or her|its|his|her) own <entity>",
        "<actor> [%can] <deed> only (their|his or her|its|his|her) own <entity>",
        "<actor> %cannot <deed> (other|another|each other|other people|someone else) [<other_actor>] <entity>",
        "<actor> %cannot <deed> <entity> of (others|other people|other <other_actor>|another <other_actor>)",
    ), _own),
)  # fmt: skip

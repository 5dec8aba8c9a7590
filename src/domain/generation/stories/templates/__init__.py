"""The templates: one value for each kind of sentence, with its wordings and all that it may mean."""

from typing import Final

from domain.generation.stories.matching import Template
from domain.generation.stories.templates import access, counting, following, keeping, states

TEMPLATES: Final[tuple[Template, ...]] = (
    *counting.TEMPLATES, *states.TEMPLATES, *keeping.TEMPLATES, *access.TEMPLATES, *following.TEMPLATES,
)  # fmt: skip

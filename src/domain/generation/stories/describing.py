"""The templates as a page shows them: made of the templates themselves."""

from domain.generation.stories.templates import TEMPLATES


def table() -> str:
    """Return a Markdown table of all templates: what it becomes, what is to be written, how many wordings it knows."""
    rows = [f"| `{each.name}` | `{each.kind}` | {_shown(each.fill)} | {len(each.wordings)} |" for each in TEMPLATES]
    return "\n".join(("| template | rule | fill in | wordings |", "|---|---|---|---|", *rows)) + "\n"


def _shown(fill: str) -> str:
    return fill.replace("<", "‹").replace(">", "›")

"""The pages written by hand, and what in them can be held against the code.

A fenced block that shows something which lies elsewhere says so in a comment right above it:

    <!-- the whole of docs/order-lifecycle.mmd -->
    <!-- part of src/entrypoints/wiring/machinery.py -->
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

_BLOCK: Final = re.compile(
    r"^(?:<!-- (?P<note>[^\n]*?) -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK: Final = re.compile(r"\]\((?P<there>[^)\s]+)\)|\b(?:src|srcset|href)=\"(?P<here>[^\"]+)\"")
_HEADING: Final = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_NOT_OURS: Final = frozenset({".venv", "node_modules"})


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `note` is the comment above it."""

    note: str
    language: str
    text: str


def pages() -> list[Path]:
    """Every Markdown file of the repository (hidden directories are none of it)."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*.md"))
    return sorted(p for p in found if not any(part.startswith(".") or part in _NOT_OURS for part in p.parts))


def text_of(page: str | Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks_of(page: str | Path) -> list[Block]:
    return [Block(found["note"] or "", found["language"], found["text"]) for found in _BLOCK.finditer(text_of(page))]


def block(page: str, note: str) -> str:
    """Return the one block of the page under this note."""
    (found,) = [one.text for one in blocks_of(page) if one.note == note]
    return found


def links_of(page: str | Path) -> Iterator[str]:
    """Yield what the page links to or shows, fenced blocks aside."""
    for found in _LINK.finditer(_BLOCK.sub("", text_of(page))):
        yield found["there"] or found["here"]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of the page's headings, as forges make them."""
    prose = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose)}

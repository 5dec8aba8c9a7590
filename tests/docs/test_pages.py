"""Pages tell the truth: links lead somewhere, and what is shown from elsewhere is what lies there."""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import pytest

from entrypoints.settings import Settings, SettingsInvalid
from tests.docs.pages import ROOT, anchors_of, blocks_of, links_of, pages, text_of

PAGES = pages()


class Silent(Mapping[str, str]):
    """An environment that says nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.asked.append(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_relative_links_lead_somewhere(page: str) -> None:
    broken = [link for link in links_of(page) if not _leads_somewhere(page, link)]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_is_shown_is_what_lies_there(page: str) -> None:
    for block in blocks_of(page):
        match block.note.rpartition(" "):
            case "the whole of", _, path:
                assert block.text == text_of(path), f"{page} shows another {path}"
            case "part of", _, path:
                assert _within(block.text, text_of(path)), f"{page} shows what is not in {path}:\n{block.text}"


def test_the_settings_table_names_what_is_read() -> None:
    silent = Silent()
    with pytest.raises(SettingsInvalid):
        Settings.read(silent)
    elsewhere = {
        "ORDERWRIGHT_DATA": "entrypoints/commands/shared.py",
        "PG_BIN": "adapters/embedded_postgres/binaries.py",
    }
    assert all(name in text_of(f"src/{reader}") for name, reader in elsewhere.items())
    assert sorted(_first_cells("docs/operations.md", "## Settings")) == sorted({*silent.asked, *elsewhere})


def test_every_decision_is_listed_and_has_its_four_parts() -> None:
    decisions = sorted(path.name for path in (ROOT / "docs/decisions").glob("0*.md"))
    assert [name[:4] for name in decisions] == [f"{n:04}" for n in range(1, len(decisions) + 1)]
    listed = [link for link in links_of("docs/decisions/README.md") if link.startswith("0")]
    assert listed == decisions
    for name in decisions:
        headings = [line for line in text_of(f"docs/decisions/{name}").splitlines() if line.startswith("## ")]
        assert headings == ["## Context", "## Decision", "## Consequences", "## The check that holds it"], name


def _leads_somewhere(page: str, link: str) -> bool:
    if "://" in link or link.startswith("mailto:"):
        return True
    path, _, anchor = unquote(link).partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    return target.exists() and (not anchor or anchor in anchors_of(target))


def _within(part: str, whole: str) -> bool:
    """Whether the lines stand in the file like that, wherever they are indented and whatever is left out at `…`."""
    pieces = [_flush(piece) for piece in part.split("…\n")]
    return all(piece in _flush(whole) for piece in pieces)


def _flush(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def _first_cells(page: str, heading: str) -> Iterator[str]:
    """Yield what stands in code in the first column of the first table below a heading."""
    below = text_of(page).split(f"{heading}\n", 1)[1]
    rows = [line for line in below.split("\n## ", 1)[0].splitlines() if line.startswith("| `")]
    yield from (row.split("`")[1] for row in rows)

"""A stories file, as it is written: its sentences with their lines, its notes, its table of words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MARK: Final = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_NOTE: Final = re.compile(r"^\s*(?:>|\*{0,2}note\*{0,2}\s*:)", re.IGNORECASE)
_HEADING: Final = re.compile(r"^\s*#{1,6}\s+(?P<title>.*?)\s*#*\s*$")
_RULE_OFF: Final = re.compile(r"^[\s|:-]+$")
_END: Final = re.compile(r"(?<=[.!?])\s+(?=[\"'A-Z0-9])")
_ABBREVIATED: Final = ("e.g.", "i.e.", "etc.", "max.", "min.", "approx.", "vs.", "no.")


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence, or a whole note. Lines count from 1."""

    text: str
    line: int
    note: bool = False


@dataclass(frozen=True, slots=True)
class Synonym:
    """A row of the table of words: what `word` means, by names of the contract; several of them: any of these."""

    word: str
    means: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Telling:
    told: tuple[Told, ...]
    synonyms: tuple[Synonym, ...]


def telling(text: str) -> Telling:
    """Return what a stories file says. Every line belongs to a heading, a sentence, a note or the table of words.

    A bullet or a paragraph goes on until an empty line, a heading or the next bullet. Tables elsewhere and fenced
    code are notes: they are kept as such, so that nothing is dropped in silence.
    """
    told: list[Told] = []
    synonyms: list[Synonym] = []
    for line, kind, block in _blocks(text.splitlines()):
        if kind == "words":
            synonyms.extend(_synonyms(line, block))
        elif kind == "note":
            told.append(Told(" ".join(" ".join(block).split()).lstrip("> "), line, note=True))
        else:
            told.extend(_sentences(line, block))
    return Telling(tuple(told), tuple(synonyms))


def _blocks(lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield the line, the kind (text, note, words) and the lines of each block."""
    block: list[str] = []
    began, kind, fenced, among_words = 0, "text", False, False
    for number, line in enumerate([*lines, ""], start=1):
        heading = _HEADING.match(line)
        fence = line.strip().startswith("```")
        new = _kind(line, among_words=among_words)
        goes_on = fenced or (bool(line.strip()) and not heading and not _MARK.match(line) and new in (kind, "text"))
        table = kind == "words" or line.strip().startswith("|")
        if block and not fenced and (not goes_on or fence or (table and new != kind)):
            yield began, kind, block
            block = []
        if fence:
            fenced = not fenced
            if fenced:
                began, kind = number, "note"
        if heading and not fenced:
            among_words = heading["title"].strip().lower() in {"words", "synonyms"}
        elif line.strip():
            if not block and not fenced and not fence:
                began, kind = number, new
            block.append(line)
    if block:
        yield began, kind, block


def _kind(line: str, *, among_words: bool) -> str:
    if line.strip().startswith("|"):
        return "words" if among_words else "note"
    return "note" if _NOTE.match(_MARK.sub("", line)) else "text"


def _sentences(line: int, block: list[str]) -> Iterator[Told]:
    """The sentences of a block, each with the line that it begins on."""
    text, starts = "", []
    for offset, raw in enumerate(block):
        starts.append((len(text), line + offset))
        text += " ".join(_MARK.sub("", raw).split()) + " "
    begin = 0
    for end in [*(found.start() for found in _END.finditer(text)), len(text)]:
        if text[begin:end].lower().rstrip().endswith(_ABBREVIATED) and end < len(text):
            continue
        sentence = text[begin:end]
        if sentence.strip():
            first = begin + len(sentence) - len(sentence.lstrip())
            yield Told(sentence.strip(), max(number for start, number in starts if start <= first))
        begin = end


def _synonyms(line: int, block: list[str]) -> Iterator[Synonym]:
    for offset, raw in enumerate(block):
        cells = [cell.strip().strip("`").strip() for cell in raw.strip().strip("|").split("|")]
        header = offset == 0 and [cell.lower() for cell in cells[:2]] == ["word", "means"]
        if header or _RULE_OFF.match(raw) or len(cells) < 2:
            continue
        means = tuple(each.strip().strip("`") for each in re.split(r",|\bor\b", cells[1]) if each.strip())
        yield Synonym(cells[0], means, line + offset)

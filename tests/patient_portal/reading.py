"""How hard a text is to read: the Flesch–Kincaid grade, with syllables counted as groups of vowels."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")


def sentences(text: str) -> list[str]:
    """Sentences that hold at least one word; a line break ends a sentence too, as a heading does."""
    return [part for part in re.split(r"[.!?:]+(?=\s|$)|\n", text.replace("Dr.", "Dr")) if _WORD.search(part)]


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def syllables(word: str) -> int:
    lowered = word.lower()
    groups = len(re.findall(r"[aeiouy]+", lowered))
    silent = re.search(r"[^aeiouyl]es?$|[^aeioudty]ed$", lowered) is not None
    return max(1, groups - silent)


def grade(text: str) -> float:
    """School grade by words in a sentence and syllables in a word."""
    found = words(text)
    return 0.39 * len(found) / len(sentences(text)) + 11.8 * sum(map(syllables, found)) / len(found) - 15.59

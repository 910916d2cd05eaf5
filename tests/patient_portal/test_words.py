"""Plain words are a promise that can be measured."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping

import msgspec
import pytest
from tests.patient_portal.reading import grade, sentences, syllables, words

from patient_portal.words import Outcome, ReasonKind
from patient_portal.words_en import ENGLISH

HARD_WORDS = (
    "remit",
    "adjudicat",
    "responsib",
    "obligat",
    "delinquen",
    "overdue",
    "past due",
    "fail",
    "must pay",
    "CPT",
)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)


TEXTS = [text for text in _texts(ENGLISH) if text != ENGLISH.language]


def test_syllables_are_counted_well_enough_to_grade_by() -> None:
    counted = {
        word: syllables(word) for word in ("pay", "price", "amount", "deductible", "asked", "closed", "December")
    }
    assert counted == {"pay": 1, "price": 1, "amount": 2, "deductible": 4, "asked": 1, "closed": 1, "December": 3}


def test_hard_text_would_be_noticed() -> None:
    assert grade("Patient responsibility was determined following adjudication of the submitted claim.") > 12


def test_the_whole_catalog_reads_at_grade_six_or_below() -> None:
    assert grade("\n".join(TEXTS)) <= 6


@pytest.mark.parametrize("kind", list(ReasonKind))
def test_each_reason_reads_at_grade_six_or_below_whoever_pays(kind: ReasonKind) -> None:
    for outcome in Outcome:
        assert grade(f"{ENGLISH.reasons[kind].sentence} {ENGLISH.outcomes[outcome]}") <= 6


@pytest.mark.parametrize("text", TEXTS)
def test_sentences_are_short_and_words_neither_shame_nor_come_from_billing(text: str) -> None:
    assert max(len(words(sentence)) for sentence in sentences(text)) <= 15
    assert not [hard for hard in HARD_WORDS if hard.lower() in text.lower()]


def test_every_text_fills_in_by_name() -> None:
    for text in TEXTS:
        for _, name, spec, _ in string.Formatter().parse(text):
            assert name is None or name.isidentifier()
            assert not spec

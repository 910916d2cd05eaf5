"""HI segments: diagnoses and the other coded facts of a claim."""

from collections.abc import Iterable
from itertools import groupby

from edi.claim_837 import ClaimCode
from edi.x12.values import CENTS_TEXT
from edi.x12.writer import InterchangeWriter

_LARGEST = 12
_FAMILIES = {"BK": "BF", "ABK": "ABF"}
"""The principal diagnosis and the others stand in one segment of a professional claim."""


def write_health_codes(out: InterchangeWriter, diagnoses: Iterable[str], codes: Iterable[ClaimCode]) -> None:
    """Plain diagnoses first, then the other codes, one segment per kind and twelve codes."""
    plain = [ClaimCode("ABF" if place else "ABK", code) for place, code in enumerate(diagnoses)]
    if plain:
        out.add("HI", *(out.composite(one.qualifier, one.code) for one in plain))
    for _, family in groupby(codes, key=lambda one: _FAMILIES.get(one.qualifier, one.qualifier)):
        members = list(family)
        for start in range(0, len(members), _LARGEST):
            out.add("HI", *(_composite(out, one) for one in members[start : start + _LARGEST]))


def _composite(out: InterchangeWriter, one: ClaimCode) -> str:
    form = "" if not one.dates else "RD8" if "-" in one.dates else "D8"
    amount = "" if one.amount_cents is None else CENTS_TEXT[one.amount_cents]
    return out.composite(one.qualifier, one.code, form, one.dates, amount, "", "", "", one.present_on_admission)


_INSTITUTIONAL_ORDER = (
    "ABK", "BK", "ABJ", "BJ", "APR", "PR", "ABN", "BN", "DR", "ABF", "BF", "BBR", "BR", "CAH", "BBQ", "BQ", "BI", "BH",
    "BE", "BG", "TC",
)  # fmt: skip


def write_institutional_codes(out: InterchangeWriter, diagnoses: Iterable[str], codes: Iterable[ClaimCode]) -> None:
    """The codes of an institutional claim: every kind in a segment of its own, in the order of the guide."""
    plain = [ClaimCode("ABF" if place else "ABK", code) for place, code in enumerate(diagnoses)]
    places = {qualifier: place for place, qualifier in enumerate(_INSTITUTIONAL_ORDER)}
    every = sorted([*plain, *codes], key=lambda one: places.get(one.qualifier, len(places)))
    for _, family in groupby(every, key=lambda one: one.qualifier):
        members = list(family)
        for start in range(0, len(members), _LARGEST):
            out.add("HI", *(_composite(out, one) for one in members[start : start + _LARGEST]))

"""Pure: why an amount was taken off the price or stayed with the patient, from what the plans answered.

A plan's answer (an 835) gives each amount a group (CO, PR, OA, PI) and a reason code. The group says who carries the
amount; the code says why. The codes are X12's; every word shown is our own (`words_en.py`), and a code without words
of its own is shown as it is, with a promise to explain.

The parts returned always sum to the amount the ledger states: what no adjustment explains becomes one part that says
so, because a bill whose parts do not add up is worse than a bill with an open question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from patient_portal.words import Outcome, ReasonKind, Words

_PATIENT_GROUP = "PR"

_OUTCOME_OF_GROUP = {
    "PR": Outcome.YOU_PAY,
    "CO": Outcome.YOU_DO_NOT_PAY,
    "OA": Outcome.YOU_DO_NOT_PAY,
    "PI": Outcome.YOU_DO_NOT_PAY,
}

_CODES_OF_KIND: dict[ReasonKind, str] = {
    ReasonKind.DEDUCTIBLE: "1 66",
    ReasonKind.COINSURANCE: "2",
    ReasonKind.COPAY: "3",
    ReasonKind.LOWER_PRICE: "44 45 59 131 144 203 237 253",
    ReasonKind.PART_OF_ANOTHER: "97 231 234 236",
    ReasonKind.NOT_COVERED: "49 96 204 256",
    ReasonKind.NO_APPROVAL: "39 197 198",
    ReasonKind.NO_REFERRAL: "243 288",
    ReasonKind.NOT_NEEDED: "50 54 150 151",
    ReasonKind.NEW_TREATMENT: "55 114",
    ReasonKind.LIMIT_REACHED: "35 119 149 222 273",
    ReasonKind.NOT_ACTIVE: "26 27 200",
    ReasonKind.NOT_FOUND: "31 32 33",
    ReasonKind.WRONG_PLAN: "19 20 21 24 109",
    ReasonKind.OTHER_PLAN_FIRST: "22",
    ReasonKind.OTHER_PLAN_PAID: "23",
    ReasonKind.OUT_OF_NETWORK: "242",
    ReasonKind.SENT_LATE: "29",
    ReasonKind.SENT_TWICE: "18",
    ReasonKind.NEED_FACTS: "16 226 252",
    ReasonKind.NEED_YOUR_ANSWER: "227",
    ReasonKind.PAID_TO_YOU: "100",
    ReasonKind.CODES_UNCLEAR: "4 5 6 7 11 146 181 182",
}

_KIND_OF_CODE = {code: kind for kind, codes in _CODES_OF_KIND.items() for code in codes.split()}

_PATIENT_SHARES = {ReasonKind.DEDUCTIBLE, ReasonKind.COINSURANCE, ReasonKind.COPAY}
"""Kinds whose sentence already makes clear that the part is the patient's."""


class Adjustment(msgspec.Struct, frozen=True):
    """One amount of a plan's answer: group, reason code and cents that it takes off what the plan pays."""

    group: str
    reason_code: str
    amount_cents: int

    @property
    def code(self) -> str:
        """Group and code as answers and phone calls name them: `CO-45`."""
        return f"{self.group}-{self.reason_code}"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an amount, in words. `code` is empty where no plan gave one."""

    amount_cents: int
    title: str
    sentence: str
    code: str = ""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of a bill: what the patient never pays, and the parts of the patient's share."""

    taken_off: tuple[Reason, ...]
    share: tuple[Reason, ...]


def explain(
    answers: Sequence[Sequence[Adjustment]], *, taken_off_cents: int, share_cents: int, words: Words
) -> Explanation:
    """Explains the two amounts by the answers of the plans, first plan first.

    The share is the last plan's word: an earlier plan's patient part was sent on to the next plan. What an answer
    repeats about an earlier plan (OA-23) is left out, because that plan's own payment and discount stand on the bill.
    Without any answer there was no plan, and the share needs no reason.
    """
    if not answers:
        discount = (_without_code(ReasonKind.OUR_DISCOUNT, taken_off_cents, words),) if taken_off_cents else ()
        return Explanation(taken_off=discount, share=())
    share = [one for one in answers[-1] if one.group == _PATIENT_GROUP]
    taken_off = [
        one
        for answer in answers
        for one in answer
        if one.group != _PATIENT_GROUP and _kind(one) is not ReasonKind.OTHER_PLAN_PAID
    ]
    return Explanation(
        taken_off=_parts(taken_off, taken_off_cents, words),
        share=_parts(share, share_cents, words),
    )


def explain_one(adjustment: Adjustment, words: Words) -> Reason:
    """The heading and sentences for one adjustment, whatever its code."""
    kind = _kind(adjustment)
    text = words.reasons[kind]
    sentence = text.sentence.format(code=adjustment.code)
    outcome = _OUTCOME_OF_GROUP.get(adjustment.group, Outcome.ASK_US)
    if not (kind in _PATIENT_SHARES and outcome is Outcome.YOU_PAY):
        sentence = f"{sentence} {words.outcomes[outcome]}"
    return Reason(amount_cents=adjustment.amount_cents, title=text.title, sentence=sentence, code=adjustment.code)


def _parts(adjustments: Iterable[Adjustment], total_cents: int, words: Words) -> tuple[Reason, ...]:
    alike: dict[tuple[str, str], list[Adjustment]] = {}
    for one in adjustments:
        alike.setdefault(_merged_by(one), []).append(one)
    merged = [_merge(ones) for ones in alike.values()]
    ordered = sorted((one for one in merged if one.amount_cents), key=_reading_order)
    parts = [explain_one(one, words) for one in ordered]
    rest_cents = total_cents - sum(part.amount_cents for part in parts)
    if rest_cents:
        parts.append(_without_code(ReasonKind.REMAINDER, rest_cents, words))
    return tuple(parts)


def _merged_by(adjustment: Adjustment) -> tuple[str, str]:
    """Adjustments that read alike are one part: every service line repeats its own CO-45."""
    kind = _kind(adjustment)
    return adjustment.group, adjustment.reason_code if kind is ReasonKind.UNKNOWN else kind


def _merge(alike: list[Adjustment]) -> Adjustment:
    cents_by_code: dict[str, int] = {}
    for one in alike:
        cents_by_code[one.reason_code] = cents_by_code.get(one.reason_code, 0) + one.amount_cents
    leading = max(cents_by_code, key=lambda code: (cents_by_code[code], code))
    return Adjustment(alike[0].group, leading, sum(cents_by_code.values()))


def _without_code(kind: ReasonKind, cents: int, words: Words) -> Reason:
    text = words.reasons[kind]
    return Reason(amount_cents=cents, title=text.title, sentence=text.sentence)


def _kind(adjustment: Adjustment) -> ReasonKind:
    return _KIND_OF_CODE.get(adjustment.reason_code, ReasonKind.UNKNOWN)


_ORDER = tuple(ReasonKind)


def _reading_order(adjustment: Adjustment) -> tuple[int, int, str]:
    """Deductible, coinsurance and copay first, as plans explain them; then the others, the largest first."""
    kind = _kind(adjustment)
    return (_ORDER.index(kind) if kind in _PATIENT_SHARES else len(_ORDER), -adjustment.amount_cents, adjustment.code)

"""The shape of a language: every text a patient can read on these pages, by page.

One module per language fills it (`words_en.py`). A text missing from a language is a type error, not a blank on a bill.
Blanks in braces are filled when the page is made. Texts stay at grade 6 or below and sentences near 15 words;
a test measures both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

import msgspec


class ReasonKind(StrEnum):
    """Why an amount left the price or stayed with the patient, in the few kinds that matter to a patient."""

    DEDUCTIBLE = "deductible"
    COINSURANCE = "coinsurance"
    COPAY = "copay"
    LOWER_PRICE = "lower_price"
    PART_OF_ANOTHER = "part_of_another"
    NOT_COVERED = "not_covered"
    NO_APPROVAL = "no_approval"
    NO_REFERRAL = "no_referral"
    NOT_NEEDED = "not_needed"
    NEW_TREATMENT = "new_treatment"
    LIMIT_REACHED = "limit_reached"
    NOT_ACTIVE = "not_active"
    NOT_FOUND = "not_found"
    WRONG_PLAN = "wrong_plan"
    OTHER_PLAN_FIRST = "other_plan_first"
    OTHER_PLAN_PAID = "other_plan_paid"
    OUT_OF_NETWORK = "out_of_network"
    SENT_LATE = "sent_late"
    SENT_TWICE = "sent_twice"
    NEED_FACTS = "need_facts"
    NEED_YOUR_ANSWER = "need_your_answer"
    PAID_TO_YOU = "paid_to_you"
    CODES_UNCLEAR = "codes_unclear"
    UNKNOWN = "unknown"
    OUR_DISCOUNT = "our_discount"
    REMAINDER = "remainder"


class Outcome(StrEnum):
    """Who carries an amount, as the claim adjustment group says it."""

    YOU_PAY = "you_pay"
    YOU_DO_NOT_PAY = "you_do_not_pay"
    ASK_US = "ask_us"


class ReasonWords(msgspec.Struct, frozen=True):
    """A heading of two to five words and the sentences below it."""

    title: str
    sentence: str


class CommonWords(msgspec.Struct, frozen=True, kw_only=True):
    """Texts that every page shares."""

    skip: str
    larger_text: str
    standard_text: str
    back_to_bill: str
    error_prefix: str
    problem: str
    help_title: str
    call: str
    call_hours: str
    interpreter: str
    billed_by: str
    bill_number: str


class OpenWords(msgspec.Struct, frozen=True, kw_only=True):
    """The check before a bill opens."""

    title: str
    lead_link: str
    lead_code: str
    bill_code: str
    bill_code_hint: str
    bill_code_missing: str
    bill_code_wrong: str
    birth_date: str
    birth_date_hint: str
    month: str
    day: str
    year: str
    month_missing: str
    month_wrong: str
    day_missing: str
    day_wrong: str
    year_missing: str
    year_wrong: str
    birth_date_wrong: str
    no_match: str
    open: str
    why_ask_title: str
    why_ask: str


class BillWords(msgspec.Struct, frozen=True, kw_only=True):
    """The bill, explained."""

    title: str
    you_owe: str
    you_have_credit: str
    nothing_yet: str
    paid_up: str
    no_bill: str
    for_visit: str
    for_visit_with: str
    for_visits_one_day: str
    for_visits: str
    pay_by: str
    pay: str
    pay_part: str
    waiting: str
    waiting_next: str
    paid_thanks: str
    paid_thanks_undated: str
    credit_next: str
    how: str
    how_so_far: str
    bar: str
    price: str
    prices: str
    price_hint: str
    insurer_paid: str
    insurer_paid_on: str
    with_insurer: str
    with_insurer_hint: str
    share: str
    forgiven: str
    forgiven_hint: str
    already_paid: str
    total_owed: str
    total_credit: str
    total_so_far: str
    why: str
    why_lead: str
    why_lead_one: str
    no_plan_title: str
    no_plan: str
    what: str
    visit_with: str
    full_price: str
    your_share_of: str
    codes: str
    code_service: str
    code: str
    wrong_title: str
    wrong: str
    hard_title: str
    hard: str
    account_number: str
    slip_title: str
    slip_lead: str
    slip_amount: str


class PayWords(msgspec.Struct, frozen=True, kw_only=True):
    """Choosing an amount."""

    title: str
    choose: str
    choose_missing: str
    all: str
    all_hint: str
    part: str
    part_hint: str
    amount: str
    amount_hint: str
    amount_missing: str
    amount_wrong: str
    next: str
    safe_title: str
    safe: str


class OutcomeWords(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a payment: receipt, still on its way, not made."""

    receipt_name: str
    receipt_title: str
    thanks: str
    paid_amount: str
    paid_on: str
    paid_with: str
    confirmation: str
    still_owed: str
    sent_to: str
    keep: str
    nothing_left: str
    pay_rest: str
    pending_title: str
    pending_lead: str
    pending_bank: str
    pending_once: str
    check_again: str
    declined_title: str
    declined_nothing: str
    declined_card: str
    declined_expired: str
    declined_left: str
    try_again: str


class CallWords(msgspec.Struct, frozen=True, kw_only=True):
    """When the pages cannot go on without a person."""

    link_expired_title: str
    link_expired: str
    locked_title: str
    locked: str
    not_found_title: str
    not_found: str
    have_ready: str
    call_number: str
    open_with_code: str


class ErrorPageWords(msgspec.Struct, frozen=True, kw_only=True):
    """Around what is said when there is no page."""

    go_to_bill: str
    request_number: str


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One language."""

    language: str
    date: Callable[[date], str]
    common: CommonWords
    open: OpenWords
    bill: BillWords
    pay: PayWords
    outcome: OutcomeWords
    call: CallWords
    error: ErrorPageWords
    reasons: Mapping[ReasonKind, ReasonWords]
    outcomes: Mapping[Outcome, str]

"""The chart of accounts. Codes are stored, so they never change meaning; `docs/money.md` shows which fact posts where."""

from enum import IntEnum
from typing import NamedTuple


class Account(IntEnum):
    """One account of a practice's books. Receivables are kept per item (a claim line); parties are payers or patients."""

    INSURANCE_1 = 1
    INSURANCE_2 = 2
    INSURANCE_3 = 3
    PATIENT = 4
    CHARGES = 10
    CONTRACTUAL = 20
    SEQUESTRATION = 21
    OTHER_DISCOUNT = 22
    WRITE_OFF_BAD_DEBT = 30
    WRITE_OFF_SMALL_BALANCE = 31
    WRITE_OFF_TIMELY_FILING = 32
    WRITE_OFF_CHARITY = 33
    REMITTANCE_CLEARING = 40
    CARD_CLEARING = 41
    CASH = 42
    UNAPPLIED_PAYER = 50
    UNAPPLIED_PATIENT = 51
    REFUNDS_PAYABLE = 52
    RECOUPMENT = 53
    INTEREST = 60
    PROVIDER_ADJUSTMENTS = 61


class Traits(NamedTuple):
    """How an account is read: its normal side and whether an open balance is kept for each of its items."""

    debit_normal: bool
    by_item: bool


TRAITS: dict[Account, Traits] = {
    Account.INSURANCE_1: Traits(debit_normal=True, by_item=True),
    Account.INSURANCE_2: Traits(debit_normal=True, by_item=True),
    Account.INSURANCE_3: Traits(debit_normal=True, by_item=True),
    Account.PATIENT: Traits(debit_normal=True, by_item=True),
    Account.CHARGES: Traits(debit_normal=False, by_item=False),
    Account.CONTRACTUAL: Traits(debit_normal=True, by_item=False),
    Account.SEQUESTRATION: Traits(debit_normal=True, by_item=False),
    Account.OTHER_DISCOUNT: Traits(debit_normal=True, by_item=False),
    Account.WRITE_OFF_BAD_DEBT: Traits(debit_normal=True, by_item=False),
    Account.WRITE_OFF_SMALL_BALANCE: Traits(debit_normal=True, by_item=False),
    Account.WRITE_OFF_TIMELY_FILING: Traits(debit_normal=True, by_item=False),
    Account.WRITE_OFF_CHARITY: Traits(debit_normal=True, by_item=False),
    Account.REMITTANCE_CLEARING: Traits(debit_normal=True, by_item=False),
    Account.CARD_CLEARING: Traits(debit_normal=True, by_item=False),
    Account.CASH: Traits(debit_normal=True, by_item=False),
    Account.UNAPPLIED_PAYER: Traits(debit_normal=False, by_item=False),
    Account.UNAPPLIED_PATIENT: Traits(debit_normal=False, by_item=False),
    Account.REFUNDS_PAYABLE: Traits(debit_normal=False, by_item=False),
    Account.RECOUPMENT: Traits(debit_normal=True, by_item=False),
    Account.INTEREST: Traits(debit_normal=False, by_item=False),
    Account.PROVIDER_ADJUSTMENTS: Traits(debit_normal=True, by_item=False),
}

INSURANCE = (Account.INSURANCE_1, Account.INSURANCE_2, Account.INSURANCE_3)
RECEIVABLES = (*INSURANCE, Account.PATIENT)
DISCOUNTS = (Account.CONTRACTUAL, Account.SEQUESTRATION, Account.OTHER_DISCOUNT)
WRITE_OFFS = (
    Account.WRITE_OFF_BAD_DEBT,
    Account.WRITE_OFF_SMALL_BALANCE,
    Account.WRITE_OFF_TIMELY_FILING,
    Account.WRITE_OFF_CHARITY,
)


def insurance_account(payer_order: int) -> Account:
    """The receivable from the first, second or third payer of a claim."""
    return INSURANCE[payer_order - 1]

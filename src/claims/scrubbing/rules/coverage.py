"""Coverage: whether the payer can find the member, and the numbers of the claim can be written."""

import re
from collections.abc import Iterator

from claims.scrubbing.engine import Fault
from claims.scrubbing.snapshot import ClaimSnapshot
from claims.wording import x12_text

_WRITABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./&'()+-]{0,49}")
"""Characters of the X12 basic set that no partner uses as a separator; REF02 and SBR03 hold 50."""


def member_id_is_present(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The payer finds the member by the member id."""
    if not claim.coverage.member_id:
        yield Fault("coverage/member_id", "the member id of the insurance is missing; copy it from the card")


def subscriber_is_named(claim: ClaimSnapshot) -> Iterator[Fault]:
    """A claim for a dependent names the subscriber."""
    coverage = claim.coverage
    names = (x12_text(coverage.subscriber_last_name), x12_text(coverage.subscriber_first_name))
    if coverage.relationship != "self" and not all(names):
        yield Fault("coverage/subscriber", "the patient is insured through somebody else; enter the subscriber's name")


def medicare_pays_first(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Medicare in a later place needs the reason why it does not pay first (SBR05), which is not on file."""
    if claim.payer_kind == "medicare" and claim.payer_order > 1:
        yield Fault(
            "coverage/rank",
            "Medicare stands behind another insurance, and a claim must say why; bill it through Medicare's portal",
        )


def numbers_can_be_written(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Member id, group number and authorization hold only letters, digits and plain marks."""
    numbers = {
        "coverage/member_id": claim.coverage.member_id,
        "coverage/group_number": claim.coverage.group_number,
        "prior_authorization": claim.prior_authorization,
    }
    for field, number in numbers.items():
        if number and not _WRITABLE.fullmatch(number):
            words = field.rpartition("/")[2].replace("_", " ")
            yield Fault(field, f"the {words} needs letters, digits and hyphens, at most 50; copy it again")

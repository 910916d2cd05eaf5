"""Writes the usual subscriber of an 837 in one step; a guide adds its claim and service line.

`ClaimSetWriter` defines how it looks; what is not usual is left to it.
"""

from edi.claim_837 import Claim
from edi.claim_837_writer import ClaimSetWriter
from edi.parties import Party
from edi.x12.templates import Template
from edi.x12.values import DATE_TEXT
from edi.x12.writer import InterchangeWriter

_SUBSCRIBER = """
    HL*{level}*{parent}*22*{children}
    SBR*{responsibility}*{relationship}*{group}*{group_name}*{type}****{filing}
    NM1*IL*{kind}*{last}*{first}*{middle}*{prefix}*{suffix}*{qualifier}*{identifier}
    N3*{street}MORE
    N4*{city}*{state}*{postal_code}
    DMG*D8*{birth}*{sex}
    NM1*PR*{payer_kind}*{payer}*****{payer_qualifier}*{payer_identifier}
"""
SUBSCRIBERS = [Template(_SUBSCRIBER.replace("MORE", more)) for more in ("", "*{second_street}")]
"""By the number of further address lines."""


class ClaimRunWriter(ClaimSetWriter):
    """Takes the usual subscriber in one step."""

    def __init__(self, out: InterchangeWriter) -> None:
        super().__init__(out)
        self._subscriber_forms = [out.prepared(form) for form in SUBSCRIBERS]

    def subscriber(self, claim: Claim, *, has_dependents: bool) -> None:
        insured = claim.subscriber
        party, payer = insured.party, insured.payer
        address = party.address
        if (
            address is None
            or address.country or address.subdivision
            or not address.line1
            or not address.city
            or party.birth_date is None
            or insured.kept
            or party.role != "IL"
            or _says_more(party)
            or _says_more(payer)
            or payer.role != "PR"
            or payer.address is not None
            or payer.first_name or payer.middle_name or payer.prefix or payer.suffix
            or (not claim.is_dependent and (claim.patient_facts or claim.patient_relationship))
        ):  # fmt: skip
            super().subscriber(claim, has_dependents=has_dependents)
            return
        second = (address.line2,) if address.line2 else ()
        self.out.fill(
            self._subscriber_forms[len(second)],
            (
                str(self.opened_subscriber()), str(self.billing_level), "1" if has_dependents else "0",
                insured.responsibility, insured.relationship, insured.group_number, insured.group_name,
                insured.insurance_type, insured.filing_code,
                party.entity_type, party.name, party.first_name, party.middle_name, party.prefix, party.suffix,
                party.id_qualifier, party.identifier,
                address.line1, *second, address.city, address.state, address.postal_code,
                DATE_TEXT[party.birth_date], party.sex,
                payer.entity_type, payer.name, payer.id_qualifier, payer.identifier,
            ),
        )  # fmt: skip


def _says_more(party: Party) -> bool:
    """Whether there is more to say of a party than its name and address."""
    return bool(party.references or party.contacts or party.kept)

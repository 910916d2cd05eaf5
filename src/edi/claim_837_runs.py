"""The usual subscriber and claim of an 837, each taken in one step. `ClaimBuilder` defines what they mean."""

import re
from abc import abstractmethod
from typing import Any

from edi.claim_837 import Claim, ServiceLine
from edi.claim_837_reader import ClaimBuilder
from edi.parties import Address, DatedFact, Party, Reference
from edi.x12.runs import FRACTION, WHOLE, Run, Take
from edi.x12.values import DATES, PERIODS

SUBSCRIBER = Run("""
    HL*{number}*{parent}*22[*{children}]
    SBR*{responsibility}*{relationship}*{group}*{group_name}*{type}****{filing}
    NM1*IL*{kind}*{last}*{first}*{middle}*{prefix}*{suffix}*{qualifier=MI|II}*{identifier}
    ? N3*{street!}[*{more}]
    ? N4*{city!}*{state:state}*{postal_code}
    ? DMG*D8*{birth!}*{sex}
    ? NM1*PR*{kind!}*{name}*****{qualifier=PI|XV}*{identifier}
""")

CLAIM = Run("""
    CLM*{control}*{charge$}***{place:place of service}:{facility}:{frequency}*{signature}*{assignment}*{benefits}*{release}
    ? DTP*{qualifier!}*{form=D8|RD8}*{date!}
    ? REF*{qualifier!}*{value}
    ? REF*{qualifier!}*{value}
    ? HI*{codes&:HI}
    ? NM1*82*{kind!}*{last}*{first}*{middle}*{prefix}*{suffix}*XX*{identifier:NPI}
    ? PRV*{role}*PXC*{taxonomy!:taxonomy}
""")


class ClaimRunBuilder(ClaimBuilder):
    """A claim builder that takes the usual segments together; a guide adds its service line."""

    line_run: Run

    def __init__(self, out: list[Any]) -> None:
        super().__init__(out)
        above: dict[Run, Take] = {SUBSCRIBER: self._take_subscriber, CLAIM: self._take_claim}
        runs = {self.line_run: self.take_line, **above}
        self.runs = {part: above if part in ("billing", "subscriber", "patient") else runs for part in self.tables}
        del self.runs["head"]

    @abstractmethod
    def take_line(self, found: re.Match[str], offset: int, number: int) -> int:
        """A service line of the guide."""

    def _take_subscriber(self, found: re.Match[str], offset: int, _number: int) -> int:
        (
            _, _, _, responsibility, relationship, group, group_name, kind_of_insurance, filing,
            kind, last, first, middle, prefix, suffix, qualifier, identifier, street, more, city, state, postal_code,
            birth, sex, payer_kind, payer, payer_qualifier, payer_identifier,
        ) = found.groups("")  # fmt: skip
        party = Party("IL", last, first, middle, prefix, suffix, qualifier, identifier, kind)
        taken = 3
        if birth:
            party.birth_date, party.sex = DATES[birth], sex
            taken += 1
        if street or city:
            party.address = Address(street, more, city, state, postal_code)
            taken += 2 if street and city else 1
        self._open_level("subscriber", offset)
        insured = self._subscriber
        insured.responsibility, insured.relationship, insured.filing_code = responsibility, relationship, filing
        insured.group_number, insured.group_name, insured.insurance_type = group, group_name, kind_of_insurance
        insured.party = self._party = party
        if payer_kind:
            named = Party(
                "PR", payer, id_qualifier=payer_qualifier, identifier=payer_identifier, entity_type=payer_kind
            )
            insured.payer = self._party = named
            taken += 1
        return taken

    def _take_claim(self, found: re.Match[str], offset: int, number: int) -> int:
        (
            control, charge, charge_part, place, facility, frequency, signature, assignment, benefits, release,
            date_qualifier, _, date, reference, value, reference2, value2, codes,
            kind, last, first, middle, prefix, suffix, identifier, _, taxonomy,
        ) = found.groups("")  # fmt: skip
        if taxonomy and not kind:
            return 0
        fact = DatedFact(date_qualifier, *PERIODS[date]) if date else None
        claim = Claim(
            control_number=control,
            charge_cents=WHOLE[charge] + FRACTION[charge_part],
            place_of_service=place,
            facility_qualifier=facility,
            frequency=frequency,
            signature=signature,
            assignment=assignment,
            benefits_assigned=benefits,
            release_of_information=release,
            billing=self._billing,
            subscriber=self._subscriber,
            patient=self._patient,
            patient_relationship=self._relationship,
            patient_facts=self._facts,
            transaction=self._head.transaction,
            byte_start=offset,
            segment=number,
        )
        taken = 1
        if codes:
            self.take_code_text(claim, codes)
            taken += 1
        if fact is not None:
            claim.dates.append(fact)
            taken += 1
        if reference:
            self._claim_reference(claim, Reference(reference, value))
            taken += 1
            if reference2:
                self._claim_reference(claim, Reference(reference2, value2))
                taken += 1
        self._finish_claim(offset)
        self._claim = claim
        self._enter("claim", claim)
        if kind:
            party = self._party = Party("82", last, first, middle, prefix, suffix, "XX", identifier, kind)
            claim.parties.append(party)
            taken += 1
            if taxonomy:
                claim.taxonomies["82"] = taxonomy
                taken += 1
        return taken

    def take_code_text(self, claim: Claim, text: str) -> None:
        """An HI segment without its id."""
        self.take_codes(claim, ["HI", *text.split(self.element)])

    def open_line(self, line: ServiceLine) -> bool:
        """What follows is about this line of the open claim; False when none is open."""
        claim = self._claim
        if claim is None:
            return False
        lines = claim.lines
        if lines:
            lines[-1].byte_end = line.byte_start
        lines.append(line)
        self._line = line
        self._enter("line", line)
        return True

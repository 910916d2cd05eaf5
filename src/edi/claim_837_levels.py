"""What stands around the claims of an 837: the head, the hierarchy of providers, subscribers and patients, and parties.

The claim builder extends this; together they know at every moment which loop is open and who is being described.
"""

from typing import Any

from edi.claim_837 import (
    BillingProvider,
    Claim,
    ClaimsEnd,
    ClaimSet,
    Insured,
    LineAdjudication,
    OtherPayer,
    PatientFacts,
    ServiceLine,
)
from edi.parties import Address, Party
from edi.procedures import Procedure, Procedures
from edi.remittance_reader import read_contact
from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.reader import SetBuilder
from edi.x12.segment import Segment
from edi.x12.values import DATES, QUANTITIES, TIMES

ClaimEvent = ClaimSet | Claim | ClaimsEnd
"""A streamed 837: one ClaimSet, its Claims, one ClaimsEnd."""

Keeper = ClaimSet | BillingProvider | Insured | Claim | OtherPayer | ServiceLine | LineAdjudication

BLANKS = [""] * 22
NO_PROCEDURE = Procedure("", "")
_LEVELS = {"20": "billing", "22": "subscriber", "23": "patient"}
_LOOPS = {
    "head": "1000A",
    "billing": "2000A",
    "subscriber": "2000B",
    "patient": "2000C",
    "claim": "2300",
    "other": "2320",
    "line": "2400",
    "drug": "2410",
    "adjudication": "2430",
    "form": "2440",
}


class LevelBuilder(SetBuilder[ClaimEvent]):
    """Keeps the open loop (`part`), who is described (`party`) and where unknown segments are kept (`keeper`)."""

    def __init__(self, out: list[Any]) -> None:
        super().__init__(out)
        self._procedures = Procedures(":")
        self._reset(None)

    def _reset(self, transaction: TransactionSet | None) -> None:
        nobody = Party("")
        self._head = ClaimSet(reference="", created=None, submitter=nobody, receiver=nobody, transaction=transaction)
        self._head_open = transaction is not None
        self._billing = BillingProvider(party=nobody)
        self._subscriber = Insured(responsibility="", party=nobody, payer=nobody)
        self._patient: Party | None = None
        self._relationship = ""
        self._facts: PatientFacts | None = None
        self._claim: Claim | None = None
        self._line = ServiceLine(number=0, procedure=NO_PROCEDURE, charge_cents=0)
        self._other = OtherPayer(insured=self._subscriber)
        self._adjudication = LineAdjudication(payer_identifier="", paid_cents=0)
        self._party: Party | None = None
        self._keeper: Keeper = self._head
        self._part = "head"
        self._end = ClaimsEnd()

    def begin(self, transaction: TransactionSet) -> None:
        self._reset(transaction)
        if self._procedures.component != self.component:
            self._procedures = Procedures(self.component)

    def end(self, offset: int, problem: Finding | None) -> None:
        if problem is not None:
            self.flag(problem)
            self._end.problems.append(problem)
        self._emit_head()
        self._finish_claim(offset)
        self.out.append(self._end)

    def keep(self, segment: Segment) -> None:
        segment.loop = _LOOPS[self._part]
        (self._party or self._keeper).kept.append(segment)

    def flag(self, finding: Finding) -> None:
        if self._claim is None:
            self._head.problems.append(finding)
        elif self._claim.lines and self._part not in ("claim", "other"):
            self._line.problems.append(finding)
        else:
            self._claim.problems.append(finding)

    def _keep_raw(self, e: list[str], offset: int, number: int) -> None:
        self.keep(Segment(e, number, offset))

    def _enter(self, part: str, keeper: Keeper) -> None:
        self._part, self._keeper, self._party = part, keeper, None
        self.switch(part)

    def _emit_head(self) -> None:
        if self._head_open:
            self.out.append(self._head)
            self._head_open = False

    def _finish_claim(self, offset: int) -> None:
        claim = self._claim
        if claim is None:
            return
        self.complete(claim)
        claim.byte_end = offset
        if claim.lines:
            claim.lines[-1].byte_end = offset
        self._end.claim_count += 1
        self._end.charge_cents += claim.charge_cents
        self._claim = None
        self.out.append(claim)

    def complete(self, claim: Claim) -> None:
        """All segments of the claim were taken."""

    def _bht(self, e: list[str], offset: int, number: int) -> None:
        e = e + BLANKS
        head = self._head
        head.created, head.created_time = DATES[e[4]], TIMES[e[5]]
        head.purpose, head.reference, head.kind = e[2], e[3], e[6]

    def _hl(self, e: list[str], offset: int, number: int) -> None:
        self._open_level(_LEVELS.get((e + BLANKS)[3], "billing"), offset)

    def _open_level(self, level: str, offset: int) -> None:
        self._emit_head()
        self._finish_claim(offset)
        self._patient, self._relationship, self._facts = None, "", None
        if level == "billing":
            self._billing = BillingProvider(party=Party(""))
            self._enter(level, self._billing)
            return
        if level == "subscriber":
            self._subscriber = Insured(responsibility="", party=Party(""), payer=Party(""))
        self._enter(level, self._subscriber)

    def _sbr(self, e: list[str], offset: int, number: int) -> None:
        values = e + BLANKS
        one = self._subscriber
        one.responsibility, one.relationship, one.group_number, one.group_name, one.insurance_type = values[1:6]
        one.filing_code = values[9]
        if any(values[6:9]) or any(values[10:]):
            self.excess(e, offset, number)

    def _pat(self, e: list[str], offset: int, number: int) -> None:
        e = e + BLANKS
        if any(e[5:10]):
            self._facts = PatientFacts(death_date=DATES[e[6]], weight_pounds=QUANTITIES[e[8]], pregnant=e[9] == "Y")
        self._relationship = e[1]

    def _nm1(self, e: list[str], offset: int, number: int) -> None:
        given = e
        e = e + BLANKS
        party = Party(e[1], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[2])
        part = self._part
        if part == "claim" and self._claim is not None:
            self._claim.parties.append(party)
        elif part == "other":
            self._other_party(party)
        elif part in ("line", "drug", "adjudication", "form"):
            self._line.parties.append(party)
            self._enter("line", self._line)
        elif not self._upper_party(party):
            self._party = None
            self.keep(Segment(given, number, offset))
            return
        self._party = party
        if len(given) > 10 and any(given[10:]):
            self.excess(given, offset, number)

    def _other_party(self, party: Party) -> None:
        if party.role == "IL":
            self._other.insured.party = party
        elif party.role == "PR":
            self._other.insured.payer = party
        else:
            self._other.parties.append(party)

    def _upper_party(self, party: Party) -> bool:
        match self._part, party.role:
            case "head", "41":
                self._head.submitter = party
            case "head", "40":
                self._head.receiver = party
            case "billing", "85":
                self._billing.party = party
            case "billing", "87":
                self._billing.pay_to_address = party
            case "billing", "PE":
                self._billing.pay_to_plan = party
            case "subscriber", "IL":
                self._subscriber.party = party
            case "subscriber", "PR":
                self._subscriber.payer = party
            case "patient", "QC":
                self._patient = party
            case _:
                return False
        return True

    def _n3(self, e: list[str], offset: int, number: int) -> None:
        party = self._party
        if party is None or (party.address is not None and party.address.line1):
            self.keep(Segment(e, number, offset))
            return
        address = party.address
        if address is None:
            address = party.address = Address()
        address.line1, address.line2 = (e + BLANKS)[1:3]

    def _n4(self, e: list[str], offset: int, number: int) -> None:
        party = self._party
        if party is None or (party.address is not None and party.address.city):
            self.keep(Segment(e, number, offset))
            return
        address = party.address
        if address is None:
            address = party.address = Address()
        values = e + BLANKS
        address.city, address.state, address.postal_code, address.country = values[1:5]
        address.subdivision = values[7]
        if values[5] or values[6]:
            self.excess(e, offset, number)

    def _dmg(self, e: list[str], offset: int, number: int) -> None:
        party = self._party
        if party is None or self._part not in ("subscriber", "patient"):
            self.keep(Segment(e, number, offset))
            return
        values = e + BLANKS
        party.birth_date, party.sex = DATES[values[2]], values[3]
        if len(e) > 4 and any(e[4:]):
            self.excess(e, offset, number)

    def _per(self, e: list[str], offset: int, number: int) -> None:
        if self._party is None:
            self.keep(Segment(e, number, offset))
        else:
            self._party.contacts.append(read_contact(e))

    def _prv(self, e: list[str], offset: int, number: int) -> None:
        values = e + BLANKS
        plain = values[2] == "PXC" and len(e) == 4
        if plain and self._part == "billing" and values[1] == "BI":
            self._billing.taxonomy = e[3]
        elif plain and self._party is not None and self._part == "claim" and self._claim is not None:
            self._claim.taxonomies[self._party.role] = e[3]
        elif plain and self._party is not None and self._part == "line":
            self._line.taxonomies[self._party.role] = e[3]
        else:
            self.keep(Segment(e, number, offset))

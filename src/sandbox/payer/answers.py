"""The files that answer a file of claims, pure: a 999, a 277CA and an 835, the same bytes for the same input and history."""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from edi.ack_277ca import ACCEPT, REJECT, ClaimAcknowledgment, ClaimStatus, Status, write_277ca
from edi.ack_999 import acknowledge, write_999
from edi.claim_837 import Claim, ClaimSet
from edi.claim_837p import stream_837p
from edi.parties import Address, Contact, ContactNumber, DatedFact, Party, Reference
from edi.remittance import ClaimPayment, Payment, PaymentClose, ProviderAdjustment, Remittance
from edi.remittance_835 import write_835
from edi.x12.envelope import Envelope, Interchange
from edi.x12.findings import Finding
from sandbox.payer.adjudication import adjudicate, correct, payer_claim_number, reverse
from sandbox.payer.profiles import profile_of

TAKEN_BACK_PERCENT = 10
NOON = dt.time(12, 0)


class ClaimsFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of claims as it was read."""

    interchange: Interchange | None
    heads: list[ClaimSet]
    claims: list[Claim]
    findings: list[Finding]

    @property
    def payer_id(self) -> str:
        """The payer the claims are for; files hold claims for one payer."""
        return self.claims[0].subscriber.payer.identifier if self.claims else ""

    @property
    def is_first_billing(self) -> bool:
        """Whether nobody was asked before this payer."""
        return all(claim.subscriber.responsibility == "P" for claim in self.claims)


class Answer(msgspec.Struct, frozen=True):
    """One file to send back: the ending of its name, and its bytes."""

    suffix: str
    content: bytes


def read_claims(content: bytes) -> ClaimsFile:
    """Read a file of professional claims; never raises for what it holds."""
    reader = stream_837p(content)
    events = list(reader)
    heads = [event for event in events if isinstance(event, ClaimSet)]
    first = heads[0].transaction if heads else None
    return ClaimsFile(
        interchange=first.interchange if first else None,
        heads=heads,
        claims=[event for event in events if isinstance(event, Claim)],
        findings=list(reader.findings),
    )


def answer(file: ClaimsFile, earlier: Sequence[ClaimsFile], *, today: dt.date) -> list[Answer]:
    """Everything this payer says to one file. `earlier` are its files from the same practice that came before, in order."""
    interchange = file.interchange
    if interchange is None:
        return []
    sets = [head.transaction for head in file.heads if head.transaction is not None]
    acknowledgments = acknowledge(sets, file.findings)
    answers = [Answer("999", write_999(_envelope(interchange, today, 1), acknowledgments))]
    if any(finding.is_error for finding in file.findings) or not file.claims:
        return answers
    statuses = [_status(claim, today) for claim in file.claims]
    answers.append(
        Answer("277ca", write_277ca(_envelope(interchange, today, 2), list(_acknowledge(file, statuses, today))))
    )
    taken = [claim for claim, status in zip(file.claims, statuses, strict=True) if not status.is_rejected]
    if taken:
        remittances = _remittances(file, taken, earlier, today)
        answers.append(Answer("835", write_835(_envelope(interchange, today, 3), remittances)))
    return answers


def _envelope(interchange: Interchange, today: dt.date, place: int) -> Envelope:
    """Back to the sender, under a number made from the one that is answered."""
    number = int(interchange.control_number) * 10 + place
    return Envelope(
        sender_id=interchange.receiver_id.strip(),
        receiver_id=interchange.sender_id.strip(),
        date=today,
        time=NOON,
        control_number=number,
        group_control_number=number,
    )


def _status(claim: Claim, today: dt.date) -> ClaimStatus:
    """Taken, unless the payer could not even look the member up."""
    member = claim.subscriber.party
    patient = claim.patient or member
    takes = bool(member.identifier)
    status = Status("A2", "20", "PR", today, ACCEPT) if takes else Status("A7", "164", "IL", today, REJECT)
    return ClaimStatus(
        control_number=claim.control_number,
        patient=Party(
            "QC", patient.name, patient.first_name, id_qualifier="MI", identifier=member.identifier, entity_type="1"
        ),
        statuses=[status],
        payer_claim_number=payer_claim_number(claim, claim.subscriber.payer.identifier) if takes else "",
        service_date=claim.lines[0].service_date,
        charge_cents=claim.charge_cents,
    )


def _acknowledge(file: ClaimsFile, statuses: Sequence[ClaimStatus], today: dt.date) -> Iterable[ClaimAcknowledgment]:
    by_number = {status.control_number: status for status in statuses}
    for head in file.heads:
        own = [claim for claim in file.claims if claim.transaction is head.transaction]
        if own:
            billing = own[0].billing.party
            payer = own[0].subscriber.payer
            yield ClaimAcknowledgment(
                reference=f"CA{head.reference}",
                created=today,
                created_time=NOON,
                sender=Party("PR", payer.name, id_qualifier="PI", identifier=payer.identifier),
                receiver=Party("41", head.submitter.name, id_qualifier="46", identifier=head.submitter.identifier),
                provider=Party("85", billing.name, id_qualifier="XX", identifier=billing.npi),
                batch_reference=head.reference,
                claims=[by_number[claim.control_number] for claim in own],
            )


def _remittances(
    file: ClaimsFile, taken: Sequence[Claim], earlier: Sequence[ClaimsFile], today: dt.date
) -> list[Remittance]:
    """The payment for these claims; with it, once a payer, an earlier decision taken back and the money recovered."""
    payer_id = file.payer_id
    decisions = [adjudicate(claim, profile_of(payer_id), payer_id) for claim in taken]
    paid = sum(one.paid_cents for one in decisions)
    original = _to_take_back(earlier) if len(earlier) == 1 and file.is_first_billing else None
    less = original.paid_cents * TAKEN_BACK_PERCENT // 100 if original else 0
    if original is None or not 0 < less <= paid:
        return [_remittance(file, decisions, [], today, 1)]
    npi = file.claims[0].billing.party.npi
    period = dt.date(today.year, 12, 31)
    pending = ProviderAdjustment(npi, period, "WO", original.payer_claim_number, -less)
    recovered = ProviderAdjustment(npi, period, "WO", original.payer_claim_number, less)
    changed = [reverse(original), correct(original, less)]
    return [
        _remittance(file, changed, [pending], today, 1),
        _remittance(file, decisions, [recovered], today, 2),
    ]


def _to_take_back(earlier: Sequence[ClaimsFile]) -> ClaimPayment | None:
    """The first paid claim of the earlier file that no other insurance shares."""
    for file in earlier:
        for claim in file.claims:
            if claim.others:
                continue
            decision = adjudicate(claim, profile_of(file.payer_id), file.payer_id)
            if decision.paid_cents > 0:
                return decision
    return None


def _remittance(
    file: ClaimsFile,
    decisions: list[ClaimPayment],
    adjustments: list[ProviderAdjustment],
    today: dt.date,
    place: int,
) -> Remittance:
    claims_paid = sum(one.paid_cents for one in decisions)
    close = PaymentClose(provider_adjustments=adjustments, claim_count=len(decisions), claim_paid_cents=claims_paid)
    cents = claims_paid - close.provider_adjustment_cents
    control_number = file.interchange.control_number if file.interchange else ""
    billing = file.claims[0].billing.party
    payer_id = file.payer_id
    payment = Payment(
        payment_cents=cents,
        method_code="CHK" if cents else "NON",
        handling_code="I" if cents else "H",
        trace_number=f"{payer_id}{control_number}{place}",
        payer_identifier=f"1{payer_id.rjust(9, '8')[-9:]}",
        payment_date=today,
        payer=Party(
            "PR",
            profile_of(payer_id).name,
            id_qualifier="XV",
            identifier=payer_id,
            address=Address("1 SANDBOX WAY", "", "COLUMBUS", "OH", "432150001"),
            references=[Reference("2U", payer_id)],
            contacts=[Contact("PROVIDER SERVICES", [ContactNumber("TE", "8005550199")], "BL")],
        ),
        payee=Party(
            "PE",
            billing.name,
            id_qualifier="XX",
            identifier=billing.npi,
            references=[Reference("TJ", billing.reference("EI"))],
        ),
        dates=[DatedFact("405", today)],
    )
    return Remittance(payment, decisions, close)

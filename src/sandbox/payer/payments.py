"""Decisions become payments (835): one transaction set a payment, with what is taken back and recovered (PLB)."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from edi.parties import Address, Contact, ContactNumber, DatedFact, Party, Reference
from edi.remittance import (
    BankAccount,
    ClaimPayment,
    Payment,
    PaymentClose,
    ProviderAdjustment,
    Remittance,
)
from sandbox.payer.adjudication import adjudicate, plain
from sandbox.payer.claim_status import find_rejection
from sandbox.payer.draw import digits
from sandbox.payer.profiles import Profile, profile_of
from sandbox.payer.reading import Received, received_date
from sandbox.payer.takebacks import CUT_PERCENT, Decided, find_takeback


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What one payer decided about one provider's claims of one file."""

    payer: Party
    payee: Party
    file_number: str
    decided: list[Decided]

    @property
    def key(self) -> tuple[str, str]:
        """Who pays whom."""
        return self.payer.identifier, self.payee.identifier


def settle(received: Received) -> list[Settlement]:
    """Decide every claim that was taken. Depends on the file alone, so that it can be done again at any time."""
    file_number = f"{received.sender.number:09}"
    settlements: dict[tuple[str, str], Settlement] = {}
    for one in received.accepted():
        sent = received_date(one)
        for claim in one.claims:
            if find_rejection(claim) is not None:
                continue
            payer, payee = claim.subscriber.payer, claim.billing.party
            profile = profile_of(payer.identifier)
            first, second = (
                adjudicate(claim, profile, file_number=file_number, received=sent, cut_percent=cut)
                for cut in (0, CUT_PERCENT)
            )
            new = Settlement(payer=payer, payee=payee, file_number=file_number, decided=[])
            settlements.setdefault(new.key, new).decided.append(Decided(claim, first, second))
    return list(settlements.values())


def pay(settlement: Settlement, earlier: Settlement | None, today: dt.date) -> list[Remittance]:
    """The payments for a settlement. `earlier` is the last one between the same two, if there was one."""
    claims = [one.payment for one in settlement.decided]
    takeback = find_takeback(earlier.decided, settlement.decided) if earlier else None
    if takeback is None:
        return [_remittance(settlement, "new", claims, [], today)]
    amount, reference = takeback.recovered_cents, takeback.reference
    kept = _provider_adjustment(settlement, -amount, reference, today)
    recovered = _provider_adjustment(settlement, amount, reference, today)
    return [
        _remittance(settlement, "takeback", [takeback.reversal, takeback.correction], [kept], today),
        _remittance(settlement, "new", claims, [recovered], today),
    ]


def _provider_adjustment(settlement: Settlement, cents: int, reference: str, today: dt.date) -> ProviderAdjustment:
    """A WO. Positive lowers the payment (x12.org RFI 2184); the fiscal period is the calendar year."""
    return ProviderAdjustment(settlement.payee.identifier, dt.date(today.year, 12, 31), "WO", reference, cents)


def _remittance(
    settlement: Settlement,
    purpose: str,
    claims: Sequence[ClaimPayment],
    adjustments: list[ProviderAdjustment],
    today: dt.date,
) -> Remittance:
    profile = profile_of(settlement.payer.identifier)
    total = sum(claim.paid_cents for claim in claims) - sum(one.amount_cents for one in adjustments)
    payment = Payment(
        payment_cents=total,
        trace_number=digits(12, "trace", *settlement.key, settlement.file_number, purpose),
        payer_identifier="1" + profile.tax_id,
        payment_date=today,
        dates=[DatedFact("405", today)],
        payer=_payer(settlement.payer, profile),
        payee=_payee(settlement.payee),
    )
    if total:
        payment.format_code = "CCP"
        payment.payer_account = BankAccount("01", "999999992", "DA", digits(10, "account", settlement.payer.identifier))
        payment.originator_id = payment.payer_identifier
        payment.payee_account = BankAccount("01", "999999992", "DA", digits(10, "account", settlement.payee.identifier))
    else:
        payment.handling_code, payment.method_code = "H", "NON"
    return Remittance(payment, list(claims), PaymentClose(provider_adjustments=adjustments))


def _payer(payer: Party, profile: Profile) -> Party:
    street, city, state, postal_code = profile.address
    return Party(
        "PR",
        plain(payer.name) or profile.name,
        address=Address(street, "", city, state, postal_code),
        references=[Reference("2U", payer.identifier)],
        contacts=[Contact("PROVIDER SERVICES", [ContactNumber("TE", "8005550199")], "BL")],
    )


def _payee(payee: Party) -> Party:
    tax_id = payee.reference("EI")
    return Party(
        "PE",
        plain(payee.name),
        id_qualifier="XX",
        identifier=payee.identifier,
        references=[Reference("TJ", tax_id)] if tax_id else [],
    )

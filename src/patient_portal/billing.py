"""From a patient's account to the bill page: pure, and it adds nothing to what the books say."""

import uuid
from collections.abc import Mapping

from directory.public import Payer, Provider
from patient_portal import views
from patient_portal.explain import Adjustment, explain
from patient_portal.services import service_name
from payments.public import PatientAccount, Share, VisitMoney


def bill_page(
    account: PatientAccount,
    *,
    frame: views.Frame,
    account_number: str,
    providers: Mapping[uuid.UUID, Provider],
    payers: Mapping[uuid.UUID, Payer],
    pay_url: str,
) -> views.BillPage:
    """The bill over all visits of the account. Raises ValueError when its figures would not add up."""
    waiting = [visit for visit in account.visits if visit.waiting_cents > 0]
    share = sum(visit.owed_cents + visit.patient_paid_cents + visit.written_off_cents for visit in account.visits)
    taken_off = sum(visit.discount_cents for visit in account.visits)
    told = explain(
        [_answer(account.visits)] if taken_off or share else [],
        taken_off_cents=taken_off,
        share_cents=share,
        words=frame.words,
    )
    return views.BillPage(
        frame=frame,
        bill_number=f"B-{account_number}",
        account_number=account_number,
        visits=tuple(_visit(visit, providers) for visit in account.visits),
        taken_off=told.taken_off,
        insurer_payments=_insurer_payments(account.visits, payers),
        with_insurer=_with_insurer(waiting, payers),
        share_parts=told.share,
        forgiven_cents=sum(visit.written_off_cents for visit in account.visits),
        already_paid_cents=sum(visit.patient_paid_cents for visit in account.visits),
        balance_cents=account.owed_cents,
        pay_url=pay_url if account.owed_cents > 0 else None,
    )


def _answer(visits: tuple[VisitMoney, ...]) -> list[Adjustment]:
    return [_adjustment(part) for visit in visits for part in (*visit.discounts, *visit.shares)]


def _adjustment(part: Share) -> Adjustment:
    group, _, code = part.code.partition("-")
    return Adjustment(group, code, part.cents)


def _visit(visit: VisitMoney, providers: Mapping[uuid.UUID, Provider]) -> views.Visit:
    provider = providers.get(visit.provider_id) if visit.provider_id else None
    return views.Visit(
        service_date=visit.service_date,
        provider=f"{provider.first_name} {provider.last_name}" if provider else "",
        services=tuple(
            views.Service(
                name=service_name(line.procedure_code), charge_cents=line.charge_cents, code=line.procedure_code
            )
            for line in visit.lines
        ),
    )


def _insurer_payments(
    visits: tuple[VisitMoney, ...], payers: Mapping[uuid.UUID, Payer]
) -> tuple[views.InsurerPayment, ...]:
    by_name: dict[str, int] = {}
    for visit in visits:
        for paid in visit.insurers:
            payer = payers.get(paid.payer_id) if paid.payer_id else None
            name = payer.name if payer else "Your insurance"
            by_name[name] = by_name.get(name, 0) + paid.cents
    return tuple(views.InsurerPayment(insurer=name, amount_cents=cents) for name, cents in sorted(by_name.items()))


def _with_insurer(waiting: list[VisitMoney], payers: Mapping[uuid.UUID, Payer]) -> views.WithInsurer | None:
    if not waiting:
        return None
    names = sorted({payers[visit.payer_id].name for visit in waiting if visit.payer_id in payers})
    return views.WithInsurer(
        insurer=" and ".join(names) or "your insurance", amount_cents=sum(visit.waiting_cents for visit in waiting)
    )

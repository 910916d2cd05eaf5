"""The reports of a practice: figures that agree with the books, recorded as an access."""

import datetime as dt
import uuid

import msgspec

from audit.public import record
from claims.public import charged_cents, count_by_state, service_dates
from kernel.db.transaction import Tx
from ledger.public import all_transfers, breaches, ledger_digest, open_items
from payments.public import RemittanceSummary, list_remittances
from reports.aging import AgingRow, Dated, age
from reports.equation import Breakdown, Equation, equation
from tenancy.public import practice_profile


class PracticeReport(msgspec.Struct, frozen=True, kw_only=True):
    """Where a practice stands on a day. `breaches` names standing checks that found something; it is empty."""

    practice_id: uuid.UUID
    practice_name: str
    as_of: dt.date
    claims_by_state: dict[str, int]
    equation: Equation
    breakdown: Breakdown
    aging: list[AgingRow]
    remittances: list[RemittanceSummary]
    ledger_digest: str
    breaches: list[str]


async def practice_report(tx: Tx, *, as_of: dt.date) -> PracticeReport:
    """Everything at once, read in one transaction; aging by service date."""
    practice = await practice_profile(tx)
    figures, parts = equation(await charged_cents(tx), await all_transfers(tx))
    items = await open_items(tx)
    dates = await service_dates(tx)
    report = PracticeReport(
        practice_id=practice.practice_id,
        practice_name=practice.name,
        as_of=as_of,
        claims_by_state=await count_by_state(tx),
        equation=figures,
        breakdown=parts,
        aging=age(
            [Dated(one, dates.get(one.group_id or one.item_id, one.opened_date)) for one in items],
            as_of=as_of,
        ),
        remittances=await list_remittances(tx),
        ledger_digest=await ledger_digest(tx),
        breaches=[f"{one.check}: {one.subject}" for one in await breaches(tx)],
    )
    record(tx, "reports.practice.read", "practice", practice.practice_id)
    return report

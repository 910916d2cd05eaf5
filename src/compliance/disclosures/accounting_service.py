"""Making the account of disclosures of one patient."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import msgspec

from audit.public import patient_events, record
from compliance.disclosures.accounting import (
    STATEMENTS,
    SUMMARIZED,
    TITLES,
    Accounting,
    Told,
    View,
    account_lines,
    six_years_before,
    told_by_event,
)
from compliance.disclosures.grounds import DISCLOSING_ACTIONS
from compliance.disclosures.recording import counted_disclosures
from directory.public import payers_by_id
from kernel.clock import today
from kernel.db.transaction import Tx
from kernel.errors import FieldError, Invalid, NotFound
from patients.public import NO_SUCH_PATIENT, patients_by_id
from tenancy.public import PracticeProfile, practice_profile
from ui.formatting import phone


class AccountAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which account: the view, whether like lines are summed up, and the days; six years unless told otherwise."""

    view: View
    summarized: bool
    since: dt.date | None
    until: dt.date | None


async def make_accounting(tx: Tx, patient_id: uuid.UUID, asked: AccountAsked, *, form: str) -> Accounting:
    """The account of one patient. That it was made, and in which form, is on record.

    Raises NotFound for a patient of others, Invalid for days that are in the wrong order or older than six years.
    """
    patient = (await patients_by_id(tx, [patient_id])).get(patient_id)
    if patient is None:
        raise NotFound(NO_SUCH_PATIENT)
    practice = await practice_profile(tx)
    day = today(practice.time_zone)
    first, last = _days(asked.since, asked.until, day)
    recorded = await _told_by_people(tx, patient_id, first, last)
    sent = await _told_by_the_product(tx, patient_id, practice, first, last)
    lines, withheld = account_lines([*recorded, *sent], asked.view, as_of=day, summarized=asked.summarized)
    days = {"since": str(first), "until": str(last)}
    changed = {"view": asked.view.value, "summarized": asked.summarized, "form": form, "lines": len(lines), **days}
    record(tx, "compliance.accounting.made", "patient", patient_id, patient_ids=[patient_id], changed=changed)
    return Accounting(
        patient_id=patient_id,
        patient_name=f"{patient.first_name} {patient.last_name}",
        account_number=patient.account_number,
        practice_name=practice.name,
        practice_address=[practice.address, f"{practice.city}, {practice.state_code} {_zip(practice.zip)}"],
        practice_phone=phone(practice.phone),
        view=asked.view,
        title=TITLES[asked.view],
        statement=STATEMENTS[asked.view] + (SUMMARIZED if asked.summarized else ""),
        summarized=asked.summarized,
        since=first,
        until=last,
        made_on=day,
        lines=lines,
        withheld=withheld,
    )


def _days(since: dt.date | None, until: dt.date | None, day: dt.date) -> tuple[dt.date, dt.date]:
    earliest = six_years_before(day)
    first, last = since or earliest, until or day
    if first < earliest:
        raise _refusal("since", f"an accounting reaches back six years, to {earliest}")
    if last > day or last < first:
        raise _refusal("until", f"until is a day from {first} to {day}")
    return first, last


def _refusal(name: str, message: str) -> Invalid:
    return Invalid(message, fields=(FieldError(f"/{name}", message, "query"),))


async def _told_by_people(tx: Tx, patient_id: uuid.UUID, first: dt.date, last: dt.date) -> list[Told]:
    return [
        Told(
            disclosed_on=one.disclosed_on,
            recipient_name=one.recipient_name,
            recipient_address=one.recipient_address,
            what=one.what,
            purpose=one.purpose,
            ground=one.ground,
            withheld_until=one.withheld_until,
            disclosure_id=one.id,
        )
        for one in await counted_disclosures(tx, patient_id, since=first, until=last)
    ]


async def _told_by_the_product(
    tx: Tx, patient_id: uuid.UUID, practice: PracticeProfile, first: dt.date, last: dt.date
) -> list[Told]:
    zone = ZoneInfo(practice.time_zone)
    events = await patient_events(
        tx,
        patient_id,
        actions=list(DISCLOSING_ACTIONS),
        since=dt.datetime.combine(first, dt.time(), zone),
        until=dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone),
    )
    payers = {one.code: one.name for one in (await payers_by_id(tx)).values()}
    return [told_by_event(one.action, one.recorded_at.astimezone(zone).date(), one.changed, payers) for one in events]


def _zip(code: str) -> str:
    return f"{code[:5]}-{code[5:]}" if len(code) > len("43215") else code

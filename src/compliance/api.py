"""JSON and file endpoints over the audit log, for compliance officers."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from audit.public import ACTIONS, Category, EventFilter, Outcome
from compliance.anomalies.listing import FINDING_COLUMNS, finding_rows
from compliance.anomalies.service import Anomalies, find_anomalies
from compliance.files import csv_file
from compliance.patient_access import COLUMNS, viewer_rows
from compliance.periods import KEPT, Since, Until, asked_period
from compliance.permissions import READ_AUDIT
from compliance.reading import PatientAccess, ShownEvent, search_events, who_has_seen
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.files import CSV, sends_file
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires

A_WEEK = dt.timedelta(days=7)
A_MONTH = dt.timedelta(days=31)
LONGEST_TEXT = 200


class ActionShown(msgspec.Struct, frozen=True):
    """A line of the vocabulary. `words` completes "this person ..."."""

    action: str
    words: str
    category: Category
    object_type: str


class AuditLogController(Controller):
    """Reading the audit log of a practice. Reading it is on record too."""

    path = "/api/v1/practices/{practice_id:uuid}/audit"
    tags = ("Audit",)

    @get("/actions", guards=[requires(READ_AUDIT)], summary="What events can say")
    async def actions(self) -> list[ActionShown]:
        """Every action, what it means, and what its object is."""
        return [ActionShown(one.name, one.words, one.category, one.object_type) for one in ACTIONS]

    @get("/events", guards=[requires(READ_AUDIT)], summary="Search the audit log")
    async def events(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        since: Since = None,
        until: Until = None,
        person: Annotated[uuid.UUID | None, QueryParameter(description="Who acted.")] = None,
        patient: Annotated[uuid.UUID | None, QueryParameter(description="Whose records.")] = None,
        object_type: Annotated[
            str | None, QueryParameter(max_length=LONGEST_TEXT, description="What kind of thing, as `claim`.")
        ] = None,
        object_id: Annotated[str | None, QueryParameter(max_length=LONGEST_TEXT, description="Which thing.")] = None,
        action: Annotated[str | None, QueryParameter(max_length=LONGEST_TEXT, description="What was done.")] = None,
        outcome: Annotated[Outcome | None, QueryParameter(description="How it ended.")] = None,
    ) -> Page[ShownEvent]:
        """Events that fit all filters, newest first; the last 31 days when no beginning is given."""
        period = asked_period(since, until, usual=A_MONTH)
        asked = EventFilter(
            since=period.since,
            until=period.until,
            user_id=person,
            patient_id=patient,
            object_type=object_type,
            object_id=object_id,
            action=action,
            outcome=outcome,
        )
        found = await search_events(tx, asked, page)
        return page_of(request, page, found, lambda one: (one.recorded_at, one.id))


class AnomalyController(Controller):
    """What looks unusual in the audit log of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/audit/anomalies"
    tags = ("Audit",)

    @get(guards=[requires(READ_AUDIT)], summary="What looks unusual")
    async def read(self, tx: NamedDependency[Tx], since: Since = None, until: Until = None) -> Anomalies:
        """What simple rules find in a time of at most 31 days, the last seven unless told: who, why, and the events behind it."""
        return await find_anomalies(tx, asked_period(since, until, usual=A_WEEK, longest=A_MONTH))

    @get("/csv", guards=[requires(READ_AUDIT)], summary="What looks unusual, as a file", opt=sends_file(CSV))
    async def read_as_file(self, tx: NamedDependency[Tx], since: Since = None, until: Until = None) -> Response[bytes]:
        """The same as CSV, one line a finding."""
        report = await find_anomalies(tx, asked_period(since, until, usual=A_WEEK, longest=A_MONTH))
        return csv_file("unusual-access", FINDING_COLUMNS, finding_rows(report.findings))


class PatientAccessController(Controller):
    """Who has seen a patient's records."""

    path = "/api/v1/practices/{practice_id:uuid}/patients/{patient_id:uuid}/access"
    tags = ("Audit",)

    @get(guards=[requires(READ_AUDIT)], summary="Who has seen a patient")
    async def read(
        self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID], since: Since = None, until: Until = None
    ) -> PatientAccess:
        """Each person with first and last time, how often, and through what; of the last six years unless told otherwise."""
        return await who_has_seen(tx, patient_id, asked_period(since, until, usual=KEPT))

    @get("/csv", guards=[requires(READ_AUDIT)], summary="Who has seen a patient, as a file", opt=sends_file(CSV))
    async def read_as_file(
        self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID], since: Since = None, until: Until = None
    ) -> Response[bytes]:
        """The same as CSV, one line a person and action."""
        report = await who_has_seen(tx, patient_id, asked_period(since, until, usual=KEPT))
        return csv_file("who-has-seen", COLUMNS, viewer_rows(report.viewers))

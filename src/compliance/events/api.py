"""Searching the audit log, for compliance officers: that of a practice, and that of the company itself."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from audit.public import ACTIONS, Category, EventFilter, Outcome
from compliance.events.search import file_events, search_events
from compliance.events.shown import EVENT_COLUMNS, ShownEvent, event_rows
from compliance.files import csv_file
from compliance.periods import Since, Until, asked_period
from compliance.permissions import READ_AUDIT
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.files import CSV, sends_file
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires

USUAL = dt.timedelta(days=31)
LONGEST_TEXT = 200


class ActionShown(msgspec.Struct, frozen=True):
    """A line of the vocabulary. `words` completes "this person ..."."""

    action: str
    words: str
    category: Category
    object_type: str


async def provide_asked(
    since: Since = None,
    until: Until = None,
    person: Annotated[uuid.UUID | None, QueryParameter(description="Who acted.")] = None,
    object_type: Annotated[
        str | None, QueryParameter(max_length=LONGEST_TEXT, description="What kind of thing, as `claim`.")
    ] = None,
    object_id: Annotated[str | None, QueryParameter(max_length=LONGEST_TEXT, description="Which thing.")] = None,
    action: Annotated[str | None, QueryParameter(max_length=LONGEST_TEXT, description="What was done.")] = None,
    outcome: Annotated[Outcome | None, QueryParameter(description="How it ended.")] = None,
) -> EventFilter:
    """What a request asks for; the last 31 days when it gives no beginning."""
    period = asked_period(since, until, usual=USUAL)
    return EventFilter(
        since=period.since,
        until=period.until,
        user_id=person,
        object_type=object_type,
        object_id=object_id,
        action=action,
        outcome=outcome,
    )


async def provide_asked_of_practice(
    asked: NamedDependency[EventFilter],
    patient: Annotated[uuid.UUID | None, QueryParameter(description="Whose records.")] = None,
) -> EventFilter:
    """The same, and whose records; the company's own events are about no patient."""
    return msgspec.structs.replace(asked, patient_id=patient)


class AuditLogController(Controller):
    """Reading the audit log of a practice. Reading it is on record too."""

    path = "/api/v1/practices/{practice_id:uuid}/audit"
    tags = ("Audit",)
    dependencies = {  # noqa: RUF012
        "asked": Provide(provide_asked),
        "asked_of_practice": Provide(provide_asked_of_practice),
    }

    @get("/actions", guards=[requires(READ_AUDIT)], summary="What events can say")
    async def actions(self) -> list[ActionShown]:
        """Every action, what it means, and what its object is."""
        return _vocabulary()

    @get("/events", guards=[requires(READ_AUDIT)], summary="Search the audit log")
    async def events(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        asked_of_practice: NamedDependency[EventFilter],
    ) -> Page[ShownEvent]:
        """Events that fit all filters, newest first; the last 31 days when no beginning is given."""
        return _page(request, page, await search_events(tx, asked_of_practice, page))

    @get("/events/csv", guards=[requires(READ_AUDIT)], summary="Events as a file", opt=sends_file(CSV))
    async def events_as_file(
        self, tx: NamedDependency[Tx], asked_of_practice: NamedDependency[EventFilter]
    ) -> Response[bytes]:
        """The same as CSV, oldest first, at most 20,000 lines."""
        return csv_file("audit-events", EVENT_COLUMNS, event_rows(await file_events(tx, asked_of_practice)))


class CompanyLogController(Controller):
    """Reading the audit log of the company itself: sign-ins, roles, invitations, keys, and what belongs to no practice."""

    path = "/api/v1/company/audit"
    tags = ("Audit",)
    dependencies = {"asked": Provide(provide_asked)}  # noqa: RUF012

    @get("/actions", guards=[requires(READ_AUDIT)], summary="What events of the company can say")
    async def actions(self) -> list[ActionShown]:
        """Every action, what it means, and what its object is."""
        return _vocabulary()

    @get("/events", guards=[requires(READ_AUDIT)], summary="Search the company's audit log")
    async def events(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        asked: NamedDependency[EventFilter],
    ) -> Page[ShownEvent]:
        """Events of no practice that fit all filters, newest first; the last 31 days when no beginning is given."""
        return _page(request, page, await search_events(tx, asked, page))

    @get("/events/csv", guards=[requires(READ_AUDIT)], summary="The company's events as a file", opt=sends_file(CSV))
    async def events_as_file(self, tx: NamedDependency[Tx], asked: NamedDependency[EventFilter]) -> Response[bytes]:
        """The same as CSV, oldest first, at most 20,000 lines."""
        return csv_file("company-audit-events", EVENT_COLUMNS, event_rows(await file_events(tx, asked)))


def _vocabulary() -> list[ActionShown]:
    return [ActionShown(one.name, one.words, one.category, one.object_type) for one in ACTIONS]


def _page(request: AnyRequest, page: PageAsked, found: list[ShownEvent]) -> Page[ShownEvent]:
    return page_of(request, page, found, lambda one: (one.recorded_at, one.id))

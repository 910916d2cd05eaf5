"""JSON and file endpoints for disclosures and their accounting."""

import datetime as dt
import uuid
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, QueryParameter

from compliance.disclosures.accounting import COLUMNS, Accounting, View, account_rows
from compliance.disclosures.document import accounting_pdf
from compliance.disclosures.recording import (
    Disclosure,
    NewDisclosure,
    disclosures_of,
    record_disclosure,
    withdraw_disclosure,
)
from compliance.disclosures.service import make_accounting
from compliance.disclosures.suspending import lift_suspension, suspend_disclosure
from compliance.disclosures.suspension_terms import NewSuspension
from compliance.files import attachment, csv_file
from compliance.permissions import READ_AUDIT, RECORD_DISCLOSURES
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.http.files import CSV, PDF, sends_file
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires

Format = Literal["csv", "pdf"]
Which = Annotated[
    View, QueryParameter(description="What 45 CFR 164.528 asks for, or that with payment and all else on record.")
]
Summarized = Annotated[
    bool,
    QueryParameter(
        description="One line for several to one recipient for one purpose: the first, how many, the last day."
    ),
]
Since = Annotated[dt.date | None, QueryParameter(description="The first day; six years ago when left out.")]
Until = Annotated[dt.date | None, QueryParameter(description="The last day; today when left out.")]


class Recorded(msgspec.Struct, frozen=True):
    """The id of what was recorded."""

    id: uuid.UUID


class Withdrawal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a record is wrong; kept with it."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class Lifting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the patient may be told again; kept with the suspension."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class DisclosureController(Controller):
    """What people recorded as told to others."""

    path = "/api/v1/practices/{practice_id:uuid}"
    tags = ("Disclosures",)

    @post_once(
        "/patients/{patient_id:uuid}/disclosures",
        guards=[requires(RECORD_DISCLOSURES)],
        status_code=201,
        summary="Record a disclosure",
    )
    async def record(
        self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID], data: Annotated[NewDisclosure, Body()]
    ) -> Recorded:
        """Something that was told outside the product. It cannot be changed; a wrong one is withdrawn and recorded anew."""
        return Recorded(await record_disclosure(tx, patient_id, data))

    @get("/patients/{patient_id:uuid}/disclosures", guards=[requires(READ_AUDIT)], summary="Disclosures on record")
    async def list_all(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        patient_id: FromPath[uuid.UUID],
    ) -> Page[Disclosure]:
        """What people recorded about a patient, the latest first, the withdrawn ones included."""
        found = await disclosures_of(tx, patient_id, page)
        return page_of(request, page, found, lambda one: (one.disclosed_on, one.id))

    @post(
        "/disclosures/{disclosure_id:uuid}/withdraw",
        guards=[requires(RECORD_DISCLOSURES)],
        status_code=204,
        summary="Withdraw a disclosure",
    )
    async def withdraw(
        self, tx: NamedDependency[Tx], disclosure_id: FromPath[uuid.UUID], data: Annotated[Withdrawal, Body()]
    ) -> None:
        """Its record was wrong: it stays, and counts no longer."""
        await withdraw_disclosure(tx, disclosure_id, reason=data.reason)

    @post_once(
        "/disclosures/{disclosure_id:uuid}/suspensions",
        guards=[requires(RECORD_DISCLOSURES)],
        status_code=201,
        summary="Suspend a disclosure",
    )
    async def suspend(
        self, tx: NamedDependency[Tx], disclosure_id: FromPath[uuid.UUID], data: Annotated[NewSuspension, Body()]
    ) -> Recorded:
        """An agency stated that the patient is not to be told for a time: until its last day is over, no account lists it."""
        return Recorded(await suspend_disclosure(tx, disclosure_id, data))

    @post(
        "/suspensions/{suspension_id:uuid}/lift",
        guards=[requires(RECORD_DISCLOSURES)],
        status_code=204,
        summary="Lift a suspension",
    )
    async def lift(
        self, tx: NamedDependency[Tx], suspension_id: FromPath[uuid.UUID], data: Annotated[Lifting, Body()]
    ) -> None:
        """The agency asks for it no longer, or its record was wrong: it stays, and counts no longer."""
        await lift_suspension(tx, suspension_id, reason=data.reason)


class AccountingController(Controller):
    """The account that a patient may ask for (45 CFR 164.528)."""

    path = "/api/v1/practices/{practice_id:uuid}/patients/{patient_id:uuid}/accounting"
    tags = ("Disclosures",)

    @get(guards=[requires(READ_AUDIT)], summary="Accounting of disclosures")
    async def read(
        self,
        tx: NamedDependency[Tx],
        patient_id: FromPath[uuid.UUID],
        view: Which = View.STATUTORY,
        summarized: Summarized = False,  # noqa: FBT002 - a query parameter
        since: Since = None,
        until: Until = None,
    ) -> Accounting:
        """Each time that something was told: date, to whom, what, why. The answer says which list it is."""
        return await make_accounting(
            tx, patient_id, view=view, summarized=summarized, since=since, until=until, form="json"
        )

    @get(
        "/files/{file_format:str}",
        guards=[requires(READ_AUDIT)],
        summary="Accounting of disclosures as a file",
        opt=sends_file(CSV, PDF),
    )
    async def read_as_file(
        self,
        tx: NamedDependency[Tx],
        patient_id: FromPath[uuid.UUID],
        file_format: FromPath[Format],
        view: Which = View.STATUTORY,
        summarized: Summarized = False,  # noqa: FBT002 - a query parameter
        since: Since = None,
        until: Until = None,
    ) -> Response[bytes]:
        """The same as a PDF to hand over, or as CSV."""
        if file_format not in {"csv", "pdf"}:
            raise NotFound("there is no such file; there are csv and pdf")
        account = await make_accounting(
            tx, patient_id, view=view, summarized=summarized, since=since, until=until, form=file_format
        )
        name = "accounting-of-disclosures" if view is View.STATUTORY else "all-disclosures"
        if file_format == "csv":
            return csv_file(name, COLUMNS, account_rows(account))
        return attachment(f"{name}.pdf", accounting_pdf(account), PDF)

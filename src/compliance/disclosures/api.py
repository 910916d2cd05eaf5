"""JSON endpoints for what people recorded as told to others, and for what is not to be told for a time."""

import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath

from compliance.disclosures.recording import (
    Disclosure,
    NewDisclosure,
    disclosures_of,
    record_disclosure,
    withdraw_disclosure,
)
from compliance.disclosures.suspending import lift_suspension, suspend_disclosure
from compliance.disclosures.suspension_terms import NewSuspension
from compliance.permissions import READ_AUDIT, RECORD_DISCLOSURES
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires


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

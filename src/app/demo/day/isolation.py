"""Step 7: what tenants, patients and forged scopes see of each other: nothing."""

import uuid

import msgspec
import sqlalchemy as sa

from app.demo.day.office import Office
from app.demo.day.setup import Tenants
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.scope_token import SETTING, sign_scope
from kernel.db.transaction import open_transaction

COUNT_CLAIMS = sa.text("select count(*) from app.claim")
PIN = sa.text("select pg_catalog.set_config(:setting, :token, true)")


class Isolation(msgspec.Struct, frozen=True, kw_only=True):
    """What each attempt was answered."""

    other_practice_status: int
    other_claim_status: int
    patient_sees_claims_of_others: bool
    without_scope: str
    forged_scope: str

    @property
    def holds(self) -> bool:
        """Whether every attempt was refused."""
        return (
            self.other_practice_status == 404
            and self.other_claim_status == 404
            and not self.patient_sees_claims_of_others
            and self.without_scope == "refused"
            and self.forged_scope == "refused"
        )


async def try_everything(
    database: Database,
    office: Office,
    tenants: Tenants,
    *,
    ours: str,
    theirs: str,
    their_claim: str,
    patient_id: uuid.UUID,
) -> Isolation:
    """A biller of one practice reaches for the other's claim; a patient counts claims; bare and forged SQL is tried."""
    our_id, their_id = tenants.practices[ours], tenants.practices[theirs]
    return Isolation(
        other_practice_status=office.status_of(f"/api/v1/practices/{their_id}/claims/{their_claim}"),
        other_claim_status=office.status_of(f"/api/v1/practices/{our_id}/claims/{their_claim}"),
        patient_sees_claims_of_others=await _patient_sees_others(database, tenants, our_id, patient_id),
        without_scope=await _refusal(database, ""),
        forged_scope=await _refusal(database, _forged(database, tenants, our_id, their_id)),
    )


async def _patient_sees_others(
    database: Database, tenants: Tenants, practice_id: uuid.UUID, patient_id: uuid.UUID
) -> bool:
    scope = Scope(audience="patient", company_id=tenants.company_id, practice_id=practice_id, patient_id=patient_id)
    async with open_transaction(database, scope) as tx:
        foreign = sa.text("select count(*) from app.claim where patient_id <> :patient")
        seen = await tx.scalar(foreign, {"patient": patient_id})
        own = await tx.scalar(COUNT_CLAIMS)
    return bool(seen) or not own


def _forged(database: Database, tenants: Tenants, ours: uuid.UUID, theirs: uuid.UUID) -> str:
    """A scope of our practice, signed by us, with the other practice written in by hand."""
    scope = Scope(audience="staff", company_id=tenants.company_id, practice_id=ours)
    return sign_scope(scope, database.scope_key).replace(str(ours), str(theirs))


async def _refusal(database: Database, token: str) -> str:
    connection = await database.connect("staff")
    try:
        async with connection.begin():
            await connection.execute(PIN, {"setting": SETTING, "token": token})
            count = await connection.scalar(COUNT_CLAIMS)
    except sa.exc.DBAPIError:
        return "refused"
    finally:
        await connection.close()
    return f"answered with {count} rows"

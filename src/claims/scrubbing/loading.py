"""The pictures that rules see, read in a few queries whatever the number of claims."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from claims.claim_rows import claim_rows, line_rows
from claims.prior_loading import decisions_in_force
from claims.scrubbing.snapshot import ClaimSnapshot, LineSnapshot
from claims.tables import submission
from credentialing.public import enrollments_in_force
from directory.public import payers_by_id, providers_by_npi
from kernel.clock import today
from kernel.db.among import among_ids
from kernel.db.transaction import Tx
from patients.public import coverages_by_id, patients_by_id
from tenancy.public import practice_profile


async def load_snapshots(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> list[ClaimSnapshot]:
    """These claims, locked until the transaction ends, in the order of claim numbers."""
    rows = await claim_rows(tx, claim_ids, lock=True)
    lines = await line_rows(tx, claim_ids)
    patients = await patients_by_id(tx, list({row.patient_id for row in rows}))
    coverages = await coverages_by_id(tx, list({row.coverage_id for row in rows}))
    payers, providers = await payers_by_id(tx), await providers_by_npi(tx)
    enrollments = await enrollments_in_force(tx)
    out, prior = await _sent(tx, claim_ids), await decisions_in_force(tx, claim_ids)
    day = today((await practice_profile(tx)).time_zone)
    found = []
    for row in rows:
        provider = providers.get(row.rendering_npi)
        payer, decided = payers[row.payer_id], prior.get(row.id, ())
        found.append(
            ClaimSnapshot(
                claim_id=row.id,
                patient_id=row.patient_id,
                state=row.state,
                charge_cents=row.charge_cents,
                service_date=row.service_date,
                place_of_service=row.place_of_service,
                prior_authorization=row.prior_authorization,
                diagnoses=tuple(row.diagnoses),
                rendering_npi=row.rendering_npi,
                provider_id=provider.id if provider else None,
                stored_provider_id=row.provider_id,
                enrolled=provider is not None and enrollments.covers(provider.id, payer.id, row.service_date),
                referring_npi=row.referring_npi,
                referring_last_name=row.referring_last_name,
                patient=patients[row.patient_id],
                coverage=coverages[row.coverage_id],
                payer_kind=payer.kind,
                payer_order=row.payer_order,
                timely_filing_days=payer.timely_filing_days,
                with_payer_already=(row.id, row.payer_order) in out,
                prior=tuple(one for one in decided if one.payer_order < row.payer_order),
                lines=tuple(_line(one) for one in lines.get(row.id, ())),
                today=day,
            )
        )
    return found


def _line(row: sa.Row[Any]) -> LineSnapshot:
    return LineSnapshot(
        id=row.id,
        line_number=row.line_number,
        procedure_code=row.procedure_code,
        modifiers=tuple(row.modifiers),
        units=row.units,
        charge_cents=row.charge_cents,
        pointers=tuple(row.pointers),
    )


async def _sent(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, int]]:
    """Claim and payer order of everything that went out and was not sent back."""
    rows = await tx.execute(
        sa.select(submission.c.claim_id, submission.c.payer_order).where(
            submission.c.practice_id == tx.practice_id,
            submission.c.claim_id == among_ids(claim_ids),
            submission.c.state != "rejected",
        )
    )
    return {(row.claim_id, row.payer_order) for row in rows}

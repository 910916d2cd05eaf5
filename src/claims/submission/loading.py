"""Everything writing needs about the claims of a batch, read in a few queries."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from claims.prior_loading import decisions_in_force
from claims.submission.mapping_837p import EarlierPayer, Sendable, SentLine, referring_party, rendering_party
from claims.tables import claim, claim_line, encounter
from directory.public import payers_by_id, providers_by_npi
from kernel.db.transaction import Tx
from patients.public import coverages_by_id, patients_by_id


async def load_sendables(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Sendable]:
    """What is to be written, by claim id."""
    rows = await _claims(tx, claim_ids)
    lines = await _lines(tx, claim_ids)
    patients = await patients_by_id(tx, list({row.patient_id for row in rows}))
    coverages = await coverages_by_id(tx, list({key for row in rows for key in _coverage_ids(row)}))
    payers, providers = await payers_by_id(tx), await providers_by_npi(tx)
    decisions = await decisions_in_force(tx, [row.id for row in rows if row.payer_order > 1])
    found = {}
    for row in rows:
        provider = providers[row.rendering_npi]
        found[row.id] = Sendable(
            number=row.number,
            charge_cents=row.charge_cents,
            payer_order=row.payer_order,
            place_of_service=row.place_of_service,
            prior_authorization=row.prior_authorization,
            diagnoses=tuple(row.diagnoses),
            rendering=rendering_party(provider.npi, provider.last_name, provider.first_name),
            rendering_taxonomy=provider.taxonomy,
            referring=referring_party(row.referring_npi, row.referring_last_name, row.referring_first_name),
            patient=patients[row.patient_id],
            coverage=coverages[row.coverage_id],
            payer=payers[row.payer_id],
            later=tuple((coverages[key], payers[coverages[key].payer_id]) for key in _later(row)),
            earlier=tuple(
                EarlierPayer(one, coverages[_coverage_ids(row)[one.payer_order - 1]], payers[one.payer_id])
                for one in decisions.get(row.id, ())
                if one.payer_order < row.payer_order
            ),
            lines=tuple(lines[row.id]),
        )
    return found


def _coverage_ids(row: sa.Row[Any]) -> list[uuid.UUID]:
    return [key for key in (row.primary_coverage_id, row.secondary_coverage_id) if key is not None]


def _later(row: sa.Row[Any]) -> list[uuid.UUID]:
    return _coverage_ids(row)[row.payer_order :]


async def _claims(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> Sequence[sa.Row[Any]]:
    seen = encounter.c
    statement = (
        sa.select(
            claim,
            seen.place_of_service,
            seen.prior_authorization,
            seen.diagnoses,
            seen.rendering_npi,
            seen.referring_npi,
            seen.referring_last_name,
            seen.referring_first_name,
            seen.primary_coverage_id,
            seen.secondary_coverage_id,
        )
        .join(encounter, sa.and_(seen.practice_id == claim.c.practice_id, seen.id == claim.c.encounter_id))
        .where(claim.c.practice_id == tx.practice_id, claim.c.id == _among(claim_ids))
        .order_by(claim.c.number)
    )
    return (await tx.execute(statement)).all()


async def _lines(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[SentLine]]:
    found: dict[uuid.UUID, list[SentLine]] = {}
    for row in await tx.execute(
        sa.select(claim_line)
        .where(claim_line.c.practice_id == tx.practice_id, claim_line.c.claim_id == _among(claim_ids))
        .order_by(claim_line.c.claim_id, claim_line.c.line_number)
    ):
        found.setdefault(row.claim_id, []).append(
            SentLine(
                id=row.id,
                number=len(found.get(row.claim_id, ())) + 1,
                control_number=row.control_number,
                procedure_code=row.procedure_code,
                modifiers=tuple(row.modifiers),
                units=row.units,
                charge_cents=row.charge_cents,
                pointers=tuple(row.pointers),
                service_date=row.service_date,
            )
        )
    return found


def _among(ids: Sequence[uuid.UUID]) -> Any:
    return sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid())))

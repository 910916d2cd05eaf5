"""Everything writing needs about the claims of a batch, read in a few queries."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from claims.submission.mapping_837p import (
    PriorDecision,
    PriorLine,
    Sendable,
    SentLine,
    referring_party,
    rendering_party,
)
from claims.tables import adjudication, claim, claim_line, encounter
from directory.public import Payer, payers_by_id, providers_by_npi
from kernel.db.transaction import Tx
from patients.public import Coverage, coverages_by_id, patients_by_id


async def load_sendables(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Sendable]:
    """What is to be written, by claim id."""
    rows = await _claims(tx, claim_ids)
    lines = await _lines(tx, claim_ids)
    patients = await patients_by_id(tx, list({row.patient_id for row in rows}))
    coverages = await coverages_by_id(tx, list({key for row in rows for key in _coverage_ids(row)}))
    payers, providers = await payers_by_id(tx), await providers_by_npi(tx)
    prior = await _prior(tx, rows, coverages, payers)
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
            prior=prior.get(row.id, ()),
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
                id=str(row.id),
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


async def _prior(
    tx: Tx, rows: Sequence[sa.Row[Any]], coverages: Mapping[uuid.UUID, Coverage], payers: Mapping[uuid.UUID, Payer]
) -> dict[uuid.UUID, tuple[PriorDecision, ...]]:
    """The decision in force of each earlier payer: its last one that was not taken back."""
    later = {row.id: row for row in rows if row.payer_order > 1}
    if not later:
        return {}
    decisions = await tx.execute(
        sa.select(adjudication)
        .where(adjudication.c.practice_id == tx.practice_id, adjudication.c.claim_id == _among(list(later)))
        .order_by(adjudication.c.claim_id, adjudication.c.sequence)
    )
    in_force: dict[tuple[uuid.UUID, int], PriorDecision] = {}
    for one in decisions:
        key = (one.claim_id, one.payer_order)
        if one.is_reversal:
            in_force.pop(key, None)
        elif one.payer_order < later[one.claim_id].payer_order:
            coverage = coverages[_coverage_ids(later[one.claim_id])[one.payer_order - 1]]
            in_force[key] = PriorDecision(
                payer=payers[one.payer_id],
                coverage=coverage,
                payer_order=one.payer_order,
                paid_cents=one.paid_cents,
                patient_cents=one.patient_cents,
                paid_date=one.paid_date,
                lines=tuple(msgspec.convert(one.content["lines"], list[PriorLine])),
            )
    found: dict[uuid.UUID, tuple[PriorDecision, ...]] = {}
    for (claim_id, _), decision in sorted(in_force.items(), key=lambda item: item[0][1]):
        found[claim_id] = (*found.get(claim_id, ()), decision)
    return found


def _among(ids: Sequence[uuid.UUID]) -> Any:
    return sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid())))

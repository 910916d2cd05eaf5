"""Everything writing needs about the claims of a batch, read in a few queries."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from claims.claim_rows import claim_rows, line_rows
from claims.prior_loading import decisions_in_force
from claims.submission.mapping_837p import EarlierPayer, Sendable, SentLine, referring_party, rendering_party
from directory.public import payers_by_id, providers_by_npi
from kernel.db.transaction import Tx
from patients.public import coverages_by_id, patients_by_id


async def load_sendables(tx: Tx, claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Sendable]:
    """What is to be written, by claim id."""
    rows = await claim_rows(tx, claim_ids)
    lines = await line_rows(tx, claim_ids)
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
            lines=tuple(_line(number, one) for number, one in enumerate(lines[row.id], 1)),
        )
    return found


def _coverage_ids(row: sa.Row[Any]) -> list[uuid.UUID]:
    return [key for key in (row.primary_coverage_id, row.secondary_coverage_id) if key is not None]


def _later(row: sa.Row[Any]) -> list[uuid.UUID]:
    return _coverage_ids(row)[row.payer_order :]


def _line(number: int, row: sa.Row[Any]) -> SentLine:
    return SentLine(
        id=row.id,
        number=number,
        control_number=row.control_number,
        procedure_code=row.procedure_code,
        modifiers=tuple(row.modifiers),
        units=row.units,
        charge_cents=row.charge_cents,
        pointers=tuple(row.pointers),
        service_date=row.service_date,
    )

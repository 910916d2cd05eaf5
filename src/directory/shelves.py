"""Payers of the company and providers of a practice: added by their natural key, so adding twice finds the first."""

import uuid
from typing import Annotated, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from directory.errors import NotAnNpi, PayerDiffers, ProviderDiffers
from directory.npi import npi_is_valid
from directory.tables import payer, provider
from kernel.clock import wall_now
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import FieldError
from kernel.ids import named_id

Kind = Literal["medicare", "medicaid", "commercial", "supplement"]


class NewPayer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payer as the company knows it. `code` is ours, `edi_id` the one that goes into claims and comes back in remittances."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{2,12}$", examples=["SUMMIT"])]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    kind: Kind
    edi_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{2,15}$", examples=["60054"])]
    timely_filing_days: Annotated[int, msgspec.Meta(ge=30, le=730)]


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """A payer."""

    id: uuid.UUID
    code: str
    name: str
    kind: str
    edi_id: str
    timely_filing_days: int


class NewProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person who treats at a practice."""

    npi: Annotated[str, msgspec.Meta(pattern=r"^\d{10}$")]
    last_name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    first_name: Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
    taxonomy: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z]{10}$", examples=["207Q00000X"])]


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A rendering provider of a practice."""

    id: uuid.UUID
    npi: str
    last_name: str
    first_name: str
    taxonomy: str


async def add_payer(tx: Tx, new: NewPayer) -> uuid.UUID:
    """Add a payer to the company, or find the one that is there. Raises PayerDiffers when its code names one with other facts."""
    payer_id = named_id("payer", tx.company_id, new.code)
    stored = await tx.execute(
        insert(payer)
        .values(company_id=tx.company_id, id=payer_id, **msgspec.structs.asdict(new))
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        record(tx, "directory.payer.added", "payer", payer_id, changed={"code": new.code})
    elif (await payers_by_id(tx))[payer_id] != Payer(id=payer_id, **msgspec.structs.asdict(new)):
        raise PayerDiffers(f"the code {new.code} belongs to a payer with other facts; send those, or use another code")
    return payer_id


async def payers_by_id(tx: Tx, page: PageAsked | None = None) -> dict[uuid.UUID, Payer]:
    """Every payer of the company, by id, in the order of their codes."""
    statement = sa.select(payer).where(payer.c.company_id == tx.company_id)
    rows = await tx.execute(paged(statement, page, payer.c.code))
    return {row.id: _payer(row) for row in rows}


async def payer_by_edi_id(tx: Tx, edi_id: str) -> Payer | None:
    """The payer with this identifier in EDI files."""
    statement = sa.select(payer).where(payer.c.company_id == tx.company_id, payer.c.edi_id == edi_id)
    row = (await tx.execute(statement.order_by(payer.c.code).limit(1))).one_or_none()
    return None if row is None else _payer(row)


async def add_provider(tx: Tx, new: NewProvider) -> uuid.UUID:
    """Add a provider to the practice, or find the one that is there.

    Raises NotAnNpi when the check digit is wrong, ProviderDiffers when the NPI is that of somebody with other facts.
    """
    if not npi_is_valid(new.npi):
        message = "the check digit of this NPI is wrong; compare it with the registry"
        raise NotAnNpi(message, fields=(FieldError("/npi", message),))
    provider_id = named_id("provider", tx.practice_id, new.npi)
    stored = await tx.execute(
        insert(provider)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=provider_id,
            created_at=wall_now(),
            **msgspec.structs.asdict(new),
        )
        .on_conflict_do_nothing()
    )
    if stored.rowcount:
        record(tx, "directory.provider.added", "provider", provider_id, changed={"npi": new.npi})
    elif (await providers_by_npi(tx))[new.npi] != Provider(id=provider_id, **msgspec.structs.asdict(new)):
        raise ProviderDiffers(f"NPI {new.npi} belongs to a provider with other facts; send those, or correct the NPI")
    return provider_id


async def providers_by_npi(tx: Tx, page: PageAsked | None = None) -> dict[str, Provider]:
    """Every provider of the practice, by NPI."""
    statement = sa.select(provider).where(provider.c.practice_id == tx.practice_id)
    rows = await tx.execute(paged(statement, page, provider.c.npi))
    return {
        row.npi: Provider(
            id=row.id, npi=row.npi, last_name=row.last_name, first_name=row.first_name, taxonomy=row.taxonomy
        )
        for row in rows
    }


def _payer(row: sa.Row[tuple[object, ...]]) -> Payer:
    return Payer(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        edi_id=row.edi_id,
        timely_filing_days=row.timely_filing_days,
    )

"""The door to the reference shelves."""

from directory.npi import npi_is_valid
from directory.shelves import (
    NewPayer,
    NewProvider,
    Payer,
    Provider,
    add_payer,
    add_provider,
    payer_by_edi_id,
    payers_by_id,
    providers_by_npi,
)

__all__ = [
    "NewPayer",
    "NewProvider",
    "Payer",
    "Provider",
    "add_payer",
    "add_provider",
    "npi_is_valid",
    "payer_by_edi_id",
    "payers_by_id",
    "providers_by_npi",
]

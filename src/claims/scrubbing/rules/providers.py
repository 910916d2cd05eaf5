"""Providers: who treated, who referred, and whether the payer knows them."""

from collections.abc import Iterator

from claims.scrubbing.engine import Fault
from claims.scrubbing.snapshot import ClaimSnapshot
from claims.wording import x12_text
from directory.public import npi_is_valid


def rendering_is_known(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The rendering provider has a sound NPI and is one of the practice's."""
    if not npi_is_valid(claim.rendering_npi):
        yield Fault(
            "rendering_npi", "the check digit of the rendering provider's NPI is wrong; compare it with the registry"
        )
    elif claim.provider_id is None:
        yield Fault("rendering_npi", "this provider is not one of the practice's; add them or correct the NPI")


def referring_is_sound(claim: ClaimSnapshot) -> Iterator[Fault]:
    """A referring provider, if any, has a sound NPI and a name."""
    name = x12_text(claim.referring_last_name)
    if not claim.referring_npi and not name:
        return
    if not npi_is_valid(claim.referring_npi):
        yield Fault(
            "referring_npi", "the check digit of the referring provider's NPI is wrong; compare it with the registry"
        )
    if not name:
        yield Fault("referring_last_name", "name the referring provider")


def rendering_is_enrolled(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The payer pays a provider only from the day the enrollment takes effect."""
    if claim.provider_id is not None and not claim.enrolled:
        yield Fault(
            "rendering_npi",
            "the provider is not enrolled with this payer on the service date; the claim waits for the enrollment",
        )

"""Providers: who treated, who referred, and whether the payer knows them."""

from collections.abc import Iterator

from claims.scrubbing.engine import Finding
from claims.scrubbing.snapshot import ClaimSnapshot
from directory.public import npi_is_valid


def rendering_is_known(claim: ClaimSnapshot) -> Iterator[Finding]:
    """PRV-001: the rendering provider is on the practice's shelf, with a sound NPI."""
    if not npi_is_valid(claim.rendering_npi):
        yield Finding("PRV-001", "block", "rendering_npi", "the check digit of the rendering provider's NPI is wrong")
    elif not claim.provider_known:
        yield Finding(
            "PRV-001",
            "block",
            "rendering_npi",
            "this provider is not one of the practice's; add them or correct the NPI",
        )


def referring_is_sound(claim: ClaimSnapshot) -> Iterator[Finding]:
    """PRV-002: a referring provider has a sound NPI and a name."""
    if not claim.referring_npi and not claim.referring_last_name:
        return
    if not npi_is_valid(claim.referring_npi):
        yield Finding(
            "PRV-002",
            "block",
            "referring_npi",
            "the check digit of the referring provider's NPI is wrong; look it up again",
        )
    if not claim.referring_last_name:
        yield Finding("PRV-002", "block", "referring_last_name", "name the referring provider")


def rendering_is_enrolled(claim: ClaimSnapshot) -> Iterator[Finding]:
    """ENR-001: the payer pays a provider only from the day the enrollment takes effect."""
    if claim.provider_known and not claim.enrolled:
        yield Finding(
            "ENR-001",
            "block",
            "rendering_npi",
            "the provider is not enrolled with this payer on the service date; the claim waits for the enrollment",
        )

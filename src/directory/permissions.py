"""What roles may be granted here."""

from kernel.permissions import Permission

DIRECTORY_READ = Permission("directory:read")
"""See payers and providers."""

DIRECTORY_WRITE = Permission("directory:write")
"""Add payers (company-wide) and providers (of a practice)."""

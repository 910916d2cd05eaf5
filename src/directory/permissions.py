"""What roles may be granted here."""

from kernel.permissions import Permission

READ_PAYERS = Permission("payers:read")
MANAGE_PAYERS = Permission("payers:manage")
READ_PROVIDERS = Permission("providers:read")
MANAGE_PROVIDERS = Permission("providers:manage")

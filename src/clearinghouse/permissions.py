"""What this package checks."""

from kernel.permissions import Permission

MANAGE_CONNECTIONS = Permission("connections:manage")
READ_FILES = Permission("edi:read")
EXCHANGE_FILES = Permission("edi:exchange")

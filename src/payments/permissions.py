"""What this package checks."""

from kernel.permissions import Permission

READ_REMITTANCES = Permission("remittances:read")
POST_REMITTANCES = Permission("remittances:post")
READ_PAYMENTS = Permission("payments:read")

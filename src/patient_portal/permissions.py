"""What this package checks."""

from kernel.permissions import Permission

READ_BILL = Permission("bill:read")
PAY_BILL = Permission("bill:pay")
ISSUE_BILL_CODES = Permission("bills:issue")

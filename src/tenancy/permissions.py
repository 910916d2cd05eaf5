"""What tenancy itself checks."""

from kernel.permissions import Permission

MANAGE_COMPANY = Permission("company:manage")
READ_PEOPLE = Permission("people:read")
MANAGE_PEOPLE = Permission("people:manage")
READ_PRACTICE = Permission("practice:read")

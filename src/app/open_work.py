"""What is still open in a practice, counted by the packages that know; shown before a practice is offboarded."""

from claims.public import count_open_claims
from tenancy.public import OpenWork

OPEN_WORK: OpenWork = {"claims": count_open_claims}

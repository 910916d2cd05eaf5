"""What enrollments say about a service date, pure: the scrubber asks it for every claim."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Literal

import msgspec

State = Literal["requested", "approved", "refused", "ended"]


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """One provider with one payer. Dates are service dates: effective from the first day on, ended after the last."""

    id: uuid.UUID
    provider_id: uuid.UUID
    payer_id: uuid.UUID
    state: State
    requested_date: dt.date
    effective_date: dt.date | None
    ended_date: dt.date | None

    def covers(self, service_date: dt.date) -> bool:
        """Whether a service of that date may be billed under it."""
        if self.effective_date is None or service_date < self.effective_date:
            return False
        return self.ended_date is None or service_date <= self.ended_date


class EnrollmentBook:
    """Every enrollment of a practice, to ask many times without asking the database again."""

    def __init__(self, enrollments: Iterable[Enrollment]) -> None:
        self._by_pair = {(one.provider_id, one.payer_id): one for one in enrollments}

    def covers(self, provider_id: uuid.UUID, payer_id: uuid.UUID, service_date: dt.date) -> bool:
        """Whether the provider was enrolled with the payer on the service date."""
        found = self._by_pair.get((provider_id, payer_id))
        return found is not None and found.covers(service_date)

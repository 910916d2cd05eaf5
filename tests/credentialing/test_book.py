"""What an enrollment says about a service date."""

import datetime as dt
import uuid

import pytest

from credentialing.book import Enrollment, EnrollmentBook, State
from kernel.ids import new_id

PROVIDER, PAYER = new_id(), new_id()
EFFECTIVE, ENDED = dt.date(2026, 5, 15), dt.date(2026, 8, 31)


def enrollment(
    state: State, *, effective: dt.date | None = EFFECTIVE, ended: dt.date | None = None, payer_id: uuid.UUID = PAYER
) -> Enrollment:
    return Enrollment(
        id=new_id(),
        provider_id=PROVIDER,
        payer_id=payer_id,
        state=state,
        requested_date=dt.date(2026, 4, 20),
        effective_date=effective,
        ended_date=ended,
    )


@pytest.mark.parametrize(
    ("service_date", "covered"),
    [
        (dt.date(2026, 5, 14), False),
        (dt.date(2026, 5, 15), True),
        (dt.date(2026, 8, 31), True),
        (dt.date(2026, 9, 1), False),
    ],
)
def test_both_the_first_and_the_last_day_are_covered(service_date: dt.date, covered: bool) -> None:  # noqa: FBT001
    book = EnrollmentBook([enrollment("ended", ended=ENDED)])
    assert book.covers(PROVIDER, PAYER, service_date) is covered


def test_without_an_end_it_goes_on() -> None:
    assert EnrollmentBook([enrollment("approved")]).covers(PROVIDER, PAYER, dt.date(2099, 1, 1))


@pytest.mark.parametrize("state", ["requested", "refused"])
def test_what_was_not_approved_covers_nothing(state: State) -> None:
    assert not EnrollmentBook([enrollment(state, effective=None)]).covers(PROVIDER, PAYER, EFFECTIVE)


def test_another_payer_and_another_provider_are_not_meant() -> None:
    book = EnrollmentBook([enrollment("approved"), enrollment("requested", effective=None, payer_id=new_id())])
    assert book.covers(PROVIDER, PAYER, EFFECTIVE)
    assert not book.covers(PROVIDER, new_id(), EFFECTIVE)
    assert not book.covers(new_id(), PAYER, EFFECTIVE)

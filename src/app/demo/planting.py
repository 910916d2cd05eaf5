"""What is wrong on purpose in the shipped files: faults for the scrubber to catch, and rows for the import to refuse."""

from collections.abc import Callable
from datetime import date, timedelta

from app.demo.visits import Visit

_FUTURE_SERVICE_DATE = date(2026, 10, 12)


def _referring_npi(visit: Visit) -> None:
    """The last digit is the check digit: moving it by one breaks it."""
    visit.cells |= {"referring_last_name": "Pemberley", "referring_first_name": "Agnes", "referring_npi": "2999909008"}


def _primary_diagnosis(visit: Visit) -> None:
    visit.cells["diagnosis_1"] = ""


def _pointer(visit: Visit) -> None:
    visit.cells["diagnosis_4"] = ""
    visit.lines[0]["diagnosis_pointers"] = "1:4"


def _procedure_code(visit: Visit) -> None:
    """A letter where only a digit can stand, as when O is typed for zero."""
    visit.lines[0]["procedure_code"] = visit.lines[0]["procedure_code"][:4] + "O"


def _future(visit: Visit) -> None:
    visit.cells["service_date"] = _FUTURE_SERVICE_DATE.isoformat()


def _before_birth(visit: Visit) -> None:
    service_date = date.fromisoformat(visit.cells["service_date"])
    visit.cells["patient_birth_date"] = (service_date + timedelta(days=3)).isoformat()


def _charge(visit: Visit) -> None:
    visit.lines[0]["charge"] = "0.00"


def _member_id(visit: Visit) -> None:
    visit.cells["primary_member_id"] = ""


def _zip(visit: Visit) -> None:
    visit.cells["patient_zip"] = visit.cells["patient_zip"][:4]


def _modifiers(visit: Visit) -> None:
    visit.lines[0] |= {"modifier_1": "KX", "modifier_2": "KX"}


def _diagnosis_code(visit: Visit) -> None:
    visit.cells["diagnosis_1"] = "11.9E"


def _units(visit: Visit) -> None:
    visit.lines[0]["units"] = "0"


FAULTS: dict[str, Callable[[Visit], None]] = {
    "referring_npi_check_digit": _referring_npi,
    "primary_diagnosis_missing": _primary_diagnosis,
    "diagnosis_pointer_absent": _pointer,
    "procedure_code_shape": _procedure_code,
    "service_date_future": _future,
    "service_date_before_birth": _before_birth,
    "charge_zero": _charge,
    "member_id_missing": _member_id,
    "zip_shape": _zip,
    "modifier_duplicated": _modifiers,
    "diagnosis_code_shape": _diagnosis_code,
    "units_zero": _units,
}
"""Each changes one encounter so that it still imports and the scrubber must hold it, for the reason it is named after."""

FAULTS_OF = {
    "riverbend": tuple(name for name in FAULTS if name not in {"diagnosis_code_shape", "units_zero"}),
    "cedar-hill": tuple(name for name in FAULTS if name != "zip_shape"),
}
"""The faults planted in each practice's file."""

REFUSED_CELLS = (("service_date", "31.06.2026"), ("units", "two"), ("rendering_npi", ""))
"""Column and text of the cells that the import refuses, each in the last row of an encounter of its own."""

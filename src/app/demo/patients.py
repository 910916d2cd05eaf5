"""Invented patients with their insurances, as cells of the encounter template."""

from datetime import date, timedelta

import msgspec

from app.demo.draw import Draw
from app.demo.invented import People

_FIRST_ACCOUNT_NO = 10001  # the same in every practice: equal account numbers must not make patients meet
_PRIMARY_PAYERS = {"MCARE": 42, "SUMMIT": 21, "BHERON": 23, "MCAID": 14}
_SECONDARY_OF_MEDICARE = {"": 50, "HARBOR": 26, "MCAID": 14, "BHERON": 10}


class Patient(msgspec.Struct, frozen=True):
    """A patient of one practice: what every row about them says, by column."""

    birth_date: date
    sex: str
    primary_payer: str
    secondary_payer: str
    cells: dict[str, str]

    def age(self, on: date) -> int:
        """Full years on that day."""
        had_birthday = (on.month, on.day) >= (self.birth_date.month, self.birth_date.day)
        return on.year - self.birth_date.year - (not had_birthday)


def invent_patients(draw: Draw, people: People, practice_slug: str, count: int) -> list[Patient]:
    """That many patients with different names and consecutive account numbers."""
    patients: list[Patient] = []
    names: set[tuple[str, str]] = set()
    while len(patients) < count:
        sex = draw.one(("F", "M"))
        first_name = draw.one(people.first_names_f if sex == "F" else people.first_names_m)
        name = (draw.one(people.last_names), first_name)
        if name not in names:
            names.add(name)
            patients.append(_patient(draw, people, practice_slug, _FIRST_ACCOUNT_NO + len(patients), name, sex))
    return patients


def _patient(
    draw: Draw, people: People, practice_slug: str, account_no: int, name: tuple[str, str], sex: str
) -> Patient:
    region = people.region(practice_slug)
    city, zip_code = draw.one(region.towns)
    primary = draw.weighted(_PRIMARY_PAYERS)
    secondary = draw.weighted(_SECONDARY_OF_MEDICARE) if primary == "MCARE" else ""
    birth_date = _birth_date(draw, primary)
    cells = {
        "patient_account_no": str(account_no),
        "patient_last_name": name[0],
        "patient_first_name": name[1],
        "patient_birth_date": birth_date.isoformat(),
        "patient_sex": sex,
        "patient_address_1": f"{draw.between(10, 989)} {draw.one(people.streets)}",
        "patient_city": city,
        "patient_state": region.state,
        "patient_zip": f"{zip_code}-{draw.between(1, 9999):04d}" if draw.chance(50) else zip_code,
        "patient_phone": f"{region.area_code}-555-01{draw.between(0, 99):02d}" if draw.chance(85) else "",
    }
    cells |= _coverage(draw, people, "primary", primary, account_no, cells)
    if secondary:
        cells |= _coverage(draw, people, "secondary", secondary, account_no, cells)
    return Patient(birth_date, sex, primary, secondary, cells)


def _birth_date(draw: Draw, payer: str) -> date:
    """Medicare from 65 on; the others younger, one in four a child."""
    if payer == "MCARE":
        first_year, last_year = 1932, 1960
    elif draw.chance(25):
        first_year, last_year = 2009, 2024
    else:
        first_year, last_year = 1963, 2006
    return date(first_year, 1, 1) + timedelta(days=draw.between(0, 365 * (last_year - first_year)))


def _coverage(
    draw: Draw, people: People, order: str, payer: str, account_no: int, patient_cells: dict[str, str]
) -> dict[str, str]:
    """One insurance. Children are on a parent's plan; some adults are on a spouse's."""
    is_plan_of_an_employer = payer in {"BHERON", "SUMMIT"}
    birth_year = int(patient_cells["patient_birth_date"][:4])
    relationship = "self"
    if is_plan_of_an_employer and birth_year >= 2009:
        relationship = "child"
    elif is_plan_of_an_employer and draw.chance(25):
        relationship = "spouse"
    cells = {
        f"{order}_payer_id": payer,
        f"{order}_member_id": f"SYN{payer[:2]}{draw.between(100, 999)}{account_no}",
        f"{order}_group_no": f"G-{draw.between(1000, 1019)}" if is_plan_of_an_employer else "",
        f"{order}_relationship": relationship,
    }
    if relationship != "self":
        sex = draw.one(("F", "M"))
        first_names = people.first_names_f if sex == "F" else people.first_names_m
        others = [name for name in first_names if name != patient_cells["patient_first_name"]]
        age_ahead = draw.between(24, 38) if relationship == "child" else draw.between(0, 5)
        cells |= {
            f"{order}_subscriber_last_name": patient_cells["patient_last_name"],
            f"{order}_subscriber_first_name": draw.one(others),
            f"{order}_subscriber_birth_date": date(birth_year - age_ahead, draw.between(1, 12), 15).isoformat(),
            f"{order}_subscriber_sex": sex,
        }
    return cells

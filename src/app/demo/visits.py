"""Invented visits of a practice's patients, as cells of the encounter template."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from app.demo.draw import Draw
from app.demo.facts import DemoProvider
from app.demo.invented import Catalog, People, Service
from app.demo.patients import Patient
from tabular.amounts import cents_from_dollars, dollars_from_cents

_FIRST_DAY, _LAST_DAY = date(2026, 6, 1), date(2026, 9, 25)
_CLOSED = {date(2026, 6, 19), date(2026, 7, 3), date(2026, 9, 7)}
_LINES = {1: 28, 2: 28, 3: 20, 4: 12, 5: 8, 6: 4}
_REFERRED_PERCENT = {"riverbend": 18, "cedar-hill": 45}


class Visit(msgspec.Struct):
    """One encounter: the cells all its rows share, and those of each line. Planting changes them."""

    patient: Patient
    cells: dict[str, str]
    lines: list[dict[str, str]]
    awaits_enrollment: bool

    @property
    def encounter_no(self) -> str:
        """The visit's number in the practice's own system."""
        return self.cells["encounter_no"]

    @property
    def charge_cents(self) -> int:
        """The charge of all lines as they stand now."""
        return sum(cents_from_dollars(line["charge"]) for line in self.lines)


def open_days() -> list[date]:
    """The days on which the practices saw patients."""
    days = (_FIRST_DAY + timedelta(days=offset) for offset in range((_LAST_DAY - _FIRST_DAY).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in _CLOSED]


def schedule(draw: Draw, patients: Sequence[Patient], count: int) -> list[tuple[date, Patient]]:
    """That many visits in order of their days: everyone comes once, some again, nobody twice on a day."""
    days = open_days()
    visits: list[tuple[date, Patient]] = []
    taken: set[tuple[date, str]] = set()
    while len(visits) < count:
        patient = patients[len(visits)] if len(visits) < len(patients) else draw.one(patients)
        day = draw.one(days)
        key = (day, patient.cells["patient_account_no"])
        if key not in taken:
            taken.add(key)
            visits.append((day, patient))
    return sorted(visits, key=lambda visit: (visit[0], visit[1].cells["patient_account_no"]))


def invent_visit(
    draw: Draw,
    people: People,
    catalog: Catalog,
    providers: Sequence[DemoProvider],
    encounter_no: str,
    service_date: date,
    patient: Patient,
) -> Visit:
    """A visit that imports and scrubs clean; it waits for enrollment when its provider's application is pending."""
    provider = _provider(draw, providers, patient)
    services = _services(draw, catalog, patient, service_date)
    diagnoses = draw.some(catalog.diagnoses, draw.between(1, 4))
    cells = patient.cells | {
        "encounter_no": encounter_no,
        "service_date": service_date.isoformat(),
        "rendering_npi": provider.npi,
        "place_of_service": "11",
        **{f"diagnosis_{number}": code for number, code in enumerate(diagnoses, start=1)},
    }
    if draw.chance(_REFERRED_PERCENT[provider.practice]):
        referring = draw.one(people.referring)
        cells["referring_npi"] = referring.npi
        cells["referring_last_name"] = referring.last_name
        cells["referring_first_name"] = referring.first_name
    if patient.primary_payer in {"BHERON", "SUMMIT"} and any(service.authorized for service in services):
        cells["prior_authorization_no"] = f"PA-{draw.between(10000, 99999)}"
    return Visit(
        patient=patient,
        cells=cells,
        lines=[_line(draw, number, service, len(diagnoses)) for number, service in enumerate(services, start=1)],
        awaits_enrollment=provider.pending is not None and provider.pending.payer == patient.primary_payer,
    )


def _provider(draw: Draw, providers: Sequence[DemoProvider], patient: Patient) -> DemoProvider:
    """Any provider, except that a pending one takes no patient whose secondary payer does not know them yet."""
    return draw.one(
        [
            provider
            for provider in providers
            if provider.pending is None or provider.pending.payer != patient.secondary_payer
        ]
    )


def _services(draw: Draw, catalog: Catalog, patient: Patient, service_date: date) -> list[Service]:
    age = patient.age(service_date)
    plausible = [
        service
        for service in catalog.services
        if age >= service.least_age
        and service.sex in {"", patient.sex}
        and service.payer in {"", patient.primary_payer}
    ]
    picked = draw.some(plausible, draw.weighted(_LINES))
    first_of_group = {service.group: service.code for service in reversed(picked)}
    return [service for service in picked if not service.group or first_of_group[service.group] == service.code]


def _line(draw: Draw, number: int, service: Service, diagnoses: int) -> dict[str, str]:
    units = draw.between(service.least_units, service.most_units)
    pointers = draw.some(range(1, diagnoses + 1), draw.between(1, 3))
    return {
        "line_no": str(number),
        "procedure_code": service.code,
        **{f"modifier_{place}": modifier for place, modifier in enumerate(draw.one(service.modifiers), start=1)},
        "units": str(units),
        "charge": dollars_from_cents(units * service.unit_charge_cents),
        "diagnosis_pointers": ":".join(map(str, pointers)),
        "line_note": service.note if service.note and draw.chance(20) else "",
    }

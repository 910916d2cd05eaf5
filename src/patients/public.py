"""The door to patients and their coverages."""

from patients.coverages import Coverage, NewCoverage, add_coverages, coverages_by_id, coverages_of
from patients.errors import AnotherPerson
from patients.registration import (
    NO_SUCH_PATIENT,
    NewPatient,
    Patient,
    other_people,
    patient_exists,
    patients_by_id,
    patients_numbered,
    read_patient,
    register_patients,
)
from patients.watching import WatchedPatient, watched_patients

__all__ = [
    "NO_SUCH_PATIENT",
    "AnotherPerson",
    "Coverage",
    "NewCoverage",
    "NewPatient",
    "Patient",
    "WatchedPatient",
    "add_coverages",
    "coverages_by_id",
    "coverages_of",
    "other_people",
    "patient_exists",
    "patients_by_id",
    "patients_numbered",
    "read_patient",
    "register_patients",
    "watched_patients",
]

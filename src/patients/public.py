"""The door to patients and their coverages."""

from patients.registration import (
    Coverage,
    NewCoverage,
    NewPatient,
    Patient,
    add_coverages,
    coverages_by_id,
    patients_by_id,
    read_patient,
    register_patients,
)

__all__ = [
    "Coverage",
    "NewCoverage",
    "NewPatient",
    "Patient",
    "add_coverages",
    "coverages_by_id",
    "patients_by_id",
    "read_patient",
    "register_patients",
]

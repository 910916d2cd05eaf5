"""The door to credentialing: who may bill whom, and since when."""

from credentialing.book import Enrollment, EnrollmentBook
from credentialing.enrollments import (
    NewEnrollment,
    approve_enrollment,
    end_enrollment,
    enrollments_in_force,
    list_enrollments,
    refuse_enrollment,
    request_enrollment,
)

__all__ = [
    "Enrollment",
    "EnrollmentBook",
    "NewEnrollment",
    "approve_enrollment",
    "end_enrollment",
    "enrollments_in_force",
    "list_enrollments",
    "refuse_enrollment",
    "request_enrollment",
]

"""The door to credentialing."""

from credentialing.enrollments import (
    Enrollment,
    EnrollmentBook,
    NewEnrollment,
    approve_enrollment,
    enrollments_in_force,
    list_enrollments,
    request_enrollment,
)

__all__ = [
    "Enrollment",
    "EnrollmentBook",
    "NewEnrollment",
    "approve_enrollment",
    "enrollments_in_force",
    "list_enrollments",
    "request_enrollment",
]

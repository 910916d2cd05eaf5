"""Segments that only the 278 has, or has in a form of its own."""

from collections.abc import Mapping

from edi.authorization import (
    AmbulanceTransport,
    Attachment,
    Condition,
    Decision,
    DentalService,
    Facility,
    HomeHealth,
    HomeOxygen,
    InstitutionalService,
    ProfessionalService,
    RelatedCauses,
    ReviewInformation,
    SpinalManipulation,
    Stay,
    Tooth,
)
from edi.segment_forms import (
    CENTS_OR_NONE,
    DATE,
    PARTS,
    PROCEDURE,
    QUANTITY,
    TEXT,
    TEXTS,
    Form,
    Marks,
    Read,
    composite,
    plain,
)

_LAST_CODE = 8
"""CRC03 to CRC07 hold codes."""


class _Conditions:
    """CRC: a category, whether it applies, and up to five codes."""

    segment_id = "CRC"
    make = Condition
    conversions: Mapping[int, Mapping[str, object]] = {}

    def read(self, values: list[str], _marks: Marks) -> Read:
        category, applies = [*values[1:3], "", ""][:2]
        codes = [code for code in values[3:_LAST_CODE] if code]
        return Read({"category": category, "applies": applies, "codes": codes}, not any(values[_LAST_CODE:]))

    def write(self, one: Condition, marks: Marks) -> list[str]:
        return ["CRC", *(plain(text, marks) for text in (one.category, one.applies, *one.codes))]


CONDITION = _Conditions()
REVIEW = Form(
    "UM",
    ReviewInformation,
    ("category", TEXT),
    ("certification_type", TEXT),
    ("service_type", TEXT),
    ("facility", composite(Facility, "code", "qualifier", "frequency")),
    ("related_causes", composite(RelatedCauses, "first", "second", "third", "state", "country")),
    ("level_of_service", TEXT),
    ("health_condition", TEXT),
    ("prognosis", TEXT),
    ("release_of_information", TEXT),
    ("delay_reason", TEXT),
)
DECISION = Form(
    "HCR", Decision, ("action", TEXT), ("number", TEXT), ("reasons", TEXTS), ("second_opinion", TEXT)
)  # fmt: skip
STAY = Form(
    "CL1",
    Stay,
    ("admission_type", TEXT),
    ("admission_source", TEXT),
    ("patient_status", TEXT),
    ("nursing_home_status", TEXT),
)
AMBULANCE = Form(
    "CR1",
    AmbulanceTransport,
    ("weight_unit", TEXT),
    ("weight", QUANTITY),
    ("transport", TEXT),
    ("reason", TEXT),
    ("distance_unit", TEXT),
    ("distance", QUANTITY),
    ("origin", TEXT),
    ("destination", TEXT),
    ("round_trip_purpose", TEXT),
    ("stretcher_purpose", TEXT),
)
SPINAL_MANIPULATION = Form(
    "CR2",
    SpinalManipulation,
    ("treatment_number", QUANTITY),
    ("treatment_count", QUANTITY),
    ("first_level", TEXT),
    ("last_level", TEXT),
    ("period_unit", TEXT),
    ("period_count", QUANTITY),
    ("monthly_count", QUANTITY),
    ("condition", TEXT),
    ("complication", TEXT),
    ("description", TEXT),
    ("further_description", TEXT),
    ("x_rays", TEXT),
)
OXYGEN = Form(
    "CR5",
    HomeOxygen,
    ("certification", TEXT),
    ("months", QUANTITY),
    ("equipment", TEXT),
    ("second_equipment", TEXT),
    ("reason", TEXT),
    ("flow_rate", QUANTITY),
    ("daily_uses", QUANTITY),
    ("daily_hours", QUANTITY),
    ("instructions", TEXT),
    ("arterial_gas", QUANTITY),
    ("saturation", QUANTITY),
    ("test_condition", TEXT),
    ("finding", TEXT),
    ("second_finding", TEXT),
    ("third_finding", TEXT),
    ("portable_flow_rate", QUANTITY),
    ("delivery_system", TEXT),
    ("third_equipment", TEXT),
)
HOME_HEALTH = Form(
    "CR6",
    HomeHealth,
    ("prognosis", TEXT),
    ("start_date", DATE),
    ("period_format", TEXT),
    ("period", TEXT),
    ("diagnosis_date", DATE),
    ("skilled_facility", TEXT),
    ("medicare", TEXT),
    ("certification_type", TEXT),
    ("surgery_date", DATE),
    ("surgery_qualifier", TEXT),
    ("surgery_code", TEXT),
    ("order_date", DATE),
    ("last_visit_date", DATE),
    ("physician_contact_date", DATE),
    ("admission_format", TEXT),
    ("admission_period", TEXT),
    ("patient_location", TEXT),
)
ATTACHMENT = Form(
    "PWK",
    Attachment,
    ("report", TEXT),
    ("transmission", TEXT),
    None,
    None,
    ("identifier_qualifier", TEXT),
    ("control_number", TEXT),
    ("description", TEXT),
)
PROFESSIONAL = Form(
    "SV1",
    ProfessionalService,
    ("procedure", PROCEDURE),
    ("charge_cents", CENTS_OR_NONE),
    ("unit", TEXT),
    ("units", QUANTITY),
    None,
    None,
    ("diagnosis_pointers", PARTS),
    None,
    None,
    None,
    ("epsdt", TEXT),
    *[None] * 8,
    ("level_of_care", TEXT),
)
INSTITUTIONAL = Form(
    "SV2",
    InstitutionalService,
    ("revenue_code", TEXT),
    ("procedure", PROCEDURE),
    ("charge_cents", CENTS_OR_NONE),
    ("unit", TEXT),
    ("units", QUANTITY),
    ("rate", QUANTITY),
    None,
    None,
    ("nursing_home_status", TEXT),
    ("level_of_care", TEXT),
)
DENTAL = Form(
    "SV3",
    DentalService,
    ("procedure", PROCEDURE),
    ("charge_cents", CENTS_OR_NONE),
    None,
    ("areas", PARTS),
    ("prosthesis", TEXT),
    ("units", QUANTITY),
    ("description", TEXT),
)
TOOTH = Form("TOO", Tooth, ("code_list", TEXT), ("code", TEXT), ("surfaces", PARTS))

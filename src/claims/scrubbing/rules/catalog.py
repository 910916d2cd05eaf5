"""Every rule there is, in the order findings are shown, and what no rule here can check."""

from claims.scrubbing.engine import Rule
from claims.scrubbing.rules import coding, dates, demographics, providers

RULES: tuple[Rule, ...] = (
    demographics.patient_is_complete,
    demographics.zip_has_shape,
    demographics.birth_date_is_sane,
    demographics.member_id_is_present,
    demographics.subscriber_is_present,
    coding.diagnoses_are_coded,
    coding.procedures_are_coded,
    coding.modifiers_are_sound,
    coding.pointers_point,
    coding.place_is_coded,
    coding.amounts_add_up,
    dates.service_is_past,
    dates.filing_is_timely,
    providers.rendering_is_known,
    providers.referring_is_sound,
    providers.rendering_is_enrolled,
)

UNCHECKED = (
    "whether a procedure or diagnosis code is valid on the service date: no code list is loaded",
    "code pairs and unit limits (NCCI): no edits are loaded",
    "eligibility on the service date: no eligibility answer is on file",
)
"""Said to people beside a clean result: no rule data never means clean."""

"""Every rule there is, in the order findings are shown, and what no rule here can check."""

from claims.scrubbing.engine import Rule
from claims.scrubbing.rules import amounts, coding, coordination, coverage, dates, demographics, providers

RULES: tuple[Rule, ...] = (
    Rule("DEM-001", demographics.patient_is_complete),
    Rule("DEM-002", demographics.zip_has_shape),
    Rule("COV-001", coverage.member_id_is_present),
    Rule("COV-002", coverage.subscriber_is_named),
    Rule("COV-003", coverage.medicare_pays_first),
    Rule("COV-004", coverage.numbers_can_be_written),
    Rule("COD-001", coding.a_diagnosis_comes_first),
    Rule("COD-002", coding.diagnoses_have_shape),
    Rule("COD-003", coding.procedures_have_shape),
    Rule("COD-004", coding.modifiers_are_sound),
    Rule("COD-005", coding.pointers_point),
    Rule("COD-006", coding.place_has_shape),
    Rule("AMT-001", amounts.there_are_lines),
    Rule("AMT-002", amounts.charges_are_positive),
    Rule("AMT-003", amounts.units_are_positive),
    Rule("AMT-004", amounts.lines_make_up_the_claim),
    Rule("DAT-001", dates.service_is_past),
    Rule("DAT-002", dates.service_is_after_birth),
    Rule("DAT-003", dates.filing_is_timely),
    Rule("PRV-001", providers.rendering_is_known),
    Rule("PRV-002", providers.referring_is_sound),
    Rule("ENR-001", providers.rendering_is_enrolled),
    Rule("COB-001", coordination.payer_has_it_once),
    Rule("COB-002", coordination.earlier_decisions_balance),
)

UNCHECKED = (
    "whether a procedure, modifier or diagnosis code exists on the service date: no code list is loaded",
    "code pairs and unit limits (NCCI): no edits are loaded",
    "eligibility on the service date: no eligibility answer is on file",
)
"""Said to people beside every result: silence of a rule that does not exist never means clean."""

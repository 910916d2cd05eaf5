"""Every scrubber rule on one sound claim with one thing changed: what passes and what does not, with the field that is named."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.prior import PriorAdjustment, PriorDecision, PriorLine
from claims.scrubbing.engine import Finding, blocking_codes, run_rules
from claims.scrubbing.rules.catalog import RULES
from claims.scrubbing.snapshot import ClaimSnapshot, LineSnapshot
from kernel.ids import named_id
from patients.public import Coverage, Patient

TODAY = dt.date(2026, 9, 30)
LINE, PAYER = named_id("line"), named_id("payer")

PATIENT = Patient(
    id=named_id("patient"), account_number="A-1", last_name="Marlowe", first_name="Petra", birth_date=dt.date(1980, 2, 29),
    sex="F", address="12 Mill Street", city="Columbus", state_code="OH", zip="43215-0001",
)  # fmt: skip
COVERAGE = Coverage(
    id=named_id("coverage"), patient_id=PATIENT.id, rank=1, payer_id=PAYER, member_id="SYN-10001", group_number="G-10"
)
SERVICE = LineSnapshot(
    id=LINE, line_number=1, procedure_code="G0439", modifiers=("25",), units=1, charge_cents=20_000, pointers=(1, 2)
)
SOUND = ClaimSnapshot(
    claim_id=named_id("claim"), patient_id=PATIENT.id, state="held", charge_cents=20_000,
    service_date=dt.date(2026, 9, 1), place_of_service="11", prior_authorization="", diagnoses=("E119", "I10"),
    rendering_npi="2999901012", provider_id=named_id("provider"), stored_provider_id=None, enrolled=True,
    referring_npi="2999909023", referring_last_name="Velasquine", patient=PATIENT, coverage=COVERAGE,
    payer_kind="commercial", payer_order=1, timely_filing_days=180, with_payer_already=False, prior=(), lines=(SERVICE,),
    today=TODAY,
)  # fmt: skip
DEPENDENT = {"relationship": "child", "subscriber_last_name": "Marlowe", "subscriber_first_name": "Otto"}


def changed(**changes: Any) -> ClaimSnapshot:
    """The sound claim with these things changed; `patient`, `coverage` and `line` change inside those."""
    parts: dict[str, Any] = {}
    for name, sound in (("patient", PATIENT), ("coverage", COVERAGE)):
        if name in changes:
            parts[name] = msgspec.structs.replace(sound, **changes.pop(name))
    if "line" in changes:
        parts["lines"] = (msgspec.structs.replace(SERVICE, **changes.pop("line")),)
    return msgspec.structs.replace(SOUND, **parts, **changes)


def prior(paid_cents: int, taken_off_cents: int, *, line_id: object = LINE) -> tuple[PriorDecision, ...]:
    """A first payer's decision about the line."""
    adjustment = PriorAdjustment("CO", "45", taken_off_cents)
    line = PriorLine(line_id, 20_000, paid_cents, (adjustment,))  # type: ignore[arg-type]
    return (PriorDecision(payer_order=1, payer_id=PAYER, patient_cents=0, paid_date=TODAY, lines=(line,)),)


def found(claim: ClaimSnapshot) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.field) for one in run_rules(claim, RULES)]


def test_a_sound_claim_has_no_findings() -> None:
    assert found(SOUND) == []


PASSES: list[Mapping[str, Any]] = [
    {"patient": {"last_name": "Nuñez-O’Hara", "zip": "43215"}},
    {"coverage": DEPENDENT},
    {"payer_kind": "medicare"},
    {"coverage": {"group_number": ""}, "prior_authorization": "PA 77/3"},
    {"diagnoses": ("E119", "", "I10"), "line": {"pointers": (3, 1)}},
    {"diagnoses": ("U071", "I10")},
    {"line": {"procedure_code": "99213"}},
    {"line": {"procedure_code": "0001F"}},
    {"line": {"modifiers": ("25", "59", "LT", "X1")}},
    {"line": {"modifiers": ()}},
    {"service_date": TODAY},
    {"service_date": PATIENT.birth_date, "timely_filing_days": 100_000},
    {"referring_npi": "", "referring_last_name": ""},
    {"provider_id": None, "rendering_npi": "2999901038", "enrolled": False},
    {"payer_order": 2, "prior": prior(15_000, 5_000)},
    {"payer_order": 2, "prior": prior(0, 20_000)},
]


@pytest.mark.parametrize("changes", PASSES)
def test_what_may_be_different(changes: Mapping[str, Any]) -> None:
    allowed = {"DAT-003", "PRV-001"} if changes.get("payer_order") or "provider_id" in changes else set()
    assert {code for code, _, _ in found(changed(**changes))} <= allowed


FAULTS: list[tuple[str, str, Mapping[str, Any]]] = [
    ("DEM-001", "patient/last_name", {"patient": {"last_name": ""}}),
    ("DEM-001", "patient/last_name", {"patient": {"last_name": "山田"}}),
    ("DEM-001", "patient/last_name", {"patient": {"last_name": "M" * 61}}),
    ("DEM-001", "patient/first_name", {"patient": {"first_name": " "}}),
    ("DEM-001", "patient/address", {"patient": {"address": ""}}),
    ("DEM-001", "patient/city", {"patient": {"city": ""}}),
    ("DEM-001", "patient/state_code", {"patient": {"state_code": ""}}),
    ("DEM-002", "patient/zip", {"patient": {"zip": "4321"}}),
    ("DEM-002", "patient/zip", {"patient": {"zip": ""}}),
    ("COV-001", "coverage/member_id", {"coverage": {"member_id": ""}}),
    ("COV-002", "coverage/subscriber", {"coverage": {"relationship": "child"}}),
    ("COV-002", "coverage/subscriber", {"coverage": {**DEPENDENT, "subscriber_first_name": ""}}),
    ("COV-003", "coverage/rank", {"payer_kind": "medicare", "payer_order": 2, "prior": prior(20_000, 0)}),
    ("COV-004", "coverage/member_id", {"coverage": {"member_id": "SYN*1"}}),
    ("COV-004", "coverage/group_number", {"coverage": {"group_number": "G~1"}}),
    ("COV-004", "prior_authorization", {"prior_authorization": "P" * 51}),
    ("COD-001", "diagnoses/1", {"diagnoses": ("", "I10"), "line": {"pointers": (2,)}}),
    ("COD-002", "diagnoses/2", {"diagnoses": ("E119", "I1")}),
    ("COD-002", "diagnoses/2", {"diagnoses": ("E119", "E11.9")}),
    ("COD-002", "diagnoses", {"diagnoses": ("E119",) * 13}),
    ("COD-003", "lines/1/procedure_code", {"line": {"procedure_code": "G439"}}),
    ("COD-003", "lines/1/procedure_code", {"line": {"procedure_code": "W0439"}}),
    ("COD-004", "lines/1/modifiers", {"line": {"modifiers": ("25", "25")}}),
    ("COD-004", "lines/1/modifiers", {"line": {"modifiers": ("255",)}}),
    ("COD-004", "lines/1/modifiers", {"line": {"modifiers": ("A1", "A2", "A3", "A4", "A5")}}),
    ("COD-005", "lines/1/pointers", {"line": {"pointers": ()}}),
    ("COD-005", "lines/1/pointers", {"line": {"pointers": (3,)}}),
    ("COD-005", "lines/1/pointers", {"diagnoses": ("E119", "", "I10"), "line": {"pointers": (2,)}}),
    ("COD-006", "place_of_service", {"place_of_service": "1"}),
    ("AMT-001", "lines", {"lines": (), "charge_cents": 0}),
    ("AMT-001", "lines", {"lines": (SERVICE,) * 51, "charge_cents": 51 * 20_000}),
    ("AMT-002", "lines/1/charge_cents", {"line": {"charge_cents": 0}, "charge_cents": 0}),
    ("AMT-003", "lines/1/units", {"line": {"units": 0}}),
    ("AMT-004", "charge_cents", {"charge_cents": 20_001}),
    ("DAT-001", "service_date", {"service_date": TODAY + dt.timedelta(days=1)}),
    ("DAT-002", "patient/birth_date", {"patient": {"birth_date": dt.date(2026, 9, 2)}}),
    ("DAT-003", "service_date", {"service_date": TODAY - dt.timedelta(days=181)}),
    ("PRV-001", "rendering_npi", {"rendering_npi": "2999901013"}),
    ("PRV-001", "rendering_npi", {"provider_id": None}),
    ("PRV-002", "referring_npi", {"referring_npi": "2999909024"}),
    ("PRV-002", "referring_npi", {"referring_npi": ""}),
    ("PRV-002", "referring_last_name", {"referring_last_name": ""}),
    ("ENR-001", "rendering_npi", {"enrolled": False}),
    ("COB-001", "payer", {"with_payer_already": True}),
    ("COB-002", "lines/1", {"payer_order": 2, "prior": prior(15_000, 4_999)}),
    ("COB-002", "lines/1", {"payer_order": 2, "prior": prior(15_000, 5_000, line_id=named_id("another"))}),
    ("COB-002", "lines/1", {"payer_order": 2, "prior": prior(-1, 20_001)}),
]


@pytest.mark.parametrize(("code", "field", "changes"), FAULTS)
def test_a_fault_is_found_under_its_code_and_field(code: str, field: str, changes: Mapping[str, Any]) -> None:
    blocking = [(one, at) for one, severity, at in found(changed(**changes)) if severity == "block"]
    assert blocking == [(code, field)]


def test_every_rule_has_a_fault_that_it_alone_finds() -> None:
    assert {code for code, _, _ in FAULTS} == {rule.code for rule in RULES}


@pytest.mark.parametrize(("days", "expected"), [(165, []), (166, ["warn"]), (180, ["warn"]), (181, ["block"])])
def test_the_filing_limit_warns_two_weeks_before_it_blocks(days: int, expected: list[str]) -> None:
    claim = changed(service_date=TODAY - dt.timedelta(days=days))
    assert [severity for _, severity, _ in found(claim)] == expected


def test_a_warning_does_not_hold_a_claim() -> None:
    assert blocking_codes([Finding("DAT-003", "warn", "service_date", "soon")]) == []
    assert blocking_codes([Finding("B", "block", "", ""), Finding("A", "block", "", "")]) == ["A", "B"]


def test_what_cannot_be_judged_is_said_and_not_passed_over() -> None:
    later = changed(payer_order=2, prior=prior(15_000, 5_000), service_date=TODAY - dt.timedelta(days=400))
    assert found(later) == [("DAT-003", "info", "service_date")]


def test_no_finding_repeats_what_a_person_is_called_or_insured_as() -> None:
    secret = "Zyxwvut*1"
    claim = changed(
        patient={"last_name": "", "address": secret, "zip": secret},
        coverage={"member_id": secret, "group_number": secret},
        diagnoses=(secret,),
        line={"procedure_code": secret, "modifiers": (secret, secret)},
        rendering_npi=secret,
        referring_npi=secret,
        place_of_service=secret,
        prior_authorization=secret,
    )
    findings = run_rules(claim, RULES)
    assert len(findings) > 8
    assert not any("zyxwvut" in msgspec.json.encode(one).decode().lower() for one in findings)


def test_every_rule_says_what_it_is_for() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(len(rule.subject) > 20 for rule in RULES)


@given(
    st.text(max_size=8),
    st.lists(st.text(max_size=4), max_size=5),
    st.lists(st.integers(-3, 20), max_size=6),
    st.lists(st.text(max_size=8), max_size=14),
    st.integers(-(10**6), 10**9),
)
def test_no_input_makes_a_rule_fail(
    code: str, modifiers: list[str], pointers: list[int], diagnoses: list[str], cents: int
) -> None:
    claim = changed(
        diagnoses=tuple(diagnoses),
        line={
            "procedure_code": code,
            "modifiers": tuple(modifiers),
            "pointers": tuple(pointers),
            "charge_cents": cents,
        },
        patient={"last_name": code, "zip": code},
        rendering_npi=code,
    )
    assert run_rules(claim, RULES) == run_rules(claim, RULES)

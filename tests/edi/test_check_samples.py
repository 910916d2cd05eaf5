"""The shared samples: what is right is accepted, each planted fault is found at its segment, nothing ever crashes."""

from pathlib import Path

import pytest
from tests.edi.samples import SAMPLES, needs_samples, public_files, scenarios

from edi.check import check

FAULTS = {
    "m835_se_count.edi": ("syntax.segment-count", 20),
    "m835_ge_count.edi": ("syntax.set-count", 21),
    "m835_iea_ctrl.edi": ("syntax.control-number", 22),
    "m835_st_se_ctrl.edi": ("syntax.control-number", 20),
    "m835_missing_iea.edi": ("syntax.missing-trailer", 22),
    "m835_isa_short.edi": ("syntax.isa-layout", 1),
    "m835_trailing_el.edi": ("syntax.trailing-separators", 13),
    "m835_unknown_seg.edi": ("syntax.unknown-segment", 14),
    "m835_missing_trn.edi": ("guide.missing-segment", 5),
    "m835_missing_n1pe.edi": ("guide.missing-loop", 12),
    "m835_bad_date.edi": ("syntax.date", 18),
    "m835_too_long.edi": ("syntax.too-long", 14),
    "m835_bad_carc.edi": ("code.carc", 19),
    "m835_bad_state.edi": ("code.state", 9),
    "m835_npi_luhn.edi": ("code.npi", 11),
    "m835_bal_tran.edi": ("balance.payment", 4),
    "m835_bal_svc.edi": ("balance.service", 17),
    "m835_bpr16_missing.edi": ("guide.missing-element", 4),
    "m835_dup_st02.edi": ("syntax.duplicate-control-number", 21),
    "m835_gs08_wrong.edi": ("syntax.version-refused", 2),
    "m835_dtm_fmt.edi": ("syntax.date", 18),
    "m837p_missing_hi.edi": ("guide.missing-segment", 23),
    "m837p_bad_icd.edi": ("code.icd-10-cm", 23),
    "m837p_bad_pos.edi": ("code.place-of-service", 21),
    "m837p_bad_taxonomy.edi": ("code.taxonomy", 9),
    "m837p_missing_payer.edi": ("guide.missing-loop", 20),
    "m837p_missing_sv1.edi": ("guide.missing-segment", 27),
    "m837p_lx_gap.edi": ("situation.line-number", 30),
    "m837p_npi_luhn.edi": ("code.npi", 10),
    "m837p_future_dob.edi": ("situation.birth-date", 19),
    "m837p_cob_paid_sum.edi": ("balance.prior-payer", 27),
}


def rows(kind: str) -> list[str]:
    """File names of one kind."""
    return [row["file"] for row in scenarios() if row["kind"] == kind]


@needs_samples
@pytest.mark.parametrize("name", rows("valid"))
def test_a_valid_scenario_has_no_finding_but_notes(name: str) -> None:
    result = check((SAMPLES / "scenarios" / name).read_bytes())
    assert [finding for finding in result.findings if finding.severity != "info"] == []
    assert result.ok


@needs_samples
@pytest.mark.parametrize("name", rows("mutant"))
def test_a_planted_fault_is_found_at_its_segment(name: str) -> None:
    result = check((SAMPLES / "scenarios" / name).read_bytes())
    assert FAULTS[name] in [(finding.code, finding.segment) for finding in result.findings]
    assert not result.ok


@needs_samples
@pytest.mark.parametrize("path", public_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_public_file_is_read_without_an_exception(path: Path) -> None:
    content = path.read_bytes()
    result = check(content)
    assert all(0 <= finding.offset <= len(content) for finding in result.findings)
    assert result.interchanges or not result.ok


@needs_samples
def test_a_large_public_remittance_balances_throughout() -> None:
    result = check((SAMPLES / "public" / "835" / "tastypackets__profee-multiple.edi").read_bytes())
    assert (len(result.payments), sum(payment.claims for payment in result.payments)) == (156, 468)
    assert all(payment.balanced for payment in result.payments)

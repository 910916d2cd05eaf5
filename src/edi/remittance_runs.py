"""The usual claim and service line of an 835, each taken in one step. `RemittanceBuilder` defines what they mean."""

import re
from typing import Any

from edi.parties import Amount, DatedFact, Party, Reference
from edi.procedures import Adjustment
from edi.remittance import ClaimPayment, RemarkCode, ServicePayment
from edi.remittance_reader import RemittanceBuilder
from edi.x12.runs import FRACTION, WHOLE, Run, Take
from edi.x12.values import DATES, QUANTITIES

CLAIM = Run("""
    CLP*{control}*{status}*{charge$}*{paid$}*[{patient$}]*{filing}*{payer_number}[*{facility}[*{frequency}]]
    ? NM1*QC*{type!}*{last}*{first}*{middle}*{prefix}*{suffix}*{qualifier=MI|HN|MR|34}*{identifier}
    ? NM1*82*{type!}*{last}*{first}*{middle}*{prefix}*{suffix}*XX*{identifier:NPI}
    ? DTM*{qualifier=232|050}*{date!}
    ? DTM*{qualifier=233|050}*{date!}
""")

LINE = Run("""
    SVC*{procedure!}*{charge$}*{paid$}[*{revenue}*{units}]
    ? DTM*472*{date!}
    ? CAS*{group!}*{reason:CARC}*{amount$}
    ? CAS*{group!}*{reason:CARC}*{amount$}
    ? CAS*{group!}*{reason:CARC}*{amount$}
    ? REF*6R*{number!}
    ? AMT*B6*{amount$}
    ? LQ*HE*{code!:RARC}
""")


class RemittanceRunBuilder(RemittanceBuilder):
    """A remittance builder that takes the usual segments together."""

    def __init__(self, out: list[Any]) -> None:
        super().__init__(out)
        claim: dict[Run, Take] = {CLAIM: self._take_claim}
        within: dict[Run, Take] = {LINE: self._take_line, **claim}
        self.runs = {"head": claim, "group": claim, "claim": within, "line": within}

    def _take_claim(self, found: re.Match[str], offset: int, number: int) -> int:
        (
            control, status, charge, charge_part, paid, paid_part, patient, patient_part, filing, payer_number,
            facility, frequency, kind, last, first, middle, prefix, suffix, id_qualifier, identifier,
            kind2, last2, first2, middle2, prefix2, suffix2, identifier2, qualifier, date, qualifier2, date2,
        ) = found.groups("")  # fmt: skip
        parties, dates = [], []
        if kind:
            parties.append(Party("QC", last, first, middle, prefix, suffix, id_qualifier, identifier, kind))
        if kind2:
            parties.append(Party("82", last2, first2, middle2, prefix2, suffix2, "XX", identifier2, kind2))
        if date:
            dates.append(DatedFact(qualifier, DATES[date]))
        if date2:
            dates.append(DatedFact(qualifier2, DATES[date2]))
        claim = ClaimPayment(
            control,
            status,
            WHOLE[charge] + FRACTION[charge_part],
            WHOLE[paid] + FRACTION[paid_part],
            WHOLE[patient] + FRACTION[patient_part] if patient else None,
            filing,
            payer_number,
            facility,
            frequency,
            group=self._group,
            parties=parties,
            dates=dates,
            byte_start=offset,
            segment=number,
        )
        self._open(claim)
        return 1 + len(parties) + len(dates)

    def _take_line(self, found: re.Match[str], offset: int, number: int) -> int:
        (
            procedure, charge, charge_part, paid, paid_part, revenue, units, date,
            group, reason, amount, amount_part, group2, reason2, amount2, amount2_part,
            group3, reason3, amount3, amount3_part, control, allowed, allowed_part, remark,
        ) = found.groups("")  # fmt: skip
        line = ServicePayment(
            self._procedures[procedure],
            WHOLE[charge] + FRACTION[charge_part],
            WHOLE[paid] + FRACTION[paid_part],
            revenue,
            QUANTITIES[units],
            byte_start=offset,
            segment=number,
        )
        taken = 1
        if date:
            line.dates.append(DatedFact("472", DATES[date]))
            taken += 1
        if group:
            adjustments = line.adjustments
            adjustments.append(Adjustment(group, reason, WHOLE[amount] + FRACTION[amount_part]))
            if group2:
                adjustments.append(Adjustment(group2, reason2, WHOLE[amount2] + FRACTION[amount2_part]))
            if group3:
                adjustments.append(Adjustment(group3, reason3, WHOLE[amount3] + FRACTION[amount3_part]))
            taken += len(adjustments)
        if control:
            line.references.append(Reference("6R", control))
            taken += 1
        if allowed:
            line.amounts.append(Amount("B6", WHOLE[allowed] + FRACTION[allowed_part]))
            taken += 1
        if remark:
            line.remarks.append(RemarkCode("HE", remark))
            taken += 1
        self._open_line(line)
        return taken

"""What an accounting lists and how it reads as a document: values in, values out."""

import datetime as dt
import io
import uuid

import msgspec
import pypdf
import pytest

from audit.public import VOCABULARY
from compliance.disclosures.accounting import (
    STATEMENTS,
    SUMMARIZED,
    TITLES,
    Accounting,
    Told,
    View,
    account_lines,
    six_years_before,
    told_by_event,
)
from compliance.disclosures.document import accounting_pdf
from compliance.disclosures.grounds import DISCLOSING_ACTIONS, GROUNDS, GroundCode

DAY = dt.date(2026, 3, 2)


def told(**changes: object) -> Told:
    facts = {
        "disclosed_on": DAY,
        "recipient_name": "Columbus Public Health",
        "recipient_address": "240 Parsons Avenue",
        "what": "A reportable diagnosis",
        "purpose": "Report of a communicable disease",
        "ground": GroundCode.PUBLIC_HEALTH,
    }
    return Told(**{**facts, **changes})  # type: ignore[arg-type]


def account(*what: Told, view: View = View.STATUTORY, summarized: bool = False) -> Accounting:
    lines, withheld = account_lines(what, view, as_of=DAY, summarized=summarized)
    return Accounting(
        patient_id=uuid.UUID(int=7),
        patient_name="Robin Delacroix",
        account_number="10003",
        practice_name="Riverbend Family Medicine",
        practice_address=["12 Mill Street", "Columbus, OH 43215-1234"],
        practice_phone="(614) 555-0100",
        view=view,
        title=TITLES[view],
        statement=STATEMENTS[view] + (SUMMARIZED if summarized else ""),
        summarized=summarized,
        since=six_years_before(DAY),
        until=DAY,
        made_on=DAY,
        lines=lines,
        withheld=withheld,
    )


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_every_ground_is_described_once_and_says_where_it_is_written() -> None:
    assert set(GROUNDS) == set(GroundCode)
    assert all(one.source.startswith("45 CFR 164.") for one in GROUNDS.values())
    assert not GROUNDS[GroundCode.PAYMENT].accounted
    assert GROUNDS[GroundCode.NOT_PERMITTED].accounted


@pytest.mark.parametrize("ground", GroundCode)
def test_the_statutory_list_holds_exactly_what_the_rule_asks_for(ground: GroundCode) -> None:
    statutory, _ = account_lines([told(ground=ground)], View.STATUTORY, as_of=DAY)
    everything, _ = account_lines([told(ground=ground)], View.WITH_PAYMENT, as_of=DAY)
    assert bool(statutory) == GROUNDS[ground].accounted
    assert [line.required for line in everything] == [GROUNDS[ground].accounted]


@pytest.mark.parametrize("action", DISCLOSING_ACTIONS)
def test_an_action_that_counts_exists_and_sends_something_out(action: str) -> None:
    assert VOCABULARY[action].category in {"export", "print", "download"}


def test_a_payer_that_is_no_longer_known_is_named_by_its_code() -> None:
    one = told_by_event("claims.claim.submitted", DAY, {"payer": "GONE", "claims": 2}, {"BHERON": "Blue Heron"})
    assert (one.recipient_name, one.ground) == ("GONE", GroundCode.PAYMENT)


def test_six_years_before_a_leap_day() -> None:
    assert six_years_before(dt.date(2028, 2, 29)) == dt.date(2022, 2, 28)
    assert six_years_before(DAY) == dt.date(2020, 3, 2)


def test_lines_stand_in_the_order_of_their_days() -> None:
    lines, _ = account_lines(
        [told(disclosed_on=DAY - dt.timedelta(days=days)) for days in (3, 9, 1)], View.STATUTORY, as_of=DAY
    )
    assert [line.disclosed_on.day for line in lines] == [21, 27, 1]


def days(*ago: int, **changes: object) -> list[Told]:
    return [told(disclosed_on=DAY - dt.timedelta(days=one), **changes) for one in ago]


def summed(*what: Told, view: View = View.STATUTORY) -> list[tuple[int, int, int]]:
    """Each line of a summarized account: day of the first, how many, day of the last."""
    lines, _ = account_lines(what, view, as_of=DAY, summarized=True)
    return [(one.disclosed_on.day, one.times, one.last_disclosed_on.day) for one in lines]


def test_several_to_one_recipient_for_one_purpose_are_one_line_if_that_is_asked() -> None:
    """45 CFR 164.528(b)(3): the first in full, how many, the last."""
    reports = days(1, 9, 3)
    reports[1] = msgspec.structs.replace(reports[1], what="The first report")
    assert summed(*reports) == [(21, 3, 1)]
    (line,), _ = account_lines(reports, View.STATUTORY, as_of=DAY, summarized=True)
    assert line.what == "The first report"
    apart, _ = account_lines(reports, View.STATUTORY, as_of=DAY)
    assert [(one.times, one.disclosed_on) for one in apart] == [(1, one.last_disclosed_on) for one in apart]
    assert len(apart) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"recipient_name": "Franklin County Public Health"},
        {"recipient_address": "1 Elsewhere"},
        {"purpose": "Another outbreak"},
        {"ground": GroundCode.HEALTH_OVERSIGHT},
    ],
    ids=str,
)
def test_another_recipient_purpose_or_ground_is_another_line(change: dict[str, object]) -> None:
    same = days(3, 9)
    assert summed(*same) == [(21, 2, 27)]
    assert summed(same[0], msgspec.structs.replace(same[1], **change)) == [(21, 1, 21), (27, 1, 27)]  # type: ignore[arg-type]


def test_a_name_written_otherwise_is_the_same_recipient() -> None:
    assert summed(*days(3), *days(9, recipient_name="columbus  PUBLIC health")) == [(21, 2, 27)]


def test_what_was_not_permitted_is_never_summed_up() -> None:
    """The rule allows it for disclosures under 164.502(a)(2)(ii) and 164.512 alone."""
    assert summed(*days(3, 9, ground=GroundCode.NOT_PERMITTED)) == [(21, 1, 21), (27, 1, 27)]
    assert summed(*days(3, 9, ground=GroundCode.RULE_ENFORCEMENT)) == [(21, 2, 27)]
    assert summed(*days(3, 9, ground=GroundCode.PAYMENT), view=View.WITH_PAYMENT) == [(21, 2, 27)]


def test_a_withheld_disclosure_is_neither_counted_nor_the_last() -> None:
    police = {"ground": GroundCode.LAW_ENFORCEMENT}
    hidden = days(1, withheld_until=DAY, **police)
    lines, withheld = account_lines([*days(3, 9, **police), *hidden], View.STATUTORY, as_of=DAY, summarized=True)
    assert ([(one.times, one.last_disclosed_on.day) for one in lines], withheld) == ([(2, 27)], 1)


def test_a_summed_up_line_reads_as_one() -> None:
    text = text_of(accounting_pdf(account(*days(1, 9, 3), summarized=True))).replace("\u00a0", " ")
    assert "Feb 21, 2026 and 2 more, the last on Mar 1, 2026" in text
    assert "164.528(b)(3)" in text
    assert "more, the last on" not in text_of(accounting_pdf(account(*days(1, 9, 3))))


def test_the_document_is_the_same_each_time_and_its_properties_name_nobody() -> None:
    one = account(told())
    assert accounting_pdf(one) == accounting_pdf(one)
    properties = pypdf.PdfReader(io.BytesIO(accounting_pdf(one))).metadata
    assert properties is not None
    assert properties.title == "Accounting of disclosures"
    assert not {"Robin", "Delacroix", "10003"} & set(" ".join(map(str, properties.values())).split())


def test_the_document_reads_as_text() -> None:
    text = text_of(accounting_pdf(account(told(), told(recipient_address="", recipient_name="A coroner"))))
    for words in (
        "Riverbend Family Medicine", "Robin Delacroix", "Mar 2, 2026", "Columbus Public Health", "240 Parsons Avenue",
        "Address not known", "Report of a communicable disease", "Page 1 of 1", "45 CFR 164.528",
    ):  # fmt: skip
        assert words in text.replace("\u00a0", " "), words


def test_an_empty_account_says_so() -> None:
    assert "nothing was disclosed that the law asks us to list" in text_of(accounting_pdf(account()))
    payment = told(ground=GroundCode.PAYMENT)
    assert "nothing was disclosed" in text_of(accounting_pdf(account(payment)))
    assert "nothing was disclosed" not in text_of(accounting_pdf(account(payment, view=View.WITH_PAYMENT)))


def test_a_long_account_has_its_heads_and_feet_on_every_page() -> None:
    reader = pypdf.PdfReader(io.BytesIO(accounting_pdf(account(*(told() for _ in range(60))))))
    assert len(reader.pages) > 3
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"Page {number} of {len(reader.pages)}" in text
        assert "To whom" in text or number == len(reader.pages)


@pytest.mark.parametrize(
    "name",
    [
        '<img src="file:///etc/hosts"/>',
        "<b>bold</b> & <para>",
        "Łukasz Nguyễn Ελένη Жук",
        "a\x00b\x07c",
        "医院 🏥",
        "x" * 200,
    ],
)
def test_any_text_is_shown_as_it_is_and_never_run(name: str) -> None:
    one = account(told(recipient_name=name))
    text = text_of(accounting_pdf(msgspec.structs.replace(one, patient_name=name, practice_name=name)))
    if name[0] in "<Ł":
        assert name.replace(" ", "") in text.replace(" ", "")
    assert "240 Parsons Avenue" in text

"""The encounter template: the columns in which a practice sends its visits.

One row is one service line; the rows of one encounter share `encounter_no` and repeat the facts of the visit. Shapes
are declared only where a value could not be read otherwise. Whether a claim made of it would be payable (an NPI's check
digit, a diagnosis, a ZIP code) is for the claim scrubber, which holds the claim and says so.
"""

from collections.abc import Collection

import msgspec

from tabular.columns import Column, ColumnKind

SEXES = ("F", "M", "U")
RELATIONSHIPS = ("self", "spouse", "child", "other")
DIAGNOSIS_COLUMNS = ("diagnosis_1", "diagnosis_2", "diagnosis_3", "diagnosis_4")
MODIFIER_COLUMNS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")


def _text(
    name: str,
    meaning: str,
    example: str,
    max_length: int,
    *,
    required: bool = False,
    pattern: str | None = None,
    shape: str | None = None,
) -> Column:
    return Column(
        name=name, kind=ColumnKind.TEXT, meaning=meaning, example=example, max_length=max_length, required=required,
        pattern=pattern, shape=shape,
    )  # fmt: skip


def _date(name: str, meaning: str, example: str, *, required: bool = False) -> Column:
    return Column(name=name, kind=ColumnKind.DATE, meaning=meaning, example=example, required=required)


def _choice(name: str, meaning: str, choices: tuple[str, ...], *, required: bool = False) -> Column:
    return Column(
        name=name, kind=ColumnKind.CHOICE, meaning=meaning, example=choices[0], choices=choices, required=required
    )


def _coverage(order: str, *, required: bool) -> tuple[Column, ...]:
    """The columns of one insurance of the patient, `order` being primary or secondary."""
    return (
        _text(f"{order}_payer_id", f"Our code of the {order} payer", "BHERON", 20, required=required),
        _text(f"{order}_member_id", "The subscriber's member id, as on the card", "SYN100200", 40),
        _text(f"{order}_group_no", "The group or policy number, as on the card", "G-1001", 40),
        _choice(f"{order}_relationship", "The patient's relation to the subscriber", RELATIONSHIPS, required=required),
        _text(f"{order}_subscriber_last_name", "The subscriber, when not the patient", "Example", 60),
        _text(f"{order}_subscriber_first_name", "The subscriber, when not the patient", "Robin", 35),
        _date(f"{order}_subscriber_birth_date", "The subscriber, when not the patient", "1980-05-17"),
        _choice(f"{order}_subscriber_sex", "The subscriber, when not the patient", SEXES),
    )


_VISIT_COLUMNS = (
    _text("encounter_no", "The visit's number in the practice's own system", "E-20001", 30, required=True),
    _date("service_date", "The day of the visit", "2026-06-01", required=True),
    _text("patient_account_no", "The patient's account number at the practice", "10001", 30, required=True),
    _text("patient_last_name", "The patient's last name", "Example", 60, required=True),
    _text("patient_first_name", "The patient's first name", "Robin", 35, required=True),
    _date("patient_birth_date", "The patient's birth date", "1980-05-17", required=True),
    _choice("patient_sex", "As on the insurance: F, M or U (unknown)", SEXES, required=True),
    _text("patient_address_1", "Street and number", "12 Sample Street", 55),
    _text("patient_city", "City", "Columbus", 30),
    _text("patient_state", "State, two letters", "OH", 30),
    _text("patient_zip", "ZIP code of five or nine digits", "43215", 15),
    _text("patient_phone", "Phone number", "614-555-0100", 20),
    *_coverage("primary", required=True),
    *_coverage("secondary", required=False),
    _text("rendering_npi", "NPI of who treated", "2999901012", 20, required=True),
    _text("referring_npi", "NPI of who referred, if someone did", "2999909007", 20),
    _text("referring_last_name", "Who referred", "Sample", 60),
    _text("referring_first_name", "Who referred", "Alex", 35),
    _text("place_of_service", "Place of service code, two digits (11 is an office)", "11", 10, required=True),
    _text("prior_authorization_no", "The payer's prior authorization, if there is one", "PA-77001", 50),
    *(
        _text(name, "ICD-10-CM diagnosis, the first one being the main one", "E11.9", 10)
        for name in DIAGNOSIS_COLUMNS
    ),
)  # fmt: skip

_LINE_COLUMNS = (
    Column(
        name="line_no", kind=ColumnKind.INTEGER, meaning="Number of the service line in its encounter, from 1",
        example="1", required=True, minimum=1, maximum=999,
    ),
    _text("procedure_code", "HCPCS code of the service", "G0439", 10, required=True),
    *(_text(name, "Modifier of the service, two characters", "25", 10) for name in MODIFIER_COLUMNS),
    Column(
        name="units", kind=ColumnKind.INTEGER, meaning="How many units of the service", example="1", required=True,
        minimum=0, maximum=999_999,
    ),
    Column(
        name="charge", kind=ColumnKind.MONEY, meaning="Charge of the whole line, in dollars", example="125.00",
        required=True, minimum=0, maximum=9_999_999_999,
    ),
    _text(
        "diagnosis_pointers", "Which diagnoses the service was for, the main one first", "1:2", 11,
        pattern=r"[0-9]{1,2}(:[0-9]{1,2}){0,3}", shape="up to four numbers with colons between",
    ),
    _text("line_note", "A note on the line that the payer should see", "Left knee", 80),
)  # fmt: skip

VISIT_COLUMN_NAMES = tuple(column.name for column in _VISIT_COLUMNS)
"""The facts of the visit: every row of an encounter says the same here."""

ENCOUNTER_COLUMNS: tuple[Column, ...] = (*_VISIT_COLUMNS, *_LINE_COLUMNS)
"""The encounter template, in the order in which it is offered for download."""


def columns_for(payer_codes: Collection[str]) -> tuple[Column, ...]:
    """The template's columns, with the payers' columns held to the codes a company knows; any code goes when there are none."""
    if not payer_codes:
        return ENCOUNTER_COLUMNS
    choices = tuple(sorted(payer_codes))
    return tuple(
        msgspec.structs.replace(
            column,
            kind=ColumnKind.CHOICE,
            choices=choices,
            example=choices[0],
            max_length=None,
            pattern=None,
            shape=None,
        )
        if column.name in PAYER_COLUMNS
        else column
        for column in ENCOUNTER_COLUMNS
    )


PAYER_COLUMNS = frozenset({"primary_payer_id", "secondary_payer_id"})

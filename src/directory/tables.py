"""Payers of the company and providers of a practice."""

from kernel.db.tables import company_table, count_column, instant_column, practice_table, text_column, uuid_column

payer = company_table(
    "payer",
    uuid_column("id"),
    text_column("code"),
    text_column("name"),
    text_column("kind"),
    text_column("edi_id"),
    count_column("timely_filing_days"),
)

provider = practice_table(
    "provider",
    uuid_column("id"),
    text_column("npi"),
    text_column("last_name"),
    text_column("first_name"),
    text_column("taxonomy"),
    instant_column("created_at"),
)

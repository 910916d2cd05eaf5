"""Thresholds that a company set for its practices, and those that a practice set for itself."""

from kernel.db.tables import company_table, instant_column, json_column, practice_table, uuid_column

company_thresholds = company_table(
    "company_thresholds",
    json_column("thresholds", nullable=True),
    uuid_column("changed_by", nullable=True),
    instant_column("changed_at", nullable=True),
    key=(),
)

practice_thresholds = practice_table(
    "practice_thresholds",
    json_column("thresholds", nullable=True),
    uuid_column("changed_by", nullable=True),
    instant_column("changed_at", nullable=True),
    key=(),
)
"""Without thresholds in its row, a practice goes by its company's, and a company by those we advise."""

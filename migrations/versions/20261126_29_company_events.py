"""The company's own audit events can be read by whoever acts for the company and for no practice

Revision ID: 29_company_events
Revises: 28_sealer_records
"""

from alembic import op
from migrations.ops import COMPANY_ROWS, PRACTICE_ROWS, role

revision = "29_company_events"
down_revision = "28_sealer_records"

OF_THE_SCOPE = (
    f"case when (select scope.names_practice()) then {PRACTICE_ROWS} else practice_id is null and {COMPANY_ROWS} end"
)
INDEXES = {
    "audit_event_company_id_idx": "(company_id, recorded_at, id)",
    "audit_event_company_user_idx": "(company_id, user_id, recorded_at, id)",
}
_NAMES_PRACTICE = """
create function scope.names_practice() returns boolean
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce((scope.verified())[5], '') <> '';
end $$
"""


def upgrade() -> None:
    # The other functions of the scope refuse to answer about what it does not name; here that decides which rows are meant.
    _as(
        "scope",
        _NAMES_PRACTICE,
        "revoke all on function scope.names_practice() from public",
        f"grant execute on function scope.names_practice() to {role('staff')}",
    )
    op.execute(f"alter policy staff on app.audit_event using ({OF_THE_SCOPE})")
    for name, definition in INDEXES.items():
        op.execute(f"create index {name} on app.audit_event {definition} where practice_id is null")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"drop index app.{name}")
    op.execute(f"alter policy staff on app.audit_event using ({PRACTICE_ROWS})")
    _as("scope", "drop function scope.names_practice()")


def _as(name: str, *statements: str) -> None:
    op.execute(f"set local role {role(name)}")
    for statement in statements:
        op.execute(statement)
    op.execute(f"set local role {role('owner')}")

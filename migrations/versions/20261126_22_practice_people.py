"""A practice's administrator keeps the practice's own people, and sees nobody else

Revision ID: 22_practice_people
Revises: 21_uploads
"""

from importlib import import_module

from alembic import op
from migrations.ops import (
    Access,
    allow,
    create_identity_functions,
    disallow,
    drop_identity_functions,
    role,
    uuid_column,
)

revision = "22_practice_people"
down_revision = "21_uploads"

OWN_ROLES = "role in ('practice_admin', 'clinician')"
OWN = f"company_id = (select scope.company()) and practice_id = (select scope.practice()) and {OWN_ROLES}"
OWN_INVITATIONS = "company_id = (select scope.company()) and practice_id = (select scope.practice())"
INVITATION_SHOWN = (
    "company_id", "id", "practice_id", "email", "display_name", "roles", "reason", "created_by", "created_at", "expires_at", "user_id",
    "accepted_at", "withdrawn_at",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("invitation", uuid_column("practice_id", nullable=True), schema="app")
    # Whatever else writes here, an invitation of a practice makes one of its own people.
    op.execute(f"alter table app.invitation add constraint invitation_own_people_check check ({_OWN_PEOPLE_ONLY})")
    op.create_foreign_key(
        "invitation_practice_id_fkey",
        "invitation",
        "practice",
        ["company_id", "practice_id"],
        ["company_id", "practice_id"],
        source_schema="app",
        referent_schema="app",
    )
    drop_identity_functions("find_invitation")
    create_identity_functions(_PRACTICE_PEOPLE, _find_invitation(practice=True))
    op.execute(f"set local role {role('identity_owner')}")
    op.execute(f"grant execute on function identity.practice_people() to {role('practice')}, {role('staff')}")
    # The owner only to name the function in a policy, which asks it as whoever queries.
    op.execute(f"grant usage on schema identity to {role('owner')}")
    op.execute(f"set local role {role('owner')}")
    # Whom a role is given to is one of the practice's people already: it makes nobody of the billing company one of them.
    members = f"{OWN} and user_id in (select p.user_id from identity.practice_people() p)"
    allow("membership", [Access("practice", "select insert", update=("ended_at",), rows=members)])
    allow("membership_change", [Access("practice", "select insert", rows=OWN)])
    invitations = Access(
        "practice", "select insert", update=("withdrawn_at",), rows=OWN_INVITATIONS, columns=INVITATION_SHOWN
    )
    allow("invitation", [invitations])
    op.execute(f"set local role {role('identity_owner')}")
    op.execute(f"revoke usage on schema identity from {role('owner')}")
    op.execute(f"set local role {role('owner')}")


def downgrade() -> None:
    for table in ("membership", "membership_change", "invitation"):
        disallow(table, "practice")
    drop_identity_functions("practice_people", "find_invitation")
    create_identity_functions(_find_invitation(practice=False))
    op.drop_constraint("invitation_practice_id_fkey", "invitation", schema="app")
    op.execute("alter table app.invitation drop constraint invitation_own_people_check")
    op.drop_column("invitation", "practice_id", schema="app")


_OWN_PEOPLE_ONLY = """practice_id is null or jsonb_array_length(roles) = jsonb_array_length(jsonb_path_query_array(roles,
    '$[*] ? ((@.role == "practice_admin" || @.role == "clinician") && @.practice_id == $practice)',
    jsonb_build_object('practice', practice_id)))"""

_HEAD = "language sql stable security definer set search_path = pg_catalog, pg_temp as"

# Addresses too, which the login role `practice` cannot read itself: it sees accounts of the billing company by name, for the audit log.
_PRACTICE_PEOPLE = f"""create function identity.practice_people()
    returns table (user_id uuid, email text, display_name text, ended_at timestamptz) {_HEAD} $$
    select u.id, u.email, u.display_name, u.ended_at from app.user_account u
    where u.company_id = (select scope.company()) and u.id in (
        select m.user_id from app.membership m
        where m.company_id = (select scope.company()) and m.practice_id = (select scope.practice()) and m.{OWN_ROLES}) $$"""


def _find_invitation(*, practice: bool) -> str:
    """As revision 15 made it, and with the practice an invitation is of."""
    made = import_module("migrations.versions.20261126_15_access")._NEW  # noqa: SLF001
    (before,) = (one for one in made if "identity.find_invitation(" in one)
    if not practice:
        return str(before)
    return (
        str(before)
        .replace("company_id uuid,", "company_id uuid, practice_id uuid,")
        .replace("select company_id, id", "select company_id, practice_id, id")
    )

"""What COPY escapes is read back as it was, whatever it is."""

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.db.copy_text import rows_in

VALUES = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
AWKWARD = st.sampled_from(
    ["", "\\", "\\N", "\\t", "\t", "\n", "\r\n", "\b\f\v", "\\.", "\\x41", "\\101", "\u2028", "a\\\nb"]
)
ROWS = st.lists(st.tuples(VALUES | AWKWARD, VALUES | AWKWARD), min_size=1, max_size=20)


def copied(admin_url: str, rows: list[tuple[str | None, str | None]]) -> str:
    """The rows as the database copies them out, without the last line feed."""
    left, right = [one for one, _ in rows], [one for _, one in rows]
    statement = "copy (select * from unnest(%s::text[], %s::text[])) to stdout"
    with psycopg.connect(admin_url) as admin, admin.cursor().copy(statement, (left, right)) as copy:
        return b"".join(bytes(part) for part in copy).decode().removesuffix("\n")


def test_tabs_line_feeds_backslashes_and_nulls_are_told_apart(admin_url: str) -> None:
    text = copied(admin_url, [("\\N", None), ("a\tb\nc", "\\"), ("", "\\.")])
    assert text == "\\\\N\t\\N\na\\tb\\nc\t\\\\\n\t\\\\."
    assert [list(row) for row in rows_in(text)] == [["\\N", None], ["a\tb\nc", "\\"], ["", "\\."]]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ROWS)
def test_any_text_comes_back(admin_url: str, rows: list[tuple[str | None, str | None]]) -> None:
    assert [tuple(row) for row in rows_in(copied(admin_url, rows))] == rows

"""The one refusal of the embedded and the external database."""


class PostgresUnusable(Exception):  # noqa: N818 - reads as a state at the place where it is caught
    """The database cannot be used: says what is wrong, where, and what would be right."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(f"{what} ({where}). {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy

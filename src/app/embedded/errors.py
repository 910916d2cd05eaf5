"""The one refusal of the embedded and the external database."""


class PostgresUnusable(Exception):
    """The database cannot be used: says what is wrong, where, and what would be right."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(f"{what} ({where}). {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy

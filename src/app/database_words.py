"""What to do when the database refuses, in an operator's words: by SQLSTATE, never by the server's own sentence, which may quote values."""

import sqlalchemy as sa

_WORDS = {
    "28P01": "it refuses a password: BILLWRIGHT_DATABASE__PASSWORDS or the files under BILLWRIGHT_HOME/secrets are of another"
    " installation; `billwright migrate` sets them",
    "28000": "it does not let a login role in: check its pg_hba.conf and BILLWRIGHT_DATABASE__ROLE_PREFIX",
    "3D000": "there is no database of this name: run `billwright migrate`, or set BILLWRIGHT_DATABASE__NAME",
    "53300": "it has no connection left: raise its max_connections, or lower BILLWRIGHT_DATABASE__POOL_SIZE",
    "42501": "it does not believe us: BILLWRIGHT_SECRETS__SCOPE_KEY is not the key it was migrated with, or the clocks differ;"
    " run `billwright migrate` with the right key",
    "42P01": "a table is missing: run `billwright migrate`",
    "57P03": "it is starting or stopping: try again in a moment",
}
_AWAY = "it does not answer: start it, or set BILLWRIGHT_DATABASE__HOST and BILLWRIGHT_DATABASE__PORT to where it is"
_OTHERWISE = (
    "it does not answer as asked; check BILLWRIGHT_DATABASE__* and that the server runs, then `billwright migrate`"
)


def refusal_words(error: BaseException) -> str:
    """What is wrong and what to do about it."""
    if isinstance(error, OSError):
        return f"{_AWAY} ({type(error).__name__})"
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return _WORDS.get(str(getattr(cause, "sqlstate", "")), f"{_OTHERWISE} ({type(error).__name__})")

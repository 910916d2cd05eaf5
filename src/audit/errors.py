"""What the sealer and the operator's commands refuse."""

from kernel.errors import Conflict


class LogRolledBack(Conflict):
    """The copies are ahead of the database: it was restored from a backup, or its end was cut off."""

    slug = "audit-log-rolled-back"


class EpochNeeded(Conflict):
    """The database came from another cluster, where transactions were numbered otherwise."""

    slug = "audit-epoch-needed"


class StillKept(Conflict):
    """Events are too young, or held, to be dropped."""

    slug = "audit-events-kept"


class LogDamaged(Conflict):
    """What was sealed cannot be read any more."""

    slug = "audit-log-damaged"

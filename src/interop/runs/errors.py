"""Why an import refuses a file as a whole."""

from kernel.errors import Conflict, Invalid


class UnreadableFile(Invalid):
    """The file cannot be read as this template; the message says why, where and what would be right."""

    slug = "file-unreadable"


class NoPayers(Conflict):
    """The company has no payer yet, so no encounter could name one."""

    slug = "import-needs-payers"


class ImportRunning(Conflict):
    """The same file is being imported right now."""

    slug = "import-running"

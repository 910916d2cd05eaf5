"""What the clearinghouse refuses."""

from kernel.errors import Conflict


class NoConnection(Conflict):
    """Files cannot be exchanged before a connection is set up."""

    slug = "no-connection"


class FolderTaken(Conflict):
    """A folder belongs to one connection; two would read each other's files."""

    slug = "folder-taken"


class NameTaken(Conflict):
    """The partner's folder holds another file under this name. Files of ours are never replaced."""

    slug = "file-name-taken"


class FileChanged(Conflict):
    """A partner's file is not what the listing said: it is still being written, was replaced, or is gone."""

    slug = "file-changed"

"""What may stand in the fields that people fill in, by whichever door: the same for the API and for commands."""

from typing import Annotated

import msgspec

Email = Annotated[
    str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254, examples=["ana@northgate.example"])
]
DisplayName = Annotated[str, msgspec.Meta(pattern=r"\S", min_length=1, max_length=120, examples=["Ana Ruiz"])]
Reason = Annotated[
    str, msgspec.Meta(pattern=r"\S", min_length=1, max_length=300, examples=["covers for Bruno in March"])
]
KeyName = Annotated[str, msgspec.Meta(pattern=r"\S", min_length=1, max_length=80, examples=["Nightly claim export"])]
Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,59}$", examples=["riverbend"])]
Words = Annotated[str, msgspec.Meta(pattern=r"\S", min_length=1, max_length=120)]

"""Why the directory refuses."""

from kernel.errors import Conflict, Invalid


class PayerDiffers(Conflict):
    """The payer's code is taken by a payer with other facts. Nothing was changed."""

    slug = "payer-differs"


class ProviderDiffers(Conflict):
    """The NPI is taken by a provider with other facts. Nothing was changed."""

    slug = "provider-differs"


class NotAnNpi(Invalid):
    """The number fails the check that every National Provider Identifier passes."""

    slug = "not-an-npi"

"""Topic to job: lower packages announce, and this list says who listens."""

from collections.abc import Mapping
from functools import partial

from app.resources import Resources
from audit.public import handle_checkpoint_due, record
from claims.public import (
    handle_edi_277ca,
    handle_edi_999,
    handle_encounters_captured,
    handle_enrollment_approved,
    handle_file_sent,
)
from clearinghouse.public import handle_file_queued, handle_poll_due
from kernel.db.transaction import Tx
from kernel.jobs.expiry import handle_expiry_due
from kernel.jobs.listeners import Handler, Listeners, OutsideHandler
from kernel.jobs.retry import Retries, RetryPolicy, RetryRule
from kernel.settings import JobSettings
from kernel.storage.uploads_expiry import handle_uploads_due
from payments.public import (
    handle_card_event,
    handle_edi_835,
    handle_remittance_received,
    handle_remittance_unblocked,
    handle_stale_due,
    handle_stripe_received,
)

RETRIES: Mapping[str, RetryRule] = {
    # What the schedule announces again by itself need not be tried for long.
    "clearinghouse.poll.due": RetryRule(attempts=3),
    "payments.stale.due": RetryRule(attempts=3),
    "kernel.expiry.due": RetryRule(attempts=3),
    "audit.checkpoint.due": RetryRule(attempts=3),
    "storage.uploads.due": RetryRule(attempts=3),
    # A partner or the card processor may be away over a weekend.
    "edi.file.queued": RetryRule(attempts=80, longest_seconds=3600.0),
    "payments.card_event.received": RetryRule(attempts=80, longest_seconds=3600.0),
}
"""Topics that are not tried as often, or as long, as the settings say for all."""


def listeners(resources: Resources) -> Listeners:
    """Who runs for each topic, how often it is tried, and the audit log that learns of failures."""
    return Listeners(
        handlers(resources), outside_handlers(resources), Retries(_usual(resources.settings.jobs), RETRIES), record
    )


def _usual(jobs: JobSettings) -> RetryPolicy:
    return RetryPolicy(jobs.attempts, jobs.first_retry_seconds, jobs.longest_retry_seconds)


def handlers(resources: Resources) -> Mapping[str, Handler]:
    """Who runs for each topic, with what they work with already in their hands."""
    store = resources.store
    exchange_root = resources.settings.home / "exchange"
    return {
        "audit.checkpoint.due": handle_checkpoint_due,
        "audit.checkpoint.ready": keep_for_reading,
        "claims.encounters.captured": handle_encounters_captured,
        "credentialing.enrollment.approved": handle_enrollment_approved,
        "clearinghouse.poll.due": partial(handle_poll_due, store=store, exchange_root=exchange_root),
        "edi.file.queued": partial(handle_file_queued, store=store, exchange_root=exchange_root),
        "edi.file.sent": handle_file_sent,
        "edi.999.received": partial(handle_edi_999, store=store),
        "edi.277ca.received": partial(handle_edi_277ca, store=store),
        "edi.835.received": partial(handle_edi_835, store=store),
        "edi.ta1.received": keep_for_reading,
        "tenancy.invitation.made": keep_for_reading,
        "payments.remittance.received": handle_remittance_received,
        "payments.remittance.unblocked": handle_remittance_unblocked,
        "inbox.stripe.received": handle_stripe_received,
        "kernel.expiry.due": partial(handle_expiry_due, record=record),
        "tenancy.password_reset.asked": keep_for_reading,
        "payments.card_event.received": partial(handle_card_event, gateway=resources.gateway),
    }


def outside_handlers(resources: Resources) -> Mapping[str, OutsideHandler]:
    """Who runs with no transaction open, because it asks somebody outside."""
    return {
        "payments.stale.due": partial(handle_stale_due, gateway=resources.gateway),
        "storage.uploads.due": partial(handle_uploads_due, store=resources.store, record=record),
    }


async def keep_for_reading(_: Tx, __: Mapping[str, str]) -> None:
    """A topic that needs no work: the file is kept and shown, and nothing follows from it."""

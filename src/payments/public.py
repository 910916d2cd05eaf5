"""The door to payments: remittances planned and posted, patients' accounts and card payments."""

from payments.patient.account import InsurerPaid, PatientAccount, Share, VisitMoney, patient_account
from payments.patient.payments import (
    SMALLEST_CENTS,
    PaymentState,
    handle_stale_due,
    payment_state,
    start_payment,
    sweep_stale_payments,
)
from payments.patient.webhooks import StripeWebhook, handle_card_event, handle_stripe_received
from payments.remittance.intake import handle_edi_835
from payments.remittance.posting_plan import PostingPlan
from payments.remittance.reading import RemittanceSummary, list_remittances, patients_remitted_in
from payments.remittance.service import (
    PostedRemittance,
    handle_remittance_received,
    handle_remittance_unblocked,
    plan_remittance,
    post_remittance,
)

__all__ = [
    "SMALLEST_CENTS",
    "InsurerPaid",
    "PatientAccount",
    "PaymentState",
    "PostedRemittance",
    "PostingPlan",
    "RemittanceSummary",
    "Share",
    "StripeWebhook",
    "VisitMoney",
    "handle_card_event",
    "handle_edi_835",
    "handle_remittance_received",
    "handle_remittance_unblocked",
    "handle_stale_due",
    "handle_stripe_received",
    "list_remittances",
    "patient_account",
    "patients_remitted_in",
    "payment_state",
    "plan_remittance",
    "post_remittance",
    "start_payment",
    "sweep_stale_payments",
]

"""Everything that an audit event can say was done: the one vocabulary, as data. Pure.

An action is a dotted past fact, `package.object.happened`. Its words complete "this person ..." for people who read the log. A package
that does something new adds its line here; `audit.public.record` refuses what is not here. 45 CFR 164.312(b).
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

Category = Literal[
    "create",
    "change",
    "read",
    "search",
    "export",
    "print",
    "download",
    "sign-in",
    "refusal",
    "permission",
    "break-glass",
    "job",
    "inbound",
    "operator",
]
"""The kind of thing that was done. `sign-in` is everything about proving who one is; `operator` is a command on the server."""


class Action(msgspec.Struct, frozen=True):
    """One line of the vocabulary."""

    name: str
    words: str
    """What it means: completes "this person ...", or "the system ..." where nobody acted."""
    category: Category
    object_type: str
    """What `object_id` identifies, or, where one event is about many, what each of them is."""
    reserved: bool = False
    """Nothing does this yet; the name is kept for it."""


ACTIONS: tuple[Action, ...] = (
    # The audit log itself
    Action("audit.checkpoint.announced", "announced a signed checkpoint for the client to keep", "job", "practice"),
    Action("audit.checkpoint.taken", "took signed checkpoints of the audit log", "export", "practice"),
    Action("audit.epoch.begun", "went on with the audit log in a restored database", "operator", "audit_log"),
    Action("audit.event.proved", "was given the proof of an audit event", "read", "audit_event"),
    Action("audit.events.exported", "exported events of the audit log", "export", "audit_log"),
    Action("audit.events.expired", "dropped a month of audit events older than six years", "operator", "audit_month"),
    Action("audit.hold.placed", "placed the audit log under legal hold", "operator", "practice"),
    Action("audit.hold.released", "released the audit log from legal hold", "operator", "practice"),
    Action("audit.key.changed", "changed the key that signs the audit log", "operator", "audit_key"),
    Action("audit.log.exported", "exported the audit log", "export", "practice"),
    Action("audit.log.searched", "searched the audit log", "search", "audit_log"),
    Action("audit.log.verified", "verified the audit log", "operator", "audit_log"),
    # Requests that were turned down or broke
    Action("http.request.failed", "made a request that failed", "refusal", "route"),
    Action("http.request.refused", "made a request that was refused", "refusal", "route"),
    Action("http.request.repeated", "repeated a request and was given the first answer", "read", "route"),
    # Jobs, inbound messages and uploads
    Action("inbox.event.claimed", "found out whose an inbound message is", "inbound", "inbox_event"),
    Action("inbox.event.received", "received a message from another system", "inbound", "inbox_event"),
    Action("inbox.event.refused", "could not use a message from another system", "inbound", "inbox_event"),
    Action("inbox.event.replayed", "had a stored message worked through again", "operator", "inbox_event"),
    Action(
        "jobs.expired.deleted", "deleted what is past use: settled jobs, kept answers, sessions, links", "job", "table"
    ),
    Action("jobs.job.dismissed", "gave up a job that had failed", "job", "job"),
    Action("jobs.job.failed", "ran a job that failed", "job", "job"),
    Action("jobs.job.refused", "ran a job that was refused", "job", "job"),
    Action("jobs.job.replayed", "had a failed job run again", "job", "job"),
    Action("storage.upload.begun", "announced a file to upload", "create", "upload"),
    Action("storage.upload.claimed", "used an uploaded file", "inbound", "upload"),
    Action("storage.upload.expired", "deleted an uploaded file that nothing had used in time", "job", "upload"),
    # Companies, practices and people
    Action("tenancy.access.exported", "exported the review of who has access to what", "export", "company"),
    Action("tenancy.access.reviewed", "reviewed who has access to what", "read", "company"),
    Action("tenancy.company.opened", "opened the company's account", "operator", "company"),
    Action("tenancy.invitation.accepted", "accepted an invitation", "permission", "invitation"),
    Action("tenancy.invitation.listed", "saw the invitations", "read", "invitation"),
    Action("tenancy.invitation.made", "invited somebody", "permission", "invitation"),
    Action("tenancy.invitation.shown", "took an invitation's link to hand it over", "permission", "invitation"),
    Action("tenancy.invitation.withdrawn", "withdrew an invitation", "permission", "invitation"),
    Action("tenancy.member.added", "added a person", "permission", "user_account"),
    Action("tenancy.member.ended", "ended a person's access", "permission", "user_account"),
    Action("tenancy.member.listed", "saw the company's people", "read", "user_account"),
    Action("tenancy.member.read", "opened a person's account", "read", "user_account"),
    Action("tenancy.member.renamed", "changed a person's name", "change", "user_account"),
    Action("tenancy.member_roles.read", "saw the history of a person's roles", "read", "user_account"),
    Action(
        "tenancy.offboarding.previewed", "looked at what ending the work for a practice would end", "read", "practice"
    ),
    Action("tenancy.practice.listed", "saw the company's practices", "read", "practice"),
    Action("tenancy.practice.offboarded", "ended the work for a practice", "change", "practice"),
    Action("tenancy.practice.onboarded", "took on a practice", "create", "practice"),
    Action("tenancy.practice.read", "opened a practice's details", "read", "practice"),
    Action("tenancy.practice.resumed", "resumed the work for a practice", "change", "practice"),
    Action("tenancy.practice.suspended", "suspended the work for a practice", "change", "practice"),
    Action("tenancy.practice_roles.read", "saw the history of a practice's roles", "read", "practice"),
    Action("tenancy.role.ended", "took a role away from a person", "permission", "membership"),
    Action("tenancy.role.granted", "gave a person a role", "permission", "membership"),
    Action("tenancy.roles.transferred", "transferred one person's roles to another", "permission", "user_account"),
    Action("tenancy.transfer.previewed", "looked at what a transfer of roles would do", "read", "user_account"),
    # Proving who one is
    Action("tenancy.api_key.listed", "saw a person's API keys", "read", "user_account"),
    Action("tenancy.api_key.made", "made an API key", "permission", "api_key"),
    Action("tenancy.api_key.revoked", "revoked an API key", "permission", "api_key"),
    Action("tenancy.bill.opened", "opened a patient's bill", "sign-in", "patient_access"),
    Action("tenancy.bill.refused", "failed to open a patient's bill", "sign-in", "patient_access"),
    Action("tenancy.bill_code.issued", "made a bill code for a patient", "permission", "patient"),
    Action("tenancy.bill_link.issued", "made a bill link for a patient", "permission", "bill_link"),
    Action("tenancy.password.changed", "changed the own password", "sign-in", "user_account"),
    Action("tenancy.password.given", "gave the password again", "sign-in", "user_account"),
    Action("tenancy.password.refused", "gave a wrong password when asked again", "sign-in", "user_account"),
    Action("tenancy.password.reset", "set a new password by e-mail", "sign-in", "user_account"),
    Action("tenancy.password_reset.asked", "asked to set a new password by e-mail", "sign-in", "account"),
    Action("tenancy.password_reset.delayed", "had to wait before asking for a new password", "sign-in", "account"),
    Action("tenancy.password_reset.refused", "failed to set a new password by e-mail", "sign-in", "password_reset"),
    Action("tenancy.recovery_codes.made", "made new recovery codes", "sign-in", "user_account"),
    Action("tenancy.second_factor.confirmed", "turned the second factor on", "sign-in", "user_account"),
    Action("tenancy.second_factor.delayed", "had to wait before giving another code", "sign-in", "user_account"),
    Action("tenancy.second_factor.disabled", "turned the second factor off", "sign-in", "user_account"),
    Action("tenancy.second_factor.enrolled", "began to set up a second factor", "sign-in", "user_account"),
    Action("tenancy.second_factor.refused", "gave a wrong second factor", "sign-in", "user_account"),
    Action("tenancy.second_factor.succeeded", "signed in with the second factor", "sign-in", "user_account"),
    Action("tenancy.session.closed", "signed out", "sign-in", "session"),
    Action("tenancy.session.ended", "ended a session", "sign-in", "session"),
    Action("tenancy.session.listed", "saw where a person is signed in", "read", "user_account"),
    Action("tenancy.sessions.ended", "ended sessions of a person", "sign-in", "user_account"),
    Action("tenancy.sign_in.delayed", "had to wait before signing in again", "sign-in", "account"),
    Action("tenancy.sign_in.refused", "failed to sign in", "sign-in", "account"),
    Action("tenancy.sign_in.succeeded", "signed in with the password", "sign-in", "user_account"),
    Action("tenancy.sign_in_policy.changed", "changed how the company's people sign in", "permission", "company"),
    Action("tenancy.sign_in_policy.read", "saw how the company's people sign in", "read", "company"),
    # Payers, providers, enrollments
    Action("credentialing.enrollment.approved", "recorded that an enrollment was approved", "change", "enrollment"),
    Action("credentialing.enrollment.ended", "recorded the end of an enrollment", "change", "enrollment"),
    Action("credentialing.enrollment.listed", "saw enrollments in a list", "read", "enrollment"),
    Action("credentialing.enrollment.read", "opened an enrollment", "read", "enrollment"),
    Action("credentialing.enrollment.refused", "recorded that an enrollment was refused", "change", "enrollment"),
    Action("credentialing.enrollment.requested", "requested an enrollment", "create", "enrollment"),
    Action("directory.payer.added", "added a payer", "create", "payer"),
    Action("directory.payer.listed", "saw payers in a list", "read", "payer"),
    Action("directory.provider.added", "added a provider", "create", "provider"),
    Action("directory.provider.listed", "saw providers in a list", "read", "provider"),
    # Files to and from payers
    Action("clearinghouse.connection.added", "added a connection to a clearinghouse", "create", "connection"),
    Action("clearinghouse.connection.listed", "saw connections in a list", "read", "connection"),
    Action("clearinghouse.file.downloaded", "downloaded an EDI file", "download", "edi_file"),
    Action("clearinghouse.file.listed", "saw EDI files in a list", "read", "edi_file"),
    Action("clearinghouse.file.queued", "put an EDI file in line to be sent", "export", "edi_file"),
    Action("clearinghouse.file.received", "received an EDI file", "inbound", "edi_file"),
    Action("clearinghouse.file.refused", "found that an EDI file cannot be used", "inbound", "edi_file"),
    Action("clearinghouse.file.sent", "sent an EDI file", "export", "edi_file"),
    Action("clearinghouse.poll.requested", "asked for the mailboxes to be read", "job", "practice"),
    # Patients
    Action("patients.coverage.added", "added patients' coverages", "create", "coverage"),
    Action("patients.coverage.changed", "changed patients' coverages", "change", "coverage"),
    Action("patients.patient.changed", "changed patients' records", "change", "patient"),
    Action("patients.patient.listed", "saw patients in a list", "read", "patient"),
    Action("patients.patient.read", "opened a patient's record", "read", "patient"),
    Action("patients.patient.registered", "registered patients", "create", "patient"),
    Action("patients.vip.marked", "marked a patient as VIP", "change", "patient"),
    Action("patients.vip.unmarked", "took the VIP mark from a patient", "change", "patient"),
    # Encounters and claims
    Action("claims.acknowledgment.277ca", "took in a payer's answers about claims (277CA)", "inbound", "edi_file"),
    Action("claims.acknowledgment.999", "took in the acknowledgment of a file (999)", "inbound", "edi_file"),
    Action("claims.claim.adjudicated", "recorded payers' decisions about claims", "change", "claim"),
    Action("claims.claim.built", "made claims", "create", "claim"),
    Action("claims.claim.listed", "saw claims in a list", "read", "claim"),
    Action("claims.claim.read", "opened a claim", "read", "claim"),
    Action("claims.claim.scrubbed", "checked claims for mistakes", "change", "claim"),
    Action("claims.claim.sent", "noted that claims are with the clearinghouse", "change", "edi_file"),
    Action("claims.claim.submitted", "submitted claims to a payer", "export", "edi_file"),
    Action("claims.encounters.captured", "took encounters into the books", "create", "encounter"),
    Action("claims.finding.read", "saw what is wrong with a claim", "read", "claim"),
    Action("interop.import.finished", "imported encounters from a file", "inbound", "import_run"),
    Action("interop.import.read", "opened an import", "read", "import_run"),
    Action("interop.rejects.exported", "exported the rows that an import refused", "export", "import_run"),
    # Money
    Action("payments.card.intended", "began to pay by card", "create", "patient_payment"),
    Action("payments.card.opened", "went to the card processor's page", "change", "patient_payment"),
    Action("payments.card.settled", "posted a patient's card payment", "change", "patient_payment"),
    Action("payments.card.unpaid", "noted that a card payment ended without money", "change", "patient_payment"),
    Action("payments.remittance.held", "held a remittance for a person to look at", "inbound", "remittance"),
    Action("payments.remittance.listed", "saw remittances in a list", "read", "remittance"),
    Action("payments.remittance.planned", "saw what posting a remittance would do", "read", "remittance"),
    Action("payments.remittance.posted", "posted a remittance", "change", "remittance"),
    Action("payments.remittance.read", "opened a remittance", "read", "remittance"),
    Action("payments.remittance.received", "received a remittance", "inbound", "remittance"),
    Action("reports.file.exported", "exported a report", "export", "report"),
    Action("reports.practice.read", "saw the practice's figures", "read", "practice"),
    # Compliance
    Action("compliance.access.reported", "asked who has seen a patient's records", "read", "patient"),
    Action("compliance.accounting.made", "made the accounting of a patient's disclosures", "export", "patient"),
    Action("compliance.anomalies.listed", "looked for what is unusual in the audit log", "search", "audit_log"),
    Action("compliance.disclosure.listed", "saw what was disclosed about a patient", "read", "disclosure"),
    Action("compliance.disclosure.recorded", "recorded a disclosure to somebody else", "create", "disclosure"),
    Action("compliance.disclosure.resumed", "lifted the suspension of a disclosure", "change", "disclosure"),
    Action(
        "compliance.disclosure.suspended",
        "kept a disclosure out of the accounting for an agency",
        "change",
        "disclosure",
    ),
    Action("compliance.disclosure.withdrawn", "withdrew the record of a disclosure", "change", "disclosure"),
    Action("compliance.thresholds.changed", "changed from when on something counts as unusual", "change", "thresholds"),
    Action("compliance.thresholds.read", "saw from when on something counts as unusual", "read", "thresholds"),
    # Kept for what comes
    Action("reports.document.printed", "printed a document", "print", "report", reserved=True),
    Action("tenancy.break_glass.opened", "opened a practice in an emergency", "break-glass", "practice", reserved=True),
)

VOCABULARY: Mapping[str, Action] = {one.name: one for one in ACTIONS}
"""By name."""


def known(action: str, object_type: str) -> Action:
    """The line of an action. Raises ValueError for one that is not in the vocabulary, is reserved, or is about something else."""
    found = VOCABULARY.get(action)
    if found is None or found.reserved:
        raise ValueError(f"audit action {action} is not in use: add its line to audit/actions.py")
    if found.object_type != object_type:
        raise ValueError(f"audit action {action} is about a {found.object_type}, not a {object_type}")
    return found

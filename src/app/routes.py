"""Every controller, by package, in one list."""

from litestar.types import ControllerRouterHandler

from audit.api import AuditController
from claims.api import ClaimController
from clearinghouse.api import ClearinghouseController
from compliance.access.api import PatientAccessController
from compliance.anomalies.api import AnomalyController
from compliance.anomalies.threshold_api import CompanyThresholdsController, PracticeThresholdsController
from compliance.disclosures.accounting_api import AccountingController
from compliance.disclosures.api import DisclosureController
from compliance.events.api import AuditLogController, CompanyLogController
from credentialing.api import EnrollmentController
from directory.api import PayerController, ProviderController
from interop.api import ImportController
from kernel.http.health import live, ready
from kernel.http.stored_files import download_stored, upload_stored
from patient_portal.bill_codes import BillCodeController
from patient_portal.routes import BillController
from patients.api import PatientController
from payments.public import StripeWebhook
from payments.remittance.api import RemittanceController
from reports.api import ReportController
from tenancy.api import CompanyController
from tenancy.company_api import AccessController, PracticesController
from tenancy.identity.api_api_key import MemberKeysController, OwnKeysController
from tenancy.identity.api_password import PasswordController
from tenancy.identity.api_second_factor import SecondFactorController, SignInPolicyController
from tenancy.identity.api_session import MemberSessionsController, OwnSessionsController, SessionController
from tenancy.people_api import InvitationController, MemberController
from tenancy.practice_people_api import PracticePeopleController
from ui.static_route import serve_static

ROUTES: tuple[ControllerRouterHandler, ...] = (
    SessionController,
    OwnSessionsController,
    MemberSessionsController,
    PasswordController,
    SecondFactorController,
    SignInPolicyController,
    OwnKeysController,
    MemberKeysController,
    CompanyController,
    PracticesController,
    MemberController,
    InvitationController,
    PracticePeopleController,
    AccessController,
    PayerController,
    ProviderController,
    PatientController,
    EnrollmentController,
    ClearinghouseController,
    ImportController,
    ClaimController,
    RemittanceController,
    ReportController,
    BillCodeController,
    BillController,
    AuditController,
    AuditLogController,
    CompanyLogController,
    AnomalyController,
    CompanyThresholdsController,
    PracticeThresholdsController,
    PatientAccessController,
    DisclosureController,
    AccountingController,
    StripeWebhook,
    serve_static,
    download_stored,
    upload_stored,
    live,
    ready,
)

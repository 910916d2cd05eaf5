"""Chooses what stands behind each protocol, by settings."""

from app.resources import Resources
from audit.aws import KmsSigners, S3Witness
from audit.keys import LocalSigners, Signers
from audit.witness import FolderWitness, WitnessStore
from kernel.aws import aws_client
from kernel.clock import wall_now
from kernel.crypto.kms import KmsKeyWrapper
from kernel.crypto.wrapping import CachingKeyWrapper, KeyWrapper, LocalKeyWrapper
from kernel.db.database import Database
from kernel.jobs.broker import JobBroker
from kernel.settings import Settings
from kernel.storage.base import ObjectStore
from kernel.storage.folder import FolderStore
from kernel.storage.folder_door import FolderDoor
from kernel.storage.s3 import S3Store
from payments.patient.stripe_gateway import StripeGateway
from tenancy.public import Sessions


def make_resources(settings: Settings) -> Resources:
    """Everything a web or worker process works with."""
    database = make_database(settings)
    return Resources(
        settings=settings,
        database=database,
        store=make_store(settings),
        sessions=Sessions(database, key=_key(settings, "lookup_key"), limits=settings.sessions),
        gateway=StripeGateway(
            api_key=settings.stripe.secret_key.get_secret_value(),
            webhook_secret=settings.stripe.webhook_secret.get_secret_value(),
            api_base=settings.stripe.api_base,
        ),
    )


def make_database(settings: Settings) -> Database:
    """The pools of this process, with what unwraps the keys of encrypted columns."""
    return Database(settings.database, scope_key=_key(settings, "scope_key"), key_wrapper=make_key_wrapper(settings))


def make_store(settings: Settings) -> ObjectStore:
    """S3 where a bucket is named, else a folder under the installation's home."""
    if settings.storage.bucket:
        return S3Store(aws_client("s3", settings.aws), settings.storage.bucket)
    door = FolderDoor(_key(settings, "link_key"), settings.web.public_url, wall_now)
    return FolderStore(settings.home / "files", door)


def make_key_wrapper(settings: Settings) -> KeyWrapper:
    """AWS KMS where a key of it is named, else the installation's own key."""
    if settings.keys.kms_key_id:
        return CachingKeyWrapper(KmsKeyWrapper(aws_client("kms", settings.aws), settings.keys.kms_key_id))
    return CachingKeyWrapper(LocalKeyWrapper(_key(settings, "field_key")))


def make_broker(settings: Settings, *, role: str) -> JobBroker:
    """The job broker, connected as one login role: `relay` to send, `worker` to run."""
    return JobBroker(settings.database.url(role), settings.jobs, key=_key(settings, "job_key"))


def make_signers(settings: Settings) -> Signers:
    """The keys that sign the audit log's checkpoints: AWS KMS where they are named, else the installation's own."""
    if settings.audit.kms_keys:
        return KmsSigners(aws_client("kms", settings.aws), settings.audit.kms_keys)
    return LocalSigners(settings.home / "audit" / "keys")


def make_witness_store(settings: Settings) -> WitnessStore:
    """Where copies of those checkpoints go: S3 where a bucket is named, else a folder under the installation's home."""
    if settings.audit.witness_bucket:
        return S3Witness(aws_client("s3", settings.aws), settings.audit.witness_bucket)
    return FolderWitness(settings.home / "audit" / "witness")


def _key(settings: Settings, name: str) -> bytes:
    value: str = getattr(settings.secrets, name).get_secret_value()
    return value.encode()

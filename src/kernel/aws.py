"""Clients of AWS: the one place that knows boto3. Its calls block; run them in threads."""

from typing import Any

import boto3
from botocore.config import Config

from kernel.settings import AwsSettings

_CONFIG = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 3},
)
_S3 = _CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"}))


def aws_client(service: str, settings: AwsSettings) -> Any:
    """A client of one service (`s3`, `kms`). Credentials come from where AWS puts them, never from our settings."""
    make: Any = boto3.client
    return make(
        service,
        region_name=settings.region,
        endpoint_url=settings.endpoint_url or None,
        config=_S3 if service == "s3" else _CONFIG,
    )

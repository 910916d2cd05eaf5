"""What S3 does with a presigned request and its stand-in does not: hold it against signature, time and checksum.

Written from "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" of the S3 API reference, not with the vendor's
library, which made the link.
"""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit

SECRET = "synthetic"


def refusal_of(
    method: str, url: str, headers: Mapping[str, str], content: bytes, *, now: dt.datetime
) -> tuple[int, str] | None:
    """Status and code with which S3 would refuse this request; None if it would take it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    sent = {name.lower(): value for name, value in headers.items()} | {"host": parts.netloc}
    if method == "PUT":
        sent["content-length"] = str(len(content))
    made_at = dt.datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    if now >= made_at + dt.timedelta(seconds=int(query["X-Amz-Expires"])):
        return 403, "AccessDenied"
    given = query.pop("X-Amz-Signature")
    if not hmac.compare_digest(_signature(method, parts.path, query, sent), given):
        return 403, "SignatureDoesNotMatch"
    checksum = sent.get("x-amz-checksum-sha256")
    if checksum is not None and checksum != base64.b64encode(hashlib.sha256(content).digest()).decode():
        return 400, "BadDigest"
    return None


def _signature(method: str, path: str, query: Mapping[str, str], sent: Mapping[str, str]) -> str:
    names = query["X-Amz-SignedHeaders"].split(";")
    told = "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query))
    headers = "".join(f"{name}:{sent.get(name, '')}\n" for name in names)
    canonical = "\n".join([method, path, told, headers, ";".join(names), "UNSIGNED-PAYLOAD"])
    _, day, region, service, ending = query["X-Amz-Credential"].split("/")
    scope = f"{day}/{region}/{service}/{ending}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", query["X-Amz-Date"], scope, digest])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, service, ending):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

"""Requests to API Gateway, signed with the AWS credentials of the environment."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from campaign_orchestrator.command_line.failures import NotAsked

SERVICE = "execute-api"
ADDRESS_OF_AWS = ".amazonaws.com"


def is_of_aws(url: str) -> bool:
    """Whether the address is API Gateway's own, where the service's template asks for a signature."""
    return (urlsplit(url).hostname or "").endswith((ADDRESS_OF_AWS, f"{ADDRESS_OF_AWS}.cn"))


def signed_headers(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, str]:
    """The headers, with a signature (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).

    Raises:
        NotAsked: there are no credentials, or no region.
    """
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session

    session = Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise NotAsked("there are no AWS credentials to sign with", cause="credentials")
    region = os.environ.get("AWS_REGION") or _region_in(url) or session.get_config_variable("region")
    if not region:
        raise NotAsked("there is no AWS region to sign for; set AWS_REGION", cause="region")
    request = AWSRequest(method=method, url=url, data=body or b"", headers=dict(headers))
    SigV4Auth(credentials.get_frozen_credentials(), SERVICE, region).add_auth(request)
    return dict(request.headers.items())


def _region_in(url: str) -> str | None:
    """``https://ID.execute-api.REGION.amazonaws.com/STAGE``."""
    parts = (urlsplit(url).hostname or "").split(".")
    return parts[2] if len(parts) > 3 and parts[1] == SERVICE else None

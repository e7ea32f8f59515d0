"""Chooses how a service is asked: directly, where that is certain to do what the client library would do."""

import os
from collections.abc import Mapping
from typing import Any, Final

from orchestrator_adapters.aws.clients import CONNECT_SECONDS, READ_SECONDS, AwsSettings, make_client
from orchestrator_adapters.aws.service_addresses import known_address

NEEDED: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
DECIDING: Final = frozenset(
    {
        "ALL_PROXY", "AWS_AUTH_SCHEME_PREFERENCE", "AWS_CREDENTIAL_EXPIRATION", "AWS_CSM_ENABLED", "AWS_DATA_PATH",
        "AWS_DEFAULT_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE", "AWS_SECURITY_TOKEN",
        "AWS_SIGV4A_SIGNING_REGION_SET", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT",
        "BOTOCORE_EXPERIMENTAL__PLUGINS", "HTTPS_PROXY", "HTTP_PROXY",
    }
)  # fmt: skip
"""Variables by which the client library goes another way, or signs otherwise; in capital letters."""
AUTHORITIES: Final = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
"""The first that is set names the list of those who are trusted in place of the usual ones."""
OF_A_SERVICE: Final = ("AWS_ENDPOINT_URL_", "AWS_BEARER_TOKEN_")
"""How the names of variables begin that say it of one service."""
ADDRESS: Final = "AWS_ENDPOINT_URL"
FILES: Final = (
    ("AWS_CONFIG_FILE", "~/.aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ("AWS_DATA_PATH", "~/.aws/models"),
)
"""What may say all of that too, if it is there: at the variable's path, or where it usually is."""


def make_client_of_calls(
    service: str,
    settings: AwsSettings,
    *,
    read_seconds: float = READ_SECONDS,
    environment: Mapping[str, str] = os.environ,
) -> Any:
    """A client with the calls that requests need: a direct one, or botocore's.

    In a Lambda function, whose credentials are in its environment, it is a direct one: nothing of botocore is
    imported.
    """
    authorities = next((environment[name] for name in AUTHORITIES if name in environment), None)
    address = known_address(
        service, region=settings.region, endpoint_url=settings.endpoint_url, authorities=authorities
    )
    has_endpoint_url = settings.endpoint_url is not None
    if address is None or not _is_plain(environment, authorities, has_endpoint_url=has_endpoint_url):
        return make_client(service, settings, read_seconds=read_seconds)
    from orchestrator_adapters.aws import direct_client
    from orchestrator_adapters.aws.kept_connections import KeptConnections

    classes: dict[str, type[direct_client.DirectClient]] = {
        "stepfunctions": direct_client.StepFunctionsClient,
        "lambda": direct_client.LambdaClient,
        "events": direct_client.EventBridgeClient,
        "secretsmanager": direct_client.SecretsManagerClient,
    }
    return classes[service](
        region=settings.region,
        connections=KeptConnections(address=address, connect_seconds=CONNECT_SECONDS, read_seconds=read_seconds),
        environment=environment,
    )


def _is_plain(environment: Mapping[str, str], authorities: str | None, *, has_endpoint_url: bool) -> bool:
    """Whether nothing is said to the client library but credentials, and whom to trust."""
    if not all(environment.get(name) for name in NEEDED):
        return False
    if authorities is not None and not os.path.isfile(authorities):
        return False
    names = {name.upper() for name in environment}
    if names & DECIDING or any(name.startswith(OF_A_SERVICE) for name in names):
        return False
    if ADDRESS in names and not has_endpoint_url:
        return False
    return not any(_is_there(environment.get(name, usual)) for name, usual in FILES)


def _is_there(path: str) -> bool:
    """As the client library looks, which finds nothing where there is no home or none that may be entered."""
    return os.path.exists(os.path.expanduser(os.path.expandvars(path)))

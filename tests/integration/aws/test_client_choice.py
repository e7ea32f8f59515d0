"""A service is asked directly only where the client library would go the same way."""

import re
from pathlib import Path
from typing import Any

import botocore.configprovider
import pytest
from botocore.session import Session

from orchestrator_adapters.aws.client_choice import make_client_of_calls
from orchestrator_adapters.aws.clients import AwsSettings
from orchestrator_adapters.aws.direct_client import DirectClient
from orchestrator_adapters.aws.service_addresses import PREFIXES, known_address

HERE = AwsSettings(region="eu-central-1")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
OF_LAMBDA = {
    "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_SESSION_TOKEN": "token",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13", "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000", "_X_AMZN_TRACE_ID": "Root=1", "LAMBDA_TASK_ROOT": "/var/task",
}  # fmt: skip
DECIDING = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SFN",
    "AWS_SIGV4A_SIGNING_REGION_SET", "AWS_AUTH_SCHEME_PREFERENCE", "AWS_BEARER_TOKEN_LAMBDA", "AWS_DATA_PATH",
    "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_CSM_ENABLED", "BOTOCORE_EXPERIMENTAL__PLUGINS",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "Https_Proxy",
)  # fmt: skip
WITHOUT_EFFECT = {
    "AWS_ACCOUNT_ID_ENDPOINT_MODE", "AWS_CSM_CLIENT_ID", "AWS_CSM_HOST", "AWS_CSM_PORT", "AWS_DEFAULT_REGION",
    "AWS_DEFAULTS_MODE", "AWS_DISABLE_HOST_PREFIX_INJECTION", "AWS_DISABLE_REQUEST_COMPRESSION",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_EC2_METADATA_V1_DISABLED",
    "AWS_ENDPOINT_DISCOVERY_ENABLED", "AWS_IMDS_USE_IPV6", "AWS_MAX_ATTEMPTS", "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "AWS_METADATA_SERVICE_TIMEOUT", "AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
    "AWS_RESPONSE_CHECKSUM_VALIDATION", "AWS_RETRY_MODE", "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH",
    "AWS_SDK_UA_APP_ID", "AWS_STS_REGIONAL_ENDPOINTS", "BOTOCORE_TCP_KEEPALIVE",
}  # fmt: skip
"""Of other services or ways to get credentials, or given by us in any case."""
CHOSEN_BY_PATH = {"AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}


def is_direct(environment: dict[str, str], settings: AwsSettings = HERE, service: str = "lambda") -> bool:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CA_BUNDLE"):
            patch.delenv(name, raising=False)  # which a client of botocore would find in its own process
        client = make_client_of_calls(service, settings, environment=environment)
    return isinstance(client, DirectClient)


@pytest.fixture(autouse=True)
def nothing_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_who_has_no_home_is_answered_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container whose user is in no list of users: the client library finds no files there, and goes on."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert is_direct(CREDENTIALS)


@pytest.mark.parametrize("name", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"])
def test_a_path_that_cannot_be_looked_at_is_no_defect(name: str) -> None:
    assert is_direct(CREDENTIALS | {name: "/" + "x" * 300}) is (name != "AWS_CA_BUNDLE")


def test_variables_in_a_path_are_what_they_stand_for(
    nothing_at_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the client library reads it; Lambda hands it on as it was written."""
    (nothing_at_home / "aws.cfg").write_text("[default]\nuse_fips_endpoint = true\n")
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(nothing_at_home))
    assert not is_direct(CREDENTIALS | {"AWS_CONFIG_FILE": "$LAMBDA_TASK_ROOT/aws.cfg"})


@pytest.mark.parametrize("service", sorted(PREFIXES))
def test_in_a_lambda_function_it_is_asked_directly(service: str) -> None:
    assert is_direct(CREDENTIALS | OF_LAMBDA, service=service)


@pytest.mark.parametrize("name", sorted(CREDENTIALS))
@pytest.mark.parametrize("value", [None, ""])
def test_without_credentials_in_the_environment_the_library_looks_for_them(name: str, value: str | None) -> None:
    others = {other: CREDENTIALS[other] for other in CREDENTIALS if other != name}
    assert not is_direct(others | ({} if value is None else {name: value}))


@pytest.mark.parametrize("name", DECIDING)
def test_a_variable_that_sends_the_library_another_way_is_left_to_it(name: str) -> None:
    for value in ("false", ""):
        assert not is_direct(CREDENTIALS | OF_LAMBDA | {name: value})


def test_every_variable_that_the_library_knows_is_thought_of() -> None:
    known = {
        name
        for _, names, _, _ in botocore.configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
        for name in ([names] if isinstance(names, str) else names or [])
    }
    assert known - set(DECIDING) - WITHOUT_EFFECT == CHOSEN_BY_PATH
    assert WITHOUT_EFFECT - known == set()


@pytest.mark.parametrize("path", ["config", "credentials", "models"])
def test_files_of_the_library_at_home_are_left_to_it(path: str, nothing_at_home: Path) -> None:
    (nothing_at_home / ".aws").mkdir()
    assert is_direct(CREDENTIALS)
    (nothing_at_home / ".aws" / path).touch()
    assert not is_direct(CREDENTIALS)


@pytest.mark.parametrize("name", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_files_of_the_library_elsewhere_are_left_to_it(name: str, tmp_path: Path) -> None:
    assert is_direct(CREDENTIALS | {name: str(tmp_path / "nothing")})
    (tmp_path / "something").touch()
    assert not is_direct(CREDENTIALS | {name: str(tmp_path / "something")})


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_list_of_authorities_is_taken_and_what_is_none_is_left_to_the_library(name: str, tmp_path: Path) -> None:
    (tmp_path / "list.pem").touch()
    assert is_direct(CREDENTIALS | {name: str(tmp_path / "list.pem")})
    for other in ("", str(tmp_path), str(tmp_path / "nothing")):
        assert not is_direct(CREDENTIALS | {name: other})


def test_the_list_of_aws_comes_before_that_of_others(tmp_path: Path) -> None:
    (tmp_path / "aws.pem").touch()
    variables = {"AWS_CA_BUNDLE": str(tmp_path / "aws.pem"), "REQUESTS_CA_BUNDLE": "/nonexistent"}
    client: Any = make_client_of_calls("lambda", HERE, environment=CREDENTIALS | variables)
    assert client.connections.address.authorities == variables["AWS_CA_BUNDLE"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566/path",
        "http://user@host",
        "http://[::1]:4566",
        "http://h\u00f6st",
        "https://host?query",
    ],
)
def test_an_address_of_another_form_is_left_to_the_library(url: str) -> None:
    assert is_direct(CREDENTIALS, AwsSettings(region="eu-central-1", endpoint_url="http://127.0.0.1:4566/"))
    assert known_address("lambda", region="eu-central-1", endpoint_url=url) is None


def test_an_address_of_its_own_comes_before_that_of_the_environment() -> None:
    where = AwsSettings(region="eu-central-1", endpoint_url="http://127.0.0.1:4566")
    assert is_direct(CREDENTIALS | {"AWS_ENDPOINT_URL": "http://other"}, where)


def test_every_known_address_is_the_library_s() -> None:
    session, directly = Session(), set()
    for partition in session.get_available_partitions():
        regions = {
            region
            for prefix in PREFIXES.values()
            for region in session.get_available_regions(prefix, partition, allow_non_regional=True)
        }
        regions |= set(session.get_available_regions("ec2", partition))
        for region in regions:
            for service in PREFIXES:
                ours = known_address(service, region=region, endpoint_url=None)
                if ours is not None:
                    directly.add(partition)
                    assert f"https://{ours.name}" == of_the_library(session, service, region)
    assert directly == {"aws", "aws-cn"}
    assert known_address("lambda", region="us-gov-west-1", endpoint_url=None) is None


def of_the_library(session: Session, service: str, region: str) -> str:
    ruleset = session.get_component("data_loader").load_service_model(service, "endpoint-rule-set-1")
    from botocore.endpoint_provider import EndpointProvider

    provider = EndpointProvider(ruleset, session.get_component("data_loader").load_data("partitions"))
    found = provider.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False)
    return re.sub("/$", "", found.url)


def test_a_service_that_no_request_calls_is_left_to_the_library() -> None:
    assert not is_direct(CREDENTIALS, service="sns")

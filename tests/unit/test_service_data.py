"""botocore's descriptions of AWS, with nothing left of them but what the functions call."""

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.stub import ANY

from campaign_orchestrator.local.service_code import deployed_packages
from service_data import called_operations, trim, trimmed_model

WHOLE = Path(botocore.__file__).parent / "data"
NOT_DEPLOYED = {"local", "command_line", "doctor"}
OF_THE_DOCTOR = {"describe_state_machine", "get_function_configuration", "simulate_principal_policy"}
PARAMETERS: dict[str, dict[str, Any]] = {
    "DescribeContact": {"InstanceId": "i", "ContactId": "c"},
    "StartOutboundVoiceContact": {"DestinationPhoneNumber": "n", "ContactFlowId": "f", "InstanceId": "i"},
    "StopContact": {"ContactId": "c", "InstanceId": "i"},
    "PutEvents": {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}"}]},
    "Invoke": {"FunctionName": "f", "InvocationType": "Event", "Payload": b"{}"},
    "GetSecretValue": {"SecretId": "s"},
    "Publish": {
        "TopicArn": "t",
        "Message": "m",
        "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}},
    },
    "DescribeExecution": {"executionArn": "a"},
    "DescribeStateMachine": {"stateMachineArn": "a", "includedData": "METADATA_ONLY"},
    "ListExecutions": {"stateMachineArn": "a", "maxResults": 10},
    "StartExecution": {"stateMachineArn": "a", "name": "n", "input": "{}"},
    "StopExecution": {"executionArn": "a", "error": "e", "cause": "c"},
}
REGIONS = ("eu-central-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1")


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("botocore") / "data"
    for name in called_operations():
        shutil.copytree(WHOLE / name, target / name)
    (target / "s3").mkdir()
    for path in WHOLE.glob("*.json"):
        shutil.copy(path, target)
    trim(target, called_operations())
    return target


def clients(data: Path, region: str) -> Iterator[tuple[str, Any]]:
    for service in called_operations():
        session = botocore.session.Session()
        session.register_component("data_loader", Loader([str(data)], include_default_search_paths=False))
        yield (
            service,
            session.create_client(service, region, aws_access_key_id="a", aws_secret_access_key="b"),
        )


def requests(data: Path, region: str) -> dict[str, Any]:
    """What would be sent for each operation."""
    sent: dict[str, Any] = {}
    for service, client in clients(data, region):
        for operation in called_operations()[service]:
            model = client.meta.service_model.operation_model(operation)
            request = client._convert_to_request_dict(
                PARAMETERS[operation], model, client.meta.endpoint_url, context={"client_region": region}
            )
            sent[operation] = {
                name: request[name] for name in ("url_path", "query_string", "method", "headers", "body")
            }
            sent[operation]["headers"] = dict(request["headers"]) | {"User-Agent": ANY}
            sent[operation]["address"] = client.meta.endpoint_url
            sent[operation]["answer"] = sorted(model.output_shape.members) if model.output_shape else []
            sent[operation]["errors"] = sorted(error.name for error in model.error_shapes)
    return sent


@pytest.mark.parametrize("region", REGIONS)
def test_every_request_is_as_with_all_of_it(trimmed: Path, region: str) -> None:
    assert requests(trimmed, region) == requests(WHOLE, region)


def test_little_is_left(trimmed: Path) -> None:
    assert {path.name for path in trimmed.iterdir() if path.is_dir()} == set(called_operations())
    assert sum(path.stat().st_size for path in trimmed.rglob("*.json")) < 200_000


def test_the_installed_data_is_not_touched(trimmed: Path) -> None:
    assert json.loads((WHOLE / "endpoints.json").read_text()) != json.loads(
        (trimmed / "endpoints.json").read_text()
    )


def test_an_operation_that_does_not_exist_is_told() -> None:
    with pytest.raises(KeyError, match="Envoke"):
        trimmed_model({"operations": {}, "shapes": {}}, ["Envoke"])


def test_the_operations_are_those_that_the_functions_call() -> None:
    named = {_snake(name) for operations in called_operations().values() for name in operations}
    assert named == _called() - OF_THE_DOCTOR | {"describe_state_machine"}


def _called() -> set[str]:
    """The methods called on ``client.get()``, ``calls.get()`` and ``client``."""
    called: set[str] = set()
    for package in deployed_packages():
        for path in package.rglob("*.py"):
            if NOT_DEPLOYED & set(path.relative_to(package).parts):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    on = ast.unparse(node.func.value)
                    if re.search(r"client(\.get\(\))?$|calls\.get\(\)$", on):
                        called.add(node.func.attr)
    return called - {
        "get",
        "within",
        "close",
        "pipeline",
        "invoke_and_wait",
        "get_primaries",
        "create_client",
        "info",
        "scan_iter",
    }


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()

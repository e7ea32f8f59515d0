"""What an operator has to know of a state machine, of functions and of a role. Nothing here starts anything."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar

from attrs import frozen

from orchestrator_adapters.aws.call_outcome import failed_call
from orchestrator_adapters.aws.clients import LazyClient

Result = TypeVar("Result")


class AwsCallFailed(RuntimeError):
    """A call has failed. ``code``: AWS's own, or our word where it gave no answer."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@frozen(kw_only=True)
class MachineFacts:
    """A state machine. ``at``: AWS's clock, to the second; None when it told none."""

    type: str
    status: str
    at: datetime | None


@frozen(kw_only=True)
class FunctionFacts:
    """A function. ``last_update``: what became of its latest change."""

    arn: str
    state: str
    last_update: str
    role_arn: str
    timeout_seconds: int
    variables: Mapping[str, str]


def machine_facts(client: LazyClient, state_machine_arn: str) -> MachineFacts:
    """Describe the state machine. Raises AwsCallFailed."""
    told = _called(
        lambda: client.get().describe_state_machine(stateMachineArn=state_machine_arn, includedData="METADATA_ONLY")
    )
    date = told.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return MachineFacts(
        type=told["type"], status=told.get("status", "ACTIVE"), at=parsedate_to_datetime(date) if date else None
    )


def require_invocable(client: LazyClient, function_name: str) -> None:
    """Ask whether these credentials may invoke the function, without invoking it. Raises AwsCallFailed.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (InvocationType DryRun)
    """
    _called(lambda: client.get().invoke(FunctionName=function_name, InvocationType="DryRun"))


def function_facts(client: LazyClient, function_name: str) -> FunctionFacts:
    """Describe the function. Raises AwsCallFailed."""
    told = _called(lambda: client.get().get_function_configuration(FunctionName=function_name))
    return FunctionFacts(
        arn=told["FunctionArn"],
        state=told.get("State", "Active"),
        last_update=told.get("LastUpdateStatus", "Successful"),
        role_arn=told["Role"],
        timeout_seconds=int(told["Timeout"]),
        variables=dict(told.get("Environment", {}).get("Variables", {})),
    )


def missing_rights(client: LazyClient, role_arn: str, rights: Sequence[tuple[str, str]]) -> Sequence[str]:
    """Those of the rights (action, resource) that the role's policies do not give. Raises AwsCallFailed.

    The simulator knows the role's own policies and its boundary, and no policies of the resources.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    missing = []
    for action, resource in rights:
        asked = {"PolicySourceArn": role_arn, "ActionNames": [action], "ResourceArns": [resource]}
        told = _called(partial(_simulated, client, asked))
        if any(one["EvalDecision"] != "allowed" for one in told["EvaluationResults"]):
            missing.append(action)
    return missing


def _simulated(client: LazyClient, asked: Mapping[str, Any]) -> Any:
    return client.get().simulate_principal_policy(**asked)


def _called(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        raise AwsCallFailed(failed_call(error).code) from None

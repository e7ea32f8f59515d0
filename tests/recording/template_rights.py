"""The functions of deploy/template.yaml and their roles, with every name in its place."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from campaign_orchestrator.local.localstack_server import ACCOUNT, REGION
from campaign_orchestrator.local.service_template import read_template

SERVICE: Final = "recorded"
TRUE_CONDITIONS: Final = frozenset({"HasRedisSecret", "IsInVpc", "IsTraced"})
PSEUDO: Final = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::NoValue": None}
HERE: Final = Path(__file__).parent
OPERATIONS: Final[Mapping[str, Any]] = json.loads((HERE / "iam_actions.json").read_text())["operations"]
OF_THE_PLATFORM: Final[Sequence[Mapping[str, Any]]] = json.loads(
    (HERE / "rights_of_the_platform.json").read_text()
)["rights"]
EVERYTHING: Final = "*"


@frozen(kw_only=True)
class Right:
    """One action on one resource, of a statement that allows or denies it. A resource may be a pattern."""

    sid: str
    action: str
    resource: str


@frozen(kw_only=True)
class Needed:
    """What IAM is asked for one call. ``resource``: None where AWS takes none."""

    action: str
    resource: str | None

    @classmethod
    def of(cls, call: Mapping[str, Any]) -> "list[Needed]":
        """One for each resource. Raises KeyError: the operation is in no row of iam_actions.json."""
        name = f"{call['service']}.{call['operation']}"
        if name == "sns.Publish":
            name += " to a topic" if "TopicArn" in call["parameters"] else " to a telephone"
        row = OPERATIONS[name]
        return [
            cls(action=row["action"], resource=None if one is None else one.format_map(call["parameters"]))
            for one in row["resources"]
        ]

    def is_in(self, right: Right) -> bool:
        if self.action != right.action:
            return False
        return right.resource == EVERYTHING or (
            self.resource is not None and fnmatchcase(self.resource, right.resource)
        )


@define
class TemplateOfAFunction:
    """``parameters``: the stack's, in place of its defaults."""

    parameters: Mapping[str, str]
    _template: Mapping[str, Any] = field(factory=read_template)

    def functions(self) -> list[str]:
        """The logical names of all functions."""
        resources = self._template["Resources"]
        return [name for name, one in resources.items() if one["Type"] == "AWS::Lambda::Function"]

    def handler(self, function: str) -> str:
        return str(self._properties(function)["Handler"])

    def variables(self, function: str) -> dict[str, str]:
        """The function's environment."""
        told = self._properties(function)["Environment"]["Variables"]
        return {name: str(value) for name, value in told.items() if value is not None}

    def rights(self, function: str, effect: str = "Allow") -> list[Right]:
        """What the function's role is allowed, or denied."""
        role = self._template["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"][0]
        return [right for policy in self._properties(role)["Policies"] for right in _rights_in(policy, effect)]

    def _properties(self, resource: str) -> Mapping[str, Any]:
        read: Mapping[str, Any] = self._resolved(self._template["Resources"][resource]["Properties"])
        return read

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((kind, told),) = value.items()
            if kind == "Ref":
                return self._reference(told)
            if kind == "Fn::GetAtt":
                return self._arn(told[0])
            if kind == "Fn::Sub":
                return re.sub(r"\$\{([\w:]+)\}", lambda found: str(self._reference(found[1])), told)
            if kind == "Fn::If":
                return self._resolved(told[1 if told[0] in TRUE_CONDITIONS else 2])
        return {name: self._resolved(one) for name, one in value.items()}

    def _reference(self, name: str) -> Any:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        if name in self._template["Parameters"]:
            return self._template["Parameters"][name].get("Default")
        resource = self._template["Resources"][name]
        return (
            self._properties(name)["FunctionName"]
            if resource["Type"] == "AWS::Lambda::Function"
            else self._arn(name)
        )

    def _arn(self, name: str) -> str:
        """Those of queues have the logical name, because nothing is sent to them here."""
        kind, properties = (
            self._template["Resources"][name]["Type"],
            self._template["Resources"][name]["Properties"],
        )
        named = {
            "AWS::Lambda::Function": ("lambda", "function:", "FunctionName"),
            "AWS::Serverless::StateMachine": ("states", "stateMachine:", "Name"),
            "AWS::SNS::Topic": ("sns", "", "TopicName"),
        }
        if kind in named:
            service, before, property_name = named[kind]
            return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{before}{self._resolved(properties[property_name])}"
        service = {"AWS::SQS::Queue": "sqs"}.get(kind, "other")
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def is_of_the_platform(function: str, right: Right) -> bool:
    """Whether it is Lambda itself that needs the right."""
    return any(is_for(one, function, right) for one in OF_THE_PLATFORM)


def is_for(row: Mapping[str, Any], function: str, right: Right) -> bool:
    """Whether a row of rights_of_the_platform.json speaks of the right."""
    return (
        fnmatchcase(function, row["functions"])
        and right.action in row["actions"]
        and fnmatchcase(right.resource, row["resource"])
    )


def _rights_in(policy: Mapping[str, Any] | None, effect: str) -> Iterator[Right]:
    for statement in (policy or {"PolicyDocument": {"Statement": []}})["PolicyDocument"]["Statement"]:
        if statement["Effect"] != effect:
            continue
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Right(sid=statement["Sid"], action=action, resource=resource)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

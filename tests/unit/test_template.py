"""What the template promises before anything of it is deployed: rights, shares, retention, who may knock."""

from typing import Any

import pytest

from asking.orchestra import IN_MEMORY
from campaign_orchestrator.local.service_template import (
    TEMPLATE,
    deploy_folder,
    read_template,
    self_contained_template,
)
from campaign_orchestrator.settings import HTTP_AUTHORIZATIONS
from campaign_orchestrator.settings_sources import settings_sources
from orchestrator_domain import budgets

RESOURCES: dict[str, Any] = read_template()["Resources"]
CALLS_OF_THE_ORCHESTRATOR = {
    "states:StartExecution",
    "states:ListExecutions",
    "states:DescribeStateMachine",
    "states:DescribeExecution",
    "states:StopExecution",
    "lambda:InvokeFunction",
    "secretsmanager:GetSecretValue",
}
CALLS_OF_LAMBDA_FOR_IT = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:SendMessage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}


TASKS = {"ValidationFunction", "DispatchFunction", "MonitorFunction", "ReportFunction"}
"""The state machine calls them, and tries again by itself."""
CLAIM_WINDOW_SECONDS = 360


def of_type(kind: str) -> dict[str, Any]:
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


def statements(role: dict[str, Any], *, in_vpc: bool) -> list[dict[str, Any]]:
    policies = [
        policy["Fn::If"][1 if in_vpc else 2] if "Fn::If" in policy else policy
        for policy in role.get("Policies", [])
    ]
    return [one for policy in policies if "PolicyName" in policy for one in policy["PolicyDocument"]["Statement"]]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


SEND_TEXTS = {"SmsDispatcherRole", "TextDuringCallRole"}


def test_nothing_is_allowed_on_everything_but_network_interfaces_and_telephone_numbers() -> None:
    wide = {
        (name, action)
        for name, role in of_type("AWS::IAM::Role").items()
        for statement in statements(role, in_vpc=True)
        for action in listed(statement["Action"])
        if statement["Effect"] == "Allow" and ("*" in action or statement["Resource"] == "*")
    }
    assert {name for name, action in wide if action == "sns:Publish"} == SEND_TEXTS
    assert {name for name, action in wide if action.startswith("xray:Put")} == {"OrchestratorRole"}
    others = {action for _, action in wide if not action.startswith(("sns:Publish", "xray:Put"))}
    assert {action.split(":")[0] for action in others} == {"ec2"}
    assert all("NetworkInterface" in action or action.endswith(("Subnets", "Addresses")) for action in others)


@pytest.mark.parametrize("role", sorted(SEND_TEXTS))
def test_whoever_sends_texts_may_publish_to_no_topic(role: str) -> None:
    own = statements(of_type("AWS::IAM::Role")[role], in_vpc=False)
    (denied,) = (one for one in own if one["Effect"] == "Deny")
    assert (denied["Action"], denied["Resource"]) == (
        "sns:Publish",
        {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"},
    )


def test_the_orchestrator_may_do_what_it_does_and_no_more() -> None:
    own = statements(of_type("AWS::IAM::Role")["OrchestratorRole"], in_vpc=False)
    allowed = {action for one in own if one["Effect"] == "Allow" for action in listed(one["Action"])}
    denied = {action for one in own if one["Effect"] == "Deny" for action in listed(one["Action"])}
    assert allowed == CALLS_OF_THE_ORCHESTRATOR | CALLS_OF_LAMBDA_FOR_IT
    assert {"states:RedriveExecution", "states:UpdateStateMachine", "iam:PassRole"} <= denied


def test_every_function_has_a_role_a_share_a_log_that_ends_and_a_fate_for_what_fails() -> None:
    functions = of_type("AWS::Lambda::Function")
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions.values()]
    assert len(set(roles)) == len(functions) == 8
    groups = of_type("AWS::Logs::LogGroup")
    fates = {one["FunctionName"]["Ref"]: one for one in of_type("AWS::Lambda::EventInvokeConfig").values()}
    for name, function in functions.items():
        assert "Ref" in function["ReservedConcurrentExecutions"]
        assert "RetentionInDays" in groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        if name not in TASKS:
            assert "MaximumEventAgeInSeconds" in fates[name]
            assert "OnFailure" in fates[name]["DestinationConfig"]
    assert fates["SmsDispatcherFunction"]["MaximumEventAgeInSeconds"] < CLAIM_WINDOW_SECONDS


def test_only_services_of_this_account_may_invoke() -> None:
    permissions = of_type("AWS::Lambda::Permission")
    assert len(permissions) == 5
    for permission in permissions.values():
        assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
        assert permission["SourceArn"]
    assert not of_type("AWS::Lambda::Url")


def test_every_request_is_signed_and_comes_as_a_gateway_s_event_and_not_as_its_body() -> None:
    (api,) = of_type("AWS::Serverless::Api").values()
    assert api["Auth"]["DefaultAuthorizer"] == "AWS_IAM"
    paths = read_template("openapi.yaml")["paths"]
    integrations = [
        method["x-amazon-apigateway-integration"]["type"]
        for path in paths.values()
        for method in path.values()
        if isinstance(method, dict)
    ]
    assert set(integrations) == {"aws_proxy"}
    assert len(integrations) >= 20


def test_every_rule_of_who_may_do_what_is_a_parameter_with_the_function_s_own_default() -> None:
    parameters = read_template()["Parameters"]
    variables = RESOURCES["OrchestratorFunction"]["Properties"]["Environment"]["Variables"]
    given = {name: parameters[one["Ref"]]["Default"] for name, one in variables.items() if name.startswith("HTTP_")}
    defaults = {one.name: one.value for one in settings_sources(IN_MEMORY).settings if one.name.startswith("HTTP_")}
    assert given == defaults
    assert parameters["HttpAuthorization"]["AllowedValues"] == list(HTTP_AUTHORIZATIONS)


def test_no_secret_is_a_parameter() -> None:
    assert not [name for name in read_template()["Parameters"] if "Password" in name]
    for name, function in of_type("AWS::Lambda::Function").items():
        variables, whose = (
            function["Environment"]["Variables"],
            "" if name == "OrchestratorFunction" else "Dispatcher",
        )
        assert variables["DB_USER"] == {"Ref": f"{whose}DatabaseUser"}
        assert variables["DB_PASSWORD_SECRET_ARN"] == {"Ref": f"{whose}DatabaseSecretArn"}
        assert not {"DB_PASSWORD", "REDIS_PASSWORD"} & set(variables)


def test_a_queued_command_outlives_its_invocation() -> None:
    timeout = of_type("AWS::Lambda::Function")["OrchestratorFunction"]["Timeout"]
    assert of_type("AWS::SQS::Queue")["CommandQueue"]["VisibilityTimeout"] >= 6 * timeout
    assert timeout < 29


def test_an_invocation_has_the_time_to_look_at_a_full_pool_before_it_refuses_a_start() -> None:
    timeout = of_type("AWS::Lambda::Function")["OrchestratorFunction"]["Timeout"]
    assert timeout > budgets.BEFORE_ADMISSION_SECONDS + budgets.BEFORE_DISPATCH_SECONDS


@pytest.mark.parametrize("alarm", sorted(of_type("AWS::CloudWatch::Alarm")))
def test_every_alarm_is_on_the_dashboard_and_tells_somebody(alarm: str) -> None:
    assert (
        f"${{{alarm}.Arn}}" in of_type("AWS::CloudWatch::Dashboard")["ServiceDashboard"]["DashboardBody"]["Fn::Sub"]
    )
    assert of_type("AWS::CloudWatch::Alarm")[alarm]["AlarmActions"]["Fn::If"][0] == "HasAlarmTopic"


def test_the_self_contained_template_names_no_other_file() -> None:
    whole = self_contained_template()
    assert "AWS::Include" not in whole
    assert "DefinitionUri" not in whole
    assert "/campaigns/{campaignId}/start" in whole
    assert (deploy_folder() / TEMPLATE).stat().st_size < len(whole)

"""Every way into the stack, from outside: real invocations of what its template has deployed."""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from serving.deployed import RECONCILE_RULE
from serving.stack import Stack


def test_a_campaign_is_run_over_http(stack: Stack) -> None:
    campaign = stack.put_campaign("voice")
    key = {"Idempotency-Key": "first"}
    status, started = stack.http("POST", f"/campaigns/{campaign}/start", headers=key)
    assert (status, started["success"]) == (200, True)
    assert stack.execution_of(started) == "RUNNING"
    assert stack.http("POST", f"/campaigns/{campaign}/start", headers=key) == (200, started)
    assert stack.http("POST", f"/campaigns/{campaign}/start")[0] == 409
    assert stack.http("GET", "/status")[1]["pools"]["voice"]["activeCampaignIds"] == [campaign]
    stack.wait_until_calling(campaign)
    assert stack.http("POST", f"/campaigns/{campaign}/pause")[0] == 202
    stack.hang_up(campaign)
    assert stack.http("POST", f"/campaigns/{campaign}/pause")[0] == 200
    assert stack.http("POST", f"/campaigns/{campaign}/resume")[1]["runNumber"] == 2
    assert stack.http("POST", f"/campaigns/{campaign}/stop")[0] in (200, 202)
    assert stack.http("GET", f"/campaigns/{campaign}")[1]["status"] == "cancelled"
    history = stack.http("GET", f"/campaigns/{campaign}/history")[1]["history"]
    assert {entry["source"] for entry in history if entry["kind"].endswith(("admitted", "requested"))} == {"http"}
    assert stack.http("GET", "/campaigns/nobody")[0] == 404


def test_every_method_of_the_api_wants_a_signed_request(stack: Stack) -> None:
    processed = stack.aws.client("cloudformation").get_template(
        StackName="campaign-orchestrator", TemplateStage="Processed"
    )
    template = processed["TemplateBody"]
    resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
    (api,) = (one for one in resources.values() if one["Type"] == "AWS::ApiGateway::RestApi")
    methods = [
        (path, name, method)
        for path, item in api["Properties"]["Body"]["paths"].items()
        for name, method in item.items()
        if name != "parameters"
    ]
    assert len(methods) > 9
    assert [(path, name) for path, name, method in methods if method.get("security") != [{"AWS_IAM": []}]] == []


def test_of_ten_asynchronous_starts_exactly_the_limit_lives(stack: Stack) -> None:
    """The specification's test: for i in {1..10}, --invocation-type Event."""
    voice = [stack.put_campaign("voice") for _ in range(10)]
    before = len(stack.log("END RequestId:"))
    for campaign in voice:
        stack.send_and_forget({"campaignId": campaign, "action": "start"})
    stack.wait_until(lambda: len(stack.log("END RequestId:")) >= before + 10, what="ten invocations")
    pools = stack.ask("status")["pools"]
    live = set(pools["voice"]["activeCampaignIds"])
    assert (pools["voice"]["active"], pools["sms"]["active"]) == (5, 0)
    assert live == stack.live("voice") == stack.members("voice")
    assert live < set(voice)
    running = [name for name, status in stack.executions().items() if status == "RUNNING"]
    assert {name.rsplit("-", 2)[0] for name in running} == live
    assert len(running) == 5
    assert Counter(stack.status_of(campaign) for campaign in voice) == {"active": 5, "draft": 5}


@pytest.mark.parametrize(("calls_at_once", "status"), [(1, "completed"), (0, "failed")])
def test_the_end_of_an_execution_comes_by_eventbridge(stack: Stack, calls_at_once: int, status: str) -> None:
    campaign = stack.put_campaign("voice", variables={"callSeconds": 1}, callsAtOnce=calls_at_once)
    assert stack.ask("start", campaign)["success"]
    stack.wait_until(lambda: stack.status_of(campaign) == status, what=status)
    assert stack.history(campaign)[-1]["source"] == "eventbridge"
    stack.wait_until(lambda: stack.members("voice") == set(), what="the slot is shown free")


def test_the_end_of_an_sms_run_comes_by_the_dispatcher_s_destination(stack: Stack) -> None:
    campaign = stack.put_campaign("sms", contacts=250)
    assert stack.ask("start", campaign)["success"]
    stack.wait_until(lambda: stack.status_of(campaign) == "completed", what="completed")
    # The dispatcher frees the slot in the database; only the orchestrator, by the destination's record, shows it.
    stack.wait_until(lambda: stack.members("sms") == set(), what="the slot is shown free")
    assert stack.ask("status", campaign)["run"]["progress"]["sent"] == 250


def test_the_schedule_s_target_reconciles(stack: Stack) -> None:
    campaign = stack.put_campaign("voice")
    started = stack.ask("start", campaign)
    stack.wait_until_calling(campaign)
    # Behind EventBridge's back: no event will tell of it.
    stack.sql("UPDATE campaigns SET status = 'cancelled' WHERE id = %s", campaign)
    stack.reconcile_as_the_schedule_does()
    stack.wait_until(lambda: stack.has_closed(started), what="the execution is stopped")
    stack.hang_up(campaign)
    rule = stack.aws.client("events").describe_rule(Name=RECONCILE_RULE)
    assert (rule["State"], rule["ScheduleExpression"]) == ("ENABLED", "rate(1 minute)")


def test_what_cannot_be_followed_up_is_tried_again_and_put_aside(
    stack: Stack, unreachable_database: Callable[[bool], None]
) -> None:
    event = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"name": "somebody-1-00000000", "status": "SUCCEEDED"},
    }
    unreachable_database(True)
    stack.send_and_forget(event)
    (record,) = stack.put_aside("UndeliveredQueueUrl", lambda body: "somebody-1-00000000" in body)
    unreachable_database(False)
    context = record["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 3)
    assert record["requestPayload"] == event
    assert record["responsePayload"]["errorType"] == "RetryWanted"


def test_the_function_s_log_has_a_line_for_each_decision_and_its_measurements(stack: Stack) -> None:
    campaign = stack.put_campaign("voice", variables={"name": "secret-variable", "callSeconds": 1})
    assert stack.ask("start", campaign, idempotencyKey="k")["success"]
    assert not stack.ask("start", campaign)["success"]

    def decisions() -> list[tuple[str, str]]:
        lines = [json.loads(line) for line in stack.log('{"level"')]
        return [(line["action"], line["outcome"]) for line in lines if line.get("campaignId") == campaign]

    wanted = {("start", "done"), ("start", "invalid_state")}
    stack.wait_until(lambda: wanted <= set(decisions()), what="both decisions are in the log")
    assert Counter(decisions())["start", "done"] == 1
    measured = [json.loads(line) for line in stack.log('{"_aws"')]
    assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in measured} == {"campaign-orchestrator"}
    assert any(line.get("Code") == "invalid_state" and line["Refusals"] == 1.0 for line in measured)
    assert any("DispatchLatency" in line and line["Pool"] == "voice" for line in measured)
    assert not [line for line in stack.log("") if "secret-variable" in line]

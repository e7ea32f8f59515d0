"""Requests to a repository, with what a test does not care about filled in."""

from itertools import count

from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand, Origin
from orchestrator_domain.decisions import AdmissionRequest, RequestKey, RunEnd, StopRequest
from orchestrator_domain.pools import Pools, ResourcePool
from orchestrator_domain.routing import Route, RoutingTable
from orchestrator_domain.run import Run, RunOutcome

ORIGIN = Origin(source="test", actor="tester", request_id="request-1", reason="because")
VOICE_LIMIT, SMS_LIMIT = 2, 3
CLAIM_WINDOW_SECONDS = 300.0
MOST_INPUT_BYTES = 10_000

ROUTES = RoutingTable.of(
    Route(campaign_type="voice", pool="voice", dispatcher="step_functions", max_input_bytes=MOST_INPUT_BYTES),
    Route(
        campaign_type="hybrid",
        pool="voice",
        dispatcher="step_functions",
        max_input_bytes=MOST_INPUT_BYTES,
        envelope={"smsActions": {"topicArn": "arn:topic", "template": "default"}},
        merged_from_config=("smsActions",),
    ),
    Route(
        campaign_type="sms",
        pool="sms",
        dispatcher="sms_function",
        max_input_bytes=MOST_INPUT_BYTES,
        envelope={"action": "dispatch", "batchSize": 100},
        claim_window_seconds=CLAIM_WINDOW_SECONDS,
    ),
)
POOLS = Pools.of(
    ResourcePool(name="voice", default_limit=VOICE_LIMIT), ResourcePool(name="sms", default_limit=SMS_LIMIT)
)
_numbers = count(1)


def unique(word: str) -> str:
    """A word that no other test has."""
    return f"{word}-{next(_numbers)}"


def run_id() -> str:
    return f"{next(_numbers):032x}"


def request_key(campaign_id: str, action: Action, key: str | None = None) -> RequestKey:
    command = ActionCommand(
        campaign_id=campaign_id, action=action, idempotency_key=key or unique("key"), origin=ORIGIN
    )
    return RequestKey(key=command.idempotency_key, content_hash=command.content_hash)


def admission(
    campaign_id: str,
    action: Action = Action.START,
    *,
    key: str | None = None,
    pools: Pools = POOLS,
    with_run_id: str | None = None,
) -> AdmissionRequest:
    return AdmissionRequest(
        campaign_id=campaign_id,
        action=action,
        key=request_key(campaign_id, action, key),
        run_id=with_run_id or run_id(),
        routes=ROUTES,
        pools=pools,
        origin=ORIGIN,
    )


def stopping(campaign_id: str, action: Action = Action.STOP, *, key: str | None = None) -> StopRequest:
    return StopRequest(
        campaign_id=campaign_id, action=action, key=request_key(campaign_id, action, key), origin=ORIGIN
    )


def end_of(
    run: Run,
    outcome: RunOutcome = RunOutcome.SUCCEEDED,
    *,
    cause: str = "it ended",
    only_if_attempts: int | None = None,
    even_if_unknown: bool = False,
) -> RunEnd:
    return RunEnd(
        identity=run.identity,
        outcome=outcome,
        cause=cause,
        origin=ORIGIN,
        only_if_attempts=only_if_attempts,
        even_if_unknown=even_if_unknown,
    )

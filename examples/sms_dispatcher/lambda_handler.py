"""The SMS dispatcher's Lambda handler: works on one run, which its event is the dispatch input of."""

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Protocol

from attrs import asdict

from campaign_contacts.database import contact_book, run_claims
from campaign_contacts.message_providers import message_provider
from orchestrator_adapters.aws.clients import AwsSettings, LazyClient, make_client
from sms_dispatcher.continuation import Continuation, LambdaContinuation
from sms_dispatcher.sms_run import Ended, Report, SmsRun

DISPATCH: Final = "dispatch"


class LambdaContext(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is ended."""


@cache
def sms_run() -> SmsRun:
    """One for the process: connections are kept between invocations."""
    return SmsRun(claims=run_claims(), book=contact_book(), provider=message_provider())


@cache
def continuation() -> Continuation:
    """Goes on in this very function."""
    where = AwsSettings(region=os.environ["AWS_REGION"], endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
    return LambdaContinuation(
        client=LazyClient(lambda: make_client("lambda", where)),
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
    )


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on the run until it ends, is stopped, or the time is over; then another invocation goes on.

    An exception makes Lambda deliver the event again, after one and two minutes: the same claimant goes on.
    """
    if event.get("action") != DISPATCH:
        return {"ended": "refused", "why": "unknown_action"}
    # What Lambda delivers again has the same request id; an invocation that goes on has the same claimant.
    claimant = event.get("claimant") or context.aws_request_id
    report = sms_run().work(
        event, claimant=claimant, seconds_left=lambda: context.get_remaining_time_in_millis() / 1000
    )
    if report.ended is Ended.OUT_OF_TIME:
        continuation().go_on({**event, "claimant": claimant})
    answer = _answer(report)
    print(json.dumps({"campaignId": event["campaignId"], "runNumber": event["runNumber"], **answer}))
    return answer


def _answer(report: Report) -> dict[str, Any]:
    totals = asdict(report.totals) if report.totals else None
    return {"ended": report.ended.value, "why": report.why, "totals": totals}

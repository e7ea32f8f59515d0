"""The handlers of the workflow's tasks. Each event has the dispatch input as ``order``."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from campaign_contacts.database import contact_book, pool, run_claims
from orchestrator_adapters.aws.clients import LazyClient, make_client
from voice_workflow.aftercare import Aftercare
from voice_workflow.call_book import CallBook
from voice_workflow.call_providers import aws_settings, call_provider
from voice_workflow.dispatch import Dispatch
from voice_workflow.monitor import Monitor
from voice_workflow.report import Report
from voice_workflow.text_requests import SnsTextRequests
from voice_workflow.validation import Validation
from voice_workflow.voice_campaign import SECONDS_OF_A_LOOK
from voice_workflow.work_order import WorkOrder


class LambdaContext(Protocol):
    """What is used of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is ended."""


@cache
def _validation() -> Validation:
    return Validation(claims=run_claims(), book=contact_book(), seconds_of_a_look=_seconds_of_a_look())


@cache
def _dispatch() -> Dispatch:
    return Dispatch(claims=run_claims(), book=contact_book(), calls=CallBook(pool()), provider=call_provider())


@cache
def _monitor() -> Monitor:
    texts = SnsTextRequests(client=LazyClient(lambda: make_client("sns", aws_settings())), pool=pool())
    return Monitor(
        claims=run_claims(),
        book=contact_book(),
        calls=CallBook(pool()),
        provider=call_provider(),
        texts=texts,
        seconds_of_a_look=_seconds_of_a_look(),
    )


def _seconds_of_a_look() -> int:
    return int(os.environ.get("SECONDS_OF_A_LOOK") or SECONDS_OF_A_LOOK)


def validation(event: Mapping[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Claim the run for the execution ``executionName``."""
    return _validation().execute(event["order"], execution_name=event["executionName"])


def dispatch(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Begin the calls of a batch."""
    return _dispatch().execute(
        WorkOrder.read(event), seconds_left=lambda: context.get_remaining_time_in_millis() / 1000
    )


def monitor(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Watch the calls of a batch."""
    return _monitor().execute(
        WorkOrder.read(event), seconds_left=lambda: context.get_remaining_time_in_millis() / 1000
    )


def aftercare(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Watch the calls of the execution that an event of EventBridge tells of."""
    return Aftercare(calls=CallBook(pool()), monitor=_monitor()).execute(
        event["detail"]["name"], seconds_left=lambda: context.get_remaining_time_in_millis() / 1000
    )


def report(event: Mapping[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Add everything up."""
    return Report(book=contact_book()).execute(WorkOrder.read(event))

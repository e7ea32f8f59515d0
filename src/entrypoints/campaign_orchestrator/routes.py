"""The pools and routes of this deployment: data, from its settings. A new type is one more route."""

from campaign_orchestrator.settings import Settings
from orchestrator_domain.pools import Pools, ResourcePool
from orchestrator_domain.routing import (
    ATTEMPT_FIELD_BYTES,
    LAMBDA_ASYNCHRONOUS_PAYLOAD_BYTES,
    STEP_FUNCTIONS_INPUT_BYTES,
    Route,
    RoutingTable,
)

STEP_FUNCTIONS = "step_functions"
SMS_FUNCTION = "sms_function"


def pools_of(settings: Settings) -> Pools:
    """The voice pool serves voice and hybrid, the SMS pool SMS."""
    return Pools.of(
        ResourcePool(name="voice", default_limit=settings.max_concurrent_voice_campaigns),
        ResourcePool(name="sms", default_limit=settings.max_concurrent_sms_campaigns),
    )


def routes_of(settings: Settings) -> RoutingTable:
    """Voice and hybrid go to the state machine, SMS to the dispatcher function."""
    return RoutingTable.of(
        Route(
            campaign_type="voice",
            pool="voice",
            dispatcher=STEP_FUNCTIONS,
            max_input_bytes=STEP_FUNCTIONS_INPUT_BYTES,
            dispatcher_reports=settings.voice_workflow_reports,
        ),
        Route(
            campaign_type="hybrid",
            pool="voice",
            dispatcher=STEP_FUNCTIONS,
            max_input_bytes=STEP_FUNCTIONS_INPUT_BYTES,
            envelope={"smsActions": {"topicArn": settings.sms_actions_topic_arn}},
            merged_from_config=("smsActions",),
            dispatcher_reports=settings.voice_workflow_reports,
        ),
        Route(
            campaign_type="sms",
            pool="sms",
            dispatcher=SMS_FUNCTION,
            max_input_bytes=LAMBDA_ASYNCHRONOUS_PAYLOAD_BYTES - ATTEMPT_FIELD_BYTES,
            envelope={"action": "dispatch", "batchSize": settings.sms_batch_size},
            claim_window_seconds=(
                settings.sms_claim_window_seconds
                if settings.sms_dispatcher_reports
                else settings.sms_longest_run_seconds
            ),
            dispatcher_reports=settings.sms_dispatcher_reports,
        ),
    )

"""The Lambda function. Nothing is built at import; the container is built by the first invocation and kept."""

import atexit
import os
from functools import cache
from typing import Any

from campaign_orchestrator.cold_start import FirstInvocation, WithoutCollector

with WithoutCollector():
    from campaign_orchestrator import snap_start
    from campaign_orchestrator.invocation_deadline import InvocationDeadline, LambdaContext
    from campaign_orchestrator.service import OrchestratorService
    from orchestrator_adapters.aws.embedded_metrics import EmbeddedMetrics

FIRST_INVOCATION = FirstInvocation()
METRICS = EmbeddedMetrics()
"""Of the process; written to the log at the end of each invocation."""

snap_start.register()


@cache
def service() -> OrchestratorService:
    """The service for this process's environment.

    Raises:
        InvalidSettings: names every environment variable that is missing or wrong.
    """
    from campaign_orchestrator.container import build_container, close
    from campaign_orchestrator.decision_log import JsonDecisionLog
    from campaign_orchestrator.settings import read_settings

    settings = read_settings(os.environ)
    METRICS.namespace = settings.metrics_namespace
    parts = {"metrics": METRICS, "decision_log": JsonDecisionLog(least=settings.log_level)}
    container = build_container(settings, parts)
    # Threads of an unclosed pool hold up the interpreter's exit, by five seconds each.
    atexit.register(close, container)
    built: OrchestratorService = container.service()
    return built


def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Answer one event: a direct request, a status change of an execution, or a destination's record.

    Raises:
        InvalidSettings: names every environment variable that is missing or wrong.
        RetryWanted: an event of AWS could not be followed up for now; AWS delivers it again.
    """
    with FIRST_INVOCATION:
        try:
            return service().answer(event, request_id=context.aws_request_id, deadline=InvocationDeadline(context))
        finally:
            METRICS.flush()

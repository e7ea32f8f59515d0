"""A FastAPI service that has the orchestrator inside: in-memory stores, a dispatcher of its own, Prometheus."""

from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Header, Response
from prometheus_client import CollectorRegistry, generate_latest

import orchestrator_domain as domain
from orchestrator_adapters.memory.campaign_store import InMemoryCampaignStore
from orchestrator_adapters.memory.clock import SystemClock
from orchestrator_adapters.memory.deadline import MonotonicDeadline
from orchestrator_adapters.memory.parts import in_memory_parts
from orchestrator_adapters.prometheus.metrics import PrometheusMetrics
from orchestrator_adapters.wire import http_responses, responses

queue: list[bytes] = []
registry = CollectorRegistry()
store = InMemoryCampaignStore(SystemClock())


class OwnQueue(domain.Dispatcher):
    """Hands runs to workers of this service."""

    def dispatch(self, run: domain.Run) -> domain.Accepted:
        queue.append(run.dispatch_input)
        return domain.Accepted(reference=run.run_id, state=domain.RunState.DISPATCHED)


orchestrator = domain.Orchestrator(
    routes=domain.RoutingTable.of(
        domain.Route(campaign_type="email", pool="email", dispatcher="own", max_input_bytes=1_000_000)
    ),
    pools=domain.Pools.of(domain.ResourcePool(name="email", default_limit=2)),
    dispatchers={"own": OwnQueue()},
    **in_memory_parts(store),
    metrics=PrometheusMetrics(registry),
)
app = FastAPI()


@app.post("/campaigns/{campaign_id}/{action}")
def act(
    campaign_id: str, action: domain.Action, response: Response, idempotency_key: str = Header("")
) -> dict[str, Any]:
    key, origin = idempotency_key or str(uuid4()), domain.Origin(source="http")
    try:
        command = domain.ActionCommand(campaign_id=campaign_id, action=action, idempotency_key=key, origin=origin)
        answer = responses.action_response(orchestrator.act(command, MonotonicDeadline(25.0)))
    except domain.OrchestratorError as error:
        answer = responses.error_response(error, campaign_id=campaign_id, action=action.value)
    response.status_code = http_responses.status_of(answer)
    return answer


@app.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(registry), media_type="text/plain")

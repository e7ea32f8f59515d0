"""An SMS dispatcher: claims its run once, leases each batch, reports progress, and finishes the run.

It walks through ``config.messages`` contacts in batches of ``batchSize``, each taking ``config.secondsPerBatch``
seconds. It sends nothing: ``deliver`` is where a message provider belongs. Everything around it is what a real
dispatcher needs to be fenced.
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from attrs import evolve

from orchestrator_adapters.memory.run_ids import RandomRunIds
from orchestrator_adapters.postgres.connection_pool import connection_pool
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.run_claims import PostgresRunClaims
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.ports.run_claims import Claim, ClaimRefusal, RunClaims
from orchestrator_domain.run import Progress, RunIdentity, RunOutcome, RunState

SECONDS_KEPT_BACK = 5.0
"""Of an invocation: a lease that ends this long before it cannot outlive its holder."""


class LambdaContext(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is ended."""


@cache
def run_claims() -> RunClaims:
    """The claims in the orchestrator's database."""
    settings = PostgresSettings(
        host=os.environ["DB_HOST"],
        port=int(os.environ.get("DB_PORT", "5432")),
        dbname=os.environ["DB_NAME"],
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
        sslmode=os.environ.get("DB_SSLMODE", "verify-full"),
        pool_size=1,
    )
    return PostgresRunClaims(Doors(connection_pool(settings)), RandomRunIds())


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on one run. The event is the dispatch input with the number of the attempt."""
    claims = run_claims()
    claim = claims.claim(
        RunIdentity(campaign_id=event["campaignId"], number=event["runNumber"]),
        run_id=event["runId"],
        claimant=context.aws_request_id,
        attempt=event.get("attempt"),
    )
    if isinstance(claim, ClaimRefusal):
        # A message that came twice, or after a stop: whoever holds the run goes on, and nothing is sent here.
        return {"worked": False, "reason": claim.value}
    return work(claims, claim, event, context)


def work(claims: RunClaims, claim: Claim, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Deliver batch after batch until all is done, the run is stopped, or the time is over."""
    config = event["config"]
    progress = evolve(claim.progress, total=int(config.get("messages", 0)))
    while not progress.adds_up:
        size = min(int(event["batchSize"]), remaining(progress))
        seconds = context.get_remaining_time_in_millis() / 1000 - SECONDS_KEPT_BACK
        if seconds < float(config.get("secondsPerBatch", 0)) + 1:
            return {"worked": True, "reason": "out_of_time"}
        lease = claims.begin_batch(claim, lease_seconds=seconds, size=size)
        if isinstance(lease, ClaimRefusal):
            return {"worked": True, "reason": lease.value}
        progress = evolve(progress, sent=progress.sent + deliver(size, config))
        ended = claims.end_batch(claim, lease, progress=progress)
        if isinstance(ended, ClaimRefusal) or ended.state is not RunState.RUNNING:
            return {"worked": True, "reason": "stopped"}
    claims.finish(claim, outcome=RunOutcome.SUCCEEDED, progress=progress, cause=None)
    return {"worked": True, "reason": "finished"}


def remaining(progress: Progress) -> int:
    """Contacts that are not accounted for yet."""
    return progress.total - progress.sent - progress.skipped - progress.failed


def deliver(size: int, config: Mapping[str, Any]) -> int:
    """Deliver ``size`` messages; returns how many were sent."""
    time.sleep(float(config.get("secondsPerBatch", 0)))
    return size

"""Runs as a repository would give them."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from attrs import evolve

from orchestrator_domain.execution_name import execution_name
from orchestrator_domain.run import Run, RunState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_run(campaign_id: str = "c1", *, document: dict[str, Any] | None = None, **changes: Any) -> Run:
    """A run that has been admitted and not dispatched."""
    run_id = uuid4().hex
    run = Run(
        campaign_id=campaign_id,
        campaign_type="voice",
        number=1,
        run_id=run_id,
        pool="voice",
        state=RunState.DISPATCHING,
        attempts=1,
        unknown=False,
        execution_name=execution_name(campaign_id, 1, run_id),
        execution_reference=None,
        dispatch_input=json.dumps(document or {"campaignId": campaign_id, "config": {"callSeconds": 60}}).encode(),
        resumed_from=None,
        previous_status="draft",
        created_at=NOW,
        last_attempt_at=NOW,
        observed_at=NOW,
    )
    return evolve(run, **changes)

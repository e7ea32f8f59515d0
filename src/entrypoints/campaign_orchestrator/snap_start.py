"""What is done around a snapshot of the function (SnapStart).

Before it, everything is imported that a request may need, and nothing is opened: a connection would not survive.
After it, what must differ between two functions of one snapshot is made anew. Ids of runs come from the operating
system at each call, and need no seed; what is spread at random does.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import os
import random
from collections.abc import Mapping
from importlib import import_module
from typing import Final

INITIALIZATION: Final = "AWS_LAMBDA_INITIALIZATION_TYPE"
DRIVERS: Final = (
    "botocore.client",
    "botocore.session",
    "psycopg",
    "psycopg_pool",
    "campaign_orchestrator.container",
    "campaign_orchestrator.direct_requests",
    "campaign_orchestrator.http_door",
    "campaign_orchestrator.queue_door",
    "orchestrator_adapters.aws.lambda_dispatcher",
    "orchestrator_adapters.aws.step_functions_dispatcher",
    "orchestrator_adapters.postgres.campaign_repository",
    "orchestrator_adapters.postgres.connection_pool",
    "orchestrator_adapters.redis.node_client",
    "orchestrator_adapters.redis.rebuilding",
    "orchestrator_adapters.redis.slot_ledger",
    "orchestrator_adapters.wire.status_responses",
    "orchestrator_domain.use_cases.halt_campaign",
    "orchestrator_domain.use_cases.launch_run",
    "orchestrator_domain.use_cases.reconcile",
)


def prepare() -> None:
    """Import what requests need. Opens nothing, reads no settings and no credentials."""
    for name in DRIVERS:
        import_module(name)


def begin_anew() -> None:
    """Seed the generator that spreads repeated calls: all functions of one snapshot would wait alike."""
    random.seed()


def register(environment: Mapping[str, str] = os.environ) -> None:
    """Register both with Lambda, where the function's versions have snapshots; elsewhere nothing happens."""
    if environment.get(INITIALIZATION) != "snap-start":
        return
    hooks = import_module("snapshot_restore_py")  # a part of Lambda's Python, from 3.12 on
    hooks.register_before_snapshot(prepare)
    hooks.register_after_restore(begin_anew)

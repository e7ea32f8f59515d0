"""What a dispatcher is handed for a run."""

import json
from collections.abc import Mapping
from typing import Any

from orchestrator_domain.routing import Route


def dispatch_input(
    *,
    route: Route,
    campaign_id: str,
    campaign_name: str,
    config: Mapping[str, Any],
    timezone: str | None,
    run_id: str,
    run_number: int,
    resumed_from: int | None,
) -> bytes:
    """The JSON object handed over, as UTF-8 bytes; stored with the run and the same for every attempt.

    A repository that builds it elsewhere (in SQL) need not order or space it alike; it must hold the same
    JSON value.
    """
    document: dict[str, Any] = dict(route.envelope)
    for name in route.merged_from_config:
        configured = config.get(name)
        document[name] = {**document.get(name, {}), **(configured if isinstance(configured, Mapping) else {})}
    document |= {
        "campaignId": campaign_id,
        "campaignName": campaign_name,
        "campaignType": route.campaign_type,
        "config": config,
        "timezone": timezone,
        "runId": run_id,
        "runNumber": run_number,
        "resumedFrom": resumed_from,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

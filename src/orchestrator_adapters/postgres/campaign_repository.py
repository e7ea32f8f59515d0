"""The campaign repository on PostgreSQL: each method is one call of one function."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field

from orchestrator_adapters.postgres import rows
from orchestrator_adapters.postgres.admission_call import ADMISSION, admission_parameters
from orchestrator_adapters.postgres.deployment_json import DeploymentJson
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_domain.campaign import STATUS_TABLE, Campaign
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import (
    AdmissionRequest,
    Decision,
    EndDecision,
    EndVerdict,
    HistoryEntry,
    MarkedRun,
    RunEnd,
    StopRequest,
)
from orchestrator_domain.errors import StoreUnavailable
from orchestrator_domain.once import Once, nothing
from orchestrator_domain.pools import Pools, PoolUsage
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.run import Run, RunIdentity, RunState

ORCHESTRATOR = Origin(source="orchestrator")
ALLOWED_FROM = {action: sorted(change.allowed_from) for action, change in STATUS_TABLE.items()}


@define(eq=False, repr=False)
class PostgresCampaignRepository(CampaignRepository):
    """CampaignRepository over the functions in ``doors/``."""

    doors: Doors
    _deployment: DeploymentJson = field(factory=DeploymentJson, init=False)

    def admit(self, request: AdmissionRequest) -> Decision:
        deployment = self._deployment.of(request.routes, request.pools)
        answer = self.doors.carry_out(ADMISSION, admission_parameters(request, deployment))
        return rows.decision_of(answer) if isinstance(answer, dict) else rows.admitted_of(answer, request.run_id)

    def begin_stopping(self, request: StopRequest) -> Decision:
        return rows.decision_of(self.doors.call("campaign_begin_stopping", _asked(request)))

    def begin_attempt(
        self, identity: RunIdentity, *, expected_attempts: int, claim_window_seconds: float | None
    ) -> Run | None:
        run = self.doors.call(
            "campaign_begin_attempt",
            {
                **_named(identity),
                "expected_attempts": expected_attempts,
                "claim_window_seconds": claim_window_seconds,
                "origin": _origin(ORCHESTRATOR),
            },
        )
        return rows.run_of(run) if run else None

    def mark_dispatched(
        self,
        identity: RunIdentity,
        *,
        reference: str,
        state: RunState,
        origin: Origin,
        meanwhile: Callable[[], object] = nothing,
    ) -> MarkedRun:
        marked = self._of_a_run(
            "campaign_mark_dispatched",
            {**_named(identity), "reference": reference, "state": state.value, "origin": _origin(origin)},
            meanwhile=Once(meanwhile),
        )
        return MarkedRun(run=rows.run_of(marked["run"]), pool_active=marked["pool_active"])

    def mark_unknown(self, identity: RunIdentity, *, cause: str, origin: Origin) -> Run:
        request = {**_named(identity), "cause": cause, "origin": _origin(origin)}
        return rows.run_of(self._of_a_run("campaign_mark_unknown", request))

    def end_run(self, end: RunEnd) -> EndDecision:
        decided = self.doors.call(
            "campaign_end_run",
            {
                **_named(end.identity),
                "outcome": end.outcome.value,
                "cause": end.cause,
                "origin": _origin(end.origin),
                "only_if_attempts": end.only_if_attempts,
                "even_if_unknown": end.even_if_unknown,
            },
        )
        return EndDecision(
            verdict=EndVerdict(decided["verdict"]),
            run=rows.run_of(decided["run"]) if "run" in decided else None,
            pool_active=decided["pool_active"],
        )

    def find_run(self, identity: RunIdentity) -> Run | None:
        run = self.doors.call("campaign_find_run", _named(identity))
        return rows.run_of(run) if run else None

    def find_run_by_execution_name(self, execution_name: str) -> Run | None:
        run = self.doors.call("campaign_find_run_by_execution_name", {"execution_name": execution_name})
        return rows.run_of(run) if run else None

    def fence_run(self, identity: RunIdentity, *, cause: str, origin: Origin) -> Run | None:
        request = {**_named(identity), "cause": cause, "origin": _origin(origin)}
        run = self.doors.call("campaign_fence_run", request)
        return rows.run_of(run) if run else None

    def live_runs_by_campaign(self, pool: str, *, limit: int, after: str | None) -> Sequence[Run]:
        request = {"pool": pool, "limit": limit, "after": after}
        return [rows.run_of(run) for run in self.doors.call("campaign_live_runs_by_campaign", request)]

    def live_runs(self, pool: str, *, limit: int) -> Sequence[Run]:
        return [rows.run_of(run) for run in self.doors.call("campaign_live_runs", {"pool": pool, "limit": limit})]

    def pool_usage(self, pools: Pools, *, holders_wanted: int) -> Sequence[PoolUsage]:
        asked = [{"name": pool.name, "default_limit": pool.default_limit} for pool in pools.by_name.values()]
        usages = self.doors.call("campaign_pool_usage", {"pools": asked, "holders_wanted": holders_wanted})
        return [rows.usage_of(usage) for usage in usages]

    def find_campaigns(self, campaign_ids: Sequence[str]) -> Mapping[str, Campaign]:
        found = self.doors.call("campaign_find_campaigns", {"campaign_ids": list(campaign_ids)})
        return {
            asked: rows.campaign_of(row, rows.run_of(row["latest_run"]) if "latest_run" in row else None)
            for asked, row in found.items()
        }

    def history(self, campaign_id: str, *, limit: int) -> Sequence[HistoryEntry]:
        entries = self.doors.call("campaign_history", {"campaign_id": campaign_id, "limit": limit})
        return [rows.history_entry_of(entry) for entry in entries]

    def _of_a_run(
        self, function: str, request: dict[str, Any], *, meanwhile: Callable[[], object] = nothing
    ) -> Any:
        answer = self.doors.call(function, request, meanwhile=meanwhile)
        if answer is None:
            raise StoreUnavailable(cause="run_vanished")
        return answer


def _asked(request: StopRequest) -> dict[str, Any]:
    change = STATUS_TABLE[request.action]
    return {
        "campaign_id": request.campaign_id,
        "action": request.action.value,
        "allowed_from": ALLOWED_FROM[request.action],
        "status_to": change.to.value,
        "key": request.key.key,
        "content_hash": request.key.content_hash,
        "origin": _origin(request.origin),
    }


def _named(identity: RunIdentity) -> dict[str, Any]:
    return {"campaign_id": identity.campaign_id, "number": identity.number}


def _origin(origin: Origin) -> dict[str, str | None]:
    return {
        "source": origin.source,
        "actor": origin.actor,
        "request_id": origin.request_id,
        "reason": origin.reason,
    }

"""JSON of the database's functions becomes values of the domain."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orchestrator_domain.campaign import Campaign
from orchestrator_domain.commands import Origin
from orchestrator_domain.decisions import Decision, HistoryEntry, InvalidField, Verdict
from orchestrator_domain.pools import Holder, PoolUsage
from orchestrator_domain.run import Progress, Run, RunOutcome, RunState

Json = Mapping[str, Any]


def run_of(row: Json) -> Run:
    return Run(
        campaign_id=str(row["campaign_id"]),
        campaign_type=row["campaign_type"],
        number=row["number"],
        run_id=row["run_id"],
        pool=row["pool"],
        state=RunState(row["state"]),
        attempts=row["attempts"],
        unknown=row["unknown"],
        execution_name=row["execution_name"],
        execution_reference=row["execution_reference"],
        dispatch_input=row.get("dispatch_input", "").encode(),
        resumed_from=row["resumed_from"],
        previous_status=row["previous_status"],
        created_at=instant(row["created_at"]),
        last_attempt_at=instant(row["last_attempt_at"]),
        observed_at=instant(row["observed_at"]),
        dispatched_at=instant_or_none(row["dispatched_at"]),
        acknowledged_at=instant_or_none(row["acknowledged_at"]),
        last_heartbeat_at=instant_or_none(row["last_heartbeat_at"]),
        ended_at=instant_or_none(row["ended_at"]),
        claimant=row["claimant"],
        not_after=instant_or_none(row["not_after"]),
        lease_until=instant_or_none(row["lease_until"]),
        in_flight=row["in_flight"],
        progress=progress_of(row),
        outcome=RunOutcome(row["outcome"]) if row["outcome"] else None,
        cause=row["cause"],
        fruitless_attempts=row["fruitless_attempts"],
        accounted_for_at_attempt=row["accounted_for_at_attempt"],
    )


def progress_of(row: Json) -> Progress:
    return Progress(total=row["total"], sent=row["sent"], skipped=row["skipped"], failed=row["failed"])


def campaign_of(row: Json, latest_run: Run | None) -> Campaign:
    config = row.get("config")
    return Campaign(
        campaign_id=row["campaign_id"],
        name=row["name"],
        campaign_type=row["campaign_type"],
        status=row["status"],
        config=config if isinstance(config, dict) else {},
        timezone=row["timezone"],
        updated_at=instant_or_none(row["updated_at"]),
        latest_run=latest_run,
    )


def usage_of(row: Json) -> PoolUsage:
    return PoolUsage(
        name=row["name"],
        active=row["active"],
        limit=row["limit"],
        observed_at=instant(row["observed_at"]),
        limit_is_stored=row.get("limit_is_stored", False),
        halted_reason=row.get("halted_reason"),
        holders=tuple(_holder_of(holder) for holder in row.get("holders", ())),
        recent_run_seconds=tuple(float(seconds) for seconds in row.get("recent_run_seconds", ())),
    )


def decision_of(row: Json) -> Decision:
    run = run_of(row["run"]) if row.get("run") else None
    latest = run_of(row["latest_run"]) if row.get("latest_run") else run
    invalid = row.get("invalid_field")
    return Decision(
        verdict=Verdict(row["verdict"]),
        replayed=row.get("replayed", False),
        campaign=campaign_of(row["campaign"], latest) if row.get("campaign") else None,
        run=run,
        usage=usage_of(row["usage"]) if row.get("usage") else None,
        invalid_field=InvalidField(**invalid) if invalid else None,
        size_bytes=row.get("size_bytes"),
        limit_bytes=row.get("limit_bytes"),
        largest_field=row.get("largest_field"),
    )


def admitted_of(row: Sequence[Any], run_id: str) -> Decision:
    """The decision that admits the run ``run_id``. What its row does not tell is as a new run has it."""
    (
        campaign_id,
        campaign_type,
        number,
        pool,
        execution_name,
        dispatch_input,
        resumed_from,
        previous_status,
        at,
        until,
        *_,
    ) = row
    now = instant(at)
    run = Run(
        campaign_id=campaign_id,
        campaign_type=campaign_type,
        number=number,
        run_id=run_id,
        pool=pool,
        state=RunState.DISPATCHING,
        attempts=1,
        unknown=False,
        execution_name=execution_name,
        execution_reference=None,
        dispatch_input=dispatch_input.encode(),
        resumed_from=resumed_from,
        previous_status=previous_status,
        created_at=now,
        last_attempt_at=now,
        observed_at=now,
        not_after=instant_or_none(until),
    )
    return Decision(verdict=Verdict.ADMITTED, run=run)


def history_entry_of(row: Json) -> HistoryEntry:
    return HistoryEntry(
        at=instant(row["at"]),
        kind=row["kind"],
        run_number=row["run_number"],
        status_from=row["status_from"],
        status_to=row["status_to"],
        run_state_from=row["run_state_from"],
        run_state_to=row["run_state_to"],
        origin=Origin(source=row["source"], actor=row["actor"], request_id=row["request_id"], reason=row["reason"]),
        cause=row["cause"],
        detail=row["detail"],
    )


def _holder_of(row: Json) -> Holder:
    return Holder(
        campaign_id=row["campaign_id"],
        campaign_type=row["campaign_type"],
        run_number=row["run_number"],
        since=instant(row["since"]),
        execution_reference=row["execution_reference"],
    )


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def instant_or_none(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""What must hold when the faults have stopped, read from PostgreSQL, Redis and Step Functions themselves."""

from collections import Counter
from typing import Any

from harming.ground import LIMIT, Ground

POOLS = ("voice", "sms")


def require_agreement(ground: Ground, where: str = "") -> None:
    """After the faults: the ledger, the repository and the dispatchers say the same, and the audit trail adds up.

    What Step Functions shows may be a little behind, so that is waited for.
    """
    runs = _rows(ground, "SELECT campaign_id::text, number, pool, state, execution_name FROM campaign_runs")
    live = [run for run in runs if run["state"] != "ended"]
    campaigns = dict(ground.sql("SELECT id::text, status::text FROM campaigns"))
    for run in live:
        assert run["state"] in ("dispatched", "running"), f"{run} is not at rest; {where}"
        status = campaigns.get(run["campaign_id"], "deleted")
        assert status == "active", f"{run} of a campaign that is {status}; {where}"
    active = {campaign for campaign, status in campaigns.items() if status == "active"}
    assert active == {run["campaign_id"] for run in live}, f"active campaigns and live runs differ; {where}"
    for pool in POOLS:
        holders = {run["campaign_id"] for run in live if run["pool"] == pool}
        shown = ground.members(pool)
        assert shown == holders, f"Redis and PostgreSQL differ in {pool} by {shown ^ holders}; {where}"
        assert len(holders) <= int(ground.variables()[f"MAX_CONCURRENT_{pool.upper()}_CAMPAIGNS"]) <= LIMIT, where
    wanted = {run["execution_name"] for run in live if run["pool"] == "voice"}
    ground.wait_until(
        lambda: ground.open_executions() == wanted,
        what=lambda: f"executions {sorted(ground.open_executions() ^ wanted)} differ from the live runs; {where}",
    )
    _require_audit(ground, runs, campaigns, where)


def require_no_orphans(answer: dict[str, Any]) -> None:
    """No crash of ours leaves an execution behind whose run has ended; only other hands do."""
    for pool in answer["pools"].values():
        assert not pool["orphans"], pool


def require_rest(ground: Ground, where: str = "") -> None:
    """A second reconciliation repairs nothing and writes nothing."""
    before = _everything(ground)
    answer = ground.reconcile()
    for pool in answer["pools"].values():
        assert not pool["repairs"], f"{pool}; {where}"
        assert not pool["orphans"], f"{pool}; {where}"
        assert pool["projection"] == "current", f"{pool}; {where}"
    assert _everything(ground) == before, where


def _require_audit(ground: Ground, runs: list[dict[str, Any]], campaigns: dict[str, str], where: str) -> None:
    """Each campaign's rows lead, change by change, from its first status and state to its present ones."""
    events = _rows(
        ground,
        "SELECT campaign_id, kind, run_number, status_from, status_to, run_state_from, run_state_to"
        " FROM campaign_events WHERE left(campaign_id, 5) <> 'pool:' ORDER BY id",
    )
    status: dict[str, str] = {}  # as the rows tell it; a campaign may have been deleted since
    state: dict[tuple[str, int], str] = {}
    ends: Counter[tuple[str, int]] = Counter()
    for event in events:
        campaign, key = event["campaign_id"], (event["campaign_id"], event["run_number"])
        if event["status_to"] is not None:
            assert status.get(campaign, event["status_from"]) == event["status_from"], f"{event}; {where}"
            status[campaign] = event["status_to"]
        if event["run_state_to"] is not None:
            follows = state.get(key, event["run_state_from"]) in (event["run_state_from"], event["run_state_to"])
            assert follows, f"{event}; {where}"
            state[key] = event["run_state_to"]
        ends[key] += event["kind"] == "run_ended"
    for campaign, known in status.items():
        assert campaigns.get(campaign, known) == known, f"{campaign} changed without a row; {where}"
    for run in runs:
        key = (run["campaign_id"], run["number"])
        assert state.get(key) == run["state"], f"{run} changed without a row: {state.get(key)}; {where}"
        assert ends[key] == (run["state"] == "ended"), f"{run} has {ends[key]} rows of its end; {where}"


def _everything(ground: Ground) -> tuple[Any, ...]:
    return (
        ground.sql("SELECT * FROM campaigns ORDER BY id"),
        ground.sql("SELECT * FROM campaign_runs ORDER BY campaign_id, number"),
        ground.sql("SELECT count(*) FROM campaign_events"),
        *(ground.members(pool) for pool in POOLS),
        ground.open_executions(),
    )


def _rows(ground: Ground, statement: str) -> list[dict[str, Any]]:
    names = [
        part.split("::")[0].split()[-1] for part in statement.split("FROM")[0].removeprefix("SELECT").split(",")
    ]
    return [dict(zip(names, row, strict=True)) for row in ground.sql(statement)]

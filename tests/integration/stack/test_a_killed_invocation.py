"""An asynchronous invocation whose process is killed is tried again by Lambda, with the same request id."""

import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from serving.stack import Stack

SLOW = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NEW; END';
CREATE TRIGGER slowly BEFORE UPDATE ON campaign_runs FOR EACH ROW EXECUTE FUNCTION slowly()
"""
SLEEPERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


def request_ids(stack: Stack) -> list[str]:
    """The request id of every invocation of the orchestrator that has ended."""
    return [message.split()[2] for message in stack.log("END RequestId:")]


def state_of(stack: Stack, campaign: str) -> str:
    """The state of the campaign's only run."""
    ((state,),) = stack.sql("SELECT state FROM campaign_runs WHERE campaign_id = %s", campaign)
    return str(state)


@pytest.fixture
def slow_record(stack: Stack) -> Iterator[None]:
    """The record that a run was dispatched takes its time, so that a crash can be had before it."""
    for statement in SLOW.strip().split(";\n"):
        stack.sql(statement)
    yield
    stack.sql("DROP FUNCTION IF EXISTS slowly() CASCADE")


@pytest.mark.usefixtures("slow_record")
def test_it_becomes_one_execution(stack: Stack) -> None:
    campaign = stack.put_campaign("voice")
    stack.send_and_forget({"campaignId": campaign, "action": "start"})
    # Dispatched, and not recorded.
    stack.wait_until(lambda: bool(stack.sql(SLEEPERS)), what="the record is being made")
    for pid in stack.processes_of(stack.outputs["FunctionName"]):
        os.kill(pid, signal.SIGKILL)
    stack.sql(f"SELECT pg_terminate_backend(pid) FROM ({SLEEPERS}) AS sleepers")
    stack.sql("DROP FUNCTION slowly() CASCADE")
    # Nobody has recorded the dispatch. (Its workflow may have claimed the run by now.)
    assert stack.sql("SELECT dispatched_at FROM campaign_runs WHERE campaign_id = %s", campaign) == [(None,)]
    stack.wait_until(lambda: 2 in Counter(request_ids(stack)).values(), what="the next delivery has ended")
    # It found that another delivery was being worked on, as far as anybody could know; the rest is reconciled.
    stack.sql("UPDATE campaign_runs SET last_attempt_at = last_attempt_at - interval '1 minute'")
    stack.reconcile_as_the_schedule_does()
    stack.wait_until(lambda: state_of(stack, campaign) == "running", what="the run is recorded")
    executions = {name: status for name, status in stack.executions().items() if name.startswith(f"{campaign}-")}
    assert list(executions.values()) == ["RUNNING"]
    kinds = [entry["kind"] for entry in stack.history(campaign)]
    assert kinds.count("start_admitted") == 1
    assert len(stack.sql("SELECT request_key FROM campaign_runs WHERE campaign_id = %s", campaign)) == 1

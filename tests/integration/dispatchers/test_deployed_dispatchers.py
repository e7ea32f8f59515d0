"""The dispatchers of the stack at work: processes that are killed, and everybody reached once."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from serving.stack import Stack

EVERYBODY = 10_000
SLOW_CALL = (
    "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN IF NEW.contact_id = ''contact-5'' THEN PERFORM pg_sleep(20); END IF; RETURN NEW; END'",
    "CREATE TRIGGER slowly BEFORE INSERT ON recorded_calls FOR EACH ROW EXECUTE FUNCTION slowly()",
)
SLEEPERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


def sent(stack: Stack, campaign: str) -> int:
    return stack.contacts(campaign).get("sent", 0)


def kill(stack: Stack, function: str) -> None:
    """kill -9 for every process of the function."""
    processes = stack.processes_of(f"campaign-orchestrator-{function}")
    assert processes
    for process in processes:
        os.kill(process, signal.SIGKILL)


def test_ten_thousand_contacts_a_pause_and_a_killed_dispatcher_and_everybody_is_sent_one_message(
    stack: Stack,
) -> None:
    campaign = stack.put_campaign("sms", contacts=EVERYBODY, messagesPerSecond=1_000)
    assert stack.ask("start", campaign)["success"]
    stack.wait_until(lambda: sent(stack, campaign) > 1_000, what="a thousand are sent")
    paused = stack.ask("pause", campaign)
    assert paused["success"]
    # What is in flight is told, until the run rests; between two batches there is nothing.
    assert (paused["runState"], paused.get("inFlight", 0)) in {("stopping", 100), ("ended", 0)}
    stack.wait_until(lambda: stack.live("sms") == set(), what="at rest")
    at_rest = sent(stack, campaign)
    assert at_rest % 100 == 0
    assert stack.ask("status", campaign)["run"]["progress"]["sent"] == at_rest
    assert sum(stack.messages(campaign).values()) == at_rest
    assert stack.ask("resume", campaign)["success"]
    stack.wait_until(lambda: sent(stack, campaign) > at_rest + 1_000, what="it goes on")
    kill(stack, "sms-dispatcher")
    stack.wait_until(still(stack, campaign), what="nothing is sent any more")
    stack.pass_grace(15 * 60 + 120)
    stack.reconcile_as_the_schedule_does()
    stack.wait_until(lambda: stack.status_of(campaign) == "completed", what="completed")
    states, messages = stack.contacts(campaign), stack.messages(campaign)
    assert set(messages.values()) == {1}
    assert states.get("unknown", 0) <= 1
    assert states["sent"] + states.get("unknown", 0) == EVERYBODY
    progress = stack.ask("status", campaign)["run"]["progress"]
    assert progress == {
        "total": EVERYBODY,
        "sent": states["sent"],
        "skipped": 0,
        "failed": states.get("unknown", 0),
    }


def still(stack: Stack, campaign: str) -> Callable[[], bool]:
    """Whether nothing was sent since it was asked before."""
    before = [-1]

    def is_still() -> bool:
        now = sum(stack.messages(campaign).values())
        unchanged, before[0] = now == before[0], now
        return unchanged

    return is_still


@pytest.mark.usefixtures("slow_call")
def test_a_dispatch_task_that_is_killed_is_tried_again_and_nobody_is_called_twice(stack: Stack) -> None:
    campaign = stack.put_campaign("voice", contacts=9, callsAtOnce=9, variables={"callSeconds": 1})
    assert stack.ask("start", campaign)["success"]
    stack.wait_until(lambda: bool(stack.sql(SLEEPERS)), what="the fifth call is being placed")
    kill(stack, "voice-dispatch")
    stack.sql(f"SELECT pg_terminate_backend(pid) FROM ({SLEEPERS}) AS sleepers")
    stack.sql("DROP FUNCTION slowly() CASCADE")
    stack.wait_until(lambda: stack.status_of(campaign) == "completed", what="completed")
    assert stack.contacts(campaign) == {"sent": 9}
    calls = stack.sql(
        "SELECT contact_id, count(*) FROM recorded_calls WHERE campaign_id = %s GROUP BY contact_id", campaign
    )
    assert {count for _, count in calls} == {1}
    assert len(calls) == 9


@pytest.fixture
def slow_call(stack: Stack) -> Iterator[None]:
    """The fifth call takes its time, so that a crash can be had while it is placed."""
    for statement in SLOW_CALL:
        stack.sql(statement)
    yield
    stack.sql("DROP FUNCTION IF EXISTS slowly() CASCADE")


def test_during_the_calls_of_a_hybrid_campaign_texts_go_through_the_topic(stack: Stack) -> None:
    campaign = stack.put_campaign("hybrid", contacts=2)
    assert stack.ask("start", campaign)["success"]
    stack.wait_until(lambda: len(stack.messages(campaign)) == 2, what="both texts")
    stack.hang_up(campaign)
    stack.wait_until(lambda: stack.status_of(campaign) == "completed", what="completed")
    assert set(stack.messages(campaign).values()) == {1}
    (report,) = stack.outputs_of_executions(campaign)
    assert report["contacts"] == {"total": 2, "sent": 2, "skipped": 0, "failed": 0, "unknown": 0}

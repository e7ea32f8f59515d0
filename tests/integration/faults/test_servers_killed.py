"""Redis, PostgreSQL and LocalStack are killed (kill -9) in the middle of actions, and started again."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from campaign_orchestrator.local.localstack_server import REGION, EmbeddedLocalStack
from campaign_orchestrator.local.postgres_server import EmbeddedPostgres
from campaign_orchestrator.local.run_time_users import ROLES, create_roles
from campaign_orchestrator.local.valkey_server import EmbeddedValkey
from harming.agreement import require_agreement, require_rest
from harming.ground import Ground
from orchestrator_adapters.postgres.migrate import migrate
from serving.functions import make_function
from serving.servers import AwsServer

KEEPS_ITS_DATA = ("--appendonly", "yes", "--appendfsync", "always")


class Asking:
    """A thread that starts and stops campaigns, and remembers what it was told."""

    def __init__(self, ground: Ground, campaigns: list[str]) -> None:
        self._ground, self._campaigns = ground, campaigns
        self.told: dict[str, dict[str, Any]] = {}
        self.some_were_told = threading.Event()
        self._thread = threading.Thread(target=self._ask_all)
        self._thread.start()

    def wait(self) -> dict[str, dict[str, Any]]:
        self._thread.join(120)
        assert not self._thread.is_alive()
        return self.told

    def _ask_all(self) -> None:
        for number, campaign in enumerate(self._campaigns):
            self.told[campaign] = self._ground.ask("start", campaign, idempotencyKey="the-key")
            if number == len(self._campaigns) // 3:
                self.some_were_told.set()


def drafts(ground: Ground, how_many: int = 18) -> list[str]:
    return [ground.put_campaign(("voice", "sms")[number % 2]) for number in range(how_many)]


def settle(ground: Ground) -> None:
    ground.pass_grace()
    ground.reconcile()
    require_agreement(ground)
    require_rest(ground)


@pytest.fixture(params=["kept", "lost"])
def valkey(request: pytest.FixtureRequest) -> Iterator[EmbeddedValkey]:
    options = KEEPS_ITS_DATA if request.param == "kept" else ()
    with EmbeddedValkey(options=options) as server:
        yield server


def test_redis_is_killed_and_no_action_fails(ground: Ground, valkey: EmbeddedValkey) -> None:
    """F40 to F42: decisions do not change; what Redis shows is made true again."""
    with ground.on(redis=valkey.settings()) as own:
        asking = Asking(own, drafts(own))
        asking.some_were_told.wait(60)
        valkey.kill()
        told = asking.wait()
        assert all(answer["success"] for answer in told.values()), told
        stopped = next(iter(told))
        assert own.ask("stop", stopped)["success"]
        valkey.start()
        assert own.sql("SELECT status FROM campaigns WHERE id = %s", stopped) == [("cancelled",)]
        settle(own)


def test_postgres_is_killed_and_nothing_that_was_told_is_lost(ground: Ground) -> None:
    """F30 to F32."""
    with (
        EmbeddedPostgres(settings=("max_connections=50",), durable=True) as server,
        ground.on(postgres=server.settings()) as own,
    ):
        create_roles(own.postgres)
        migrate(own.postgres, ROLES)
        asking = Asking(own, drafts(own))
        asking.some_were_told.wait(60)
        server.kill()
        server.start()
        told = asking.wait()
        codes = {answer.get("errorCode") for answer in told.values()}
        assert codes <= {None, "store_unavailable", "dispatch_unconfirmed"}, told
        live = {row[0] for row in own.sql("SELECT campaign_id FROM campaign_runs WHERE state <> 'ended'")}
        assert {campaign for campaign, answer in told.items() if answer["success"]} <= live
        for campaign in told:
            again = own.ask("start", campaign, idempotencyKey="the-key")
            assert again["success"] or again["retryable"], again
        settle(own)
        for campaign in told:
            assert own.ask("start", campaign, idempotencyKey="the-key")["success"]


def test_localstack_is_killed_with_all_executions_and_they_are_dispatched_again(ground: Ground) -> None:
    """F48, F50: that nothing is shown proves nothing, so only StartExecution under the same names settles it."""
    with EmbeddedLocalStack() as server:
        aws = AwsServer(endpoint_url=server.endpoint_url, region=REGION, client=server.client)
        with ground.on(aws=aws) as own:
            furnish(own)
            asking = Asking(own, drafts(own))
            asking.some_were_told.wait(60)
            server.kill()
            told = asking.wait()
            codes = {answer.get("errorCode") for answer in told.values()}
            assert codes <= {None, "dispatch_unconfirmed", "dispatcher_unavailable"}, told
            first = next(campaign for campaign, answer in told.items() if answer["success"])
            stopped = own.ask("stop", first)
            assert (stopped["success"], stopped["runState"]) == (True, "stopping"), stopped
            server.start()
            furnish(own)
            settle(own)
            for campaign in set(told) - {first}:
                answer = own.ask("start", campaign, idempotencyKey="the-key")
                assert answer["success"], answer
            settle(own)


def furnish(ground: Ground) -> None:
    """What a LocalStack that has just started lacks."""
    ground.make_machine()
    make_function(ground.aws, ground.function, "def handler(event, context):\n    return event\n")


def test_a_database_that_was_set_back_has_its_future_stopped(ground: Ground) -> None:
    """F16: executions that the restored database knows nothing of are orphans; the old ones are kept."""
    kept, lost = drafts(ground, 1), drafts(ground, 3)
    assert ground.ask("start", kept[0])["success"]
    lost_voice = [campaign for campaign in lost if campaign.startswith("harmed-voice")]
    for campaign in lost:
        assert ground.ask("start", campaign)["success"]
    for table in ("campaign_runs", "campaign_requests"):
        ground.sql(f"DELETE FROM {table} WHERE campaign_id <> %s", kept[0])
    ground.sql("UPDATE campaigns SET status = 'draft' WHERE id <> %s", kept[0])
    ground.sql("ALTER TABLE campaign_events DISABLE TRIGGER USER")
    ground.sql("DELETE FROM campaign_events WHERE campaign_id <> %s", kept[0])
    ground.sql("ALTER TABLE campaign_events ENABLE TRIGGER USER")
    ground.pass_grace()
    answer = ground.reconcile()
    orphans = answer["pools"]["voice"]["orphans"]
    assert {one["executionName"].rsplit("-", 2)[0] for one in orphans} == set(lost_voice)
    assert all(one["stopped"] and one["why"] == "no_run_on_record" for one in orphans)
    require_agreement(ground)
    require_rest(ground)
    again = ground.ask("start", lost_voice[0])
    assert again["success"], again
    settle(ground)

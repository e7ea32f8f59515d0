"""The orchestrator's user of Redis: every test here and elsewhere uses it; this is what it must not do."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from redis.exceptions import NoPermissionError, ResponseError

from orchestrator_adapters.redis.access import access_rules
from orchestrator_adapters.redis.client import redis_client
from orchestrator_adapters.redis.server_facts import RedisFacts
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from serving.servers import RedisServer, flush, raw_client

ROOMY_SECONDS = 5.0
"""A cluster is asked for its nodes first, and a machine may be busy; what is refused is refused at once."""
REFUSED = [
    ["FLUSHALL"],
    ["FLUSHDB"],
    ["KEYS", "*"],
    ["CONFIG", "GET", "*"],
    ["CONFIG", "SET", "maxmemory", "1"],
    ["ACL", "LIST"],
    ["CLIENT", "LIST"],
    ["MONITOR"],
    ["SHUTDOWN"],
    ["SCRIPT", "FLUSH"],
    ["PUBLISH", "channel", "x"],
    ["CLUSTER", "RESET"],
    ["GET", "somebody-else's"],
    ["GET", "campaign:else"],
    ["SMEMBERS", "campaign:type:voice:others"],
    ["RENAME", "campaign:execution:1", "campaign:execution:2"],
    ["EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", "somebody-else's"],
    ["EVAL", "return redis.call('KEYS', '*')", "0"],
]


@pytest.fixture(params=["redis_settings", "cluster_settings"])
def as_the_orchestrator(request: pytest.FixtureRequest) -> RedisSettings:
    settings: RedisSettings = request.getfixturevalue(request.param)
    assert settings.username == "orchestrator"
    return evolve(settings, timeout_seconds=ROOMY_SECONDS)


@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_what_the_orchestrator_does_not_need_is_refused(redis_settings: RedisSettings, command: list[str]) -> None:
    assert redis_settings.username == "orchestrator"
    client = redis_client(redis_settings)
    try:
        # What a script is refused comes as the script's error.
        with pytest.raises((NoPermissionError, ResponseError), match=r"(?i)no permissions|ACL failure"):
            client.execute_command(*command)
    finally:
        client.close()


@pytest.mark.parametrize("missing", [rule for rule in access_rules() if rule[0] in "~+"])
def test_every_rule_is_needed_by_the_ledger_or_by_doctor(missing: str, redis_cluster: RedisServer) -> None:
    """The user without one of its rules is refused something."""
    settings = evolve(redis_cluster.settings, username="with-fewer-rights", timeout_seconds=ROOMY_SECONDS)
    raw = raw_client(redis_cluster.settings)
    raw.script_flush()  # so that each script is sent whole, too
    fewer = [rule for rule in access_rules() if rule != missing]
    command = ["ACL", "SETUSER", "with-fewer-rights", "reset", "on", f">{settings.password}", *fewer]
    raw.execute_command(*command, target_nodes=raw.ALL_NODES)
    try:
        with pytest.raises(LedgerUnavailable) as away:
            use_everything(settings)
        assert away.value.cause != "no_answer"
    finally:
        raw.execute_command("ACL", "DELUSER", "with-fewer-rights", target_nodes=raw.ALL_NODES)
        raw.close()
        flush(redis_cluster.settings)


def test_with_all_of_them_nothing_is_refused(as_the_orchestrator: RedisSettings) -> None:
    use_everything(as_the_orchestrator)


def use_everything(settings: RedisSettings) -> None:
    """Every script of the ledger, and everything that doctor asks."""
    ledger, facts, now = RedisSlotLedger(settings), RedisFacts(settings), datetime.now(UTC)
    holder = Holder(
        campaign_id="a", campaign_type="sms", run_number=1, since=now - timedelta(hours=2), execution_reference="r"
    )
    try:
        ledger.record("sms", holder)
        ledger.usage(["sms"])
        ledger.release("sms", "b", 1)
        ledger.rebuild("sms", [holder], as_of=now)
        ledger.rebuild("sms", [], as_of=now + timedelta(hours=1))
        facts.memory()
        facts.recorded_campaigns(1)
    finally:
        ledger.close()
        facts.close()

"""Details that could not be removed when their run ended: the next rebuild does it, once (F22, F45)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from orchestrator_adapters.redis import scripts
from orchestrator_adapters.redis.keys import DetailsKeys
from orchestrator_adapters.redis.node_connection import Command
from orchestrator_adapters.redis.sending import Server, redis_server
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder
from orchestrator_domain.ports.slot_ledger import SlotLedger
from serving.servers import raw_client

SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
SET, RUNS = "campaign:type:sms:active", "{campaign:type:sms:active}:runs"
DETAILS, ENDED = "campaign:execution:a", "{campaign:execution:a}:ended"
DROP = scripts.drop_details(details=DetailsKeys("a").details, run_number=1).script.sha1


def holder(campaign: str = "a", number: int = 1) -> Holder:
    return Holder(campaign_id=campaign, campaign_type="sms", run_number=number, since=SINCE)


def rebuild_of_nobody(ledger: SlotLedger) -> None:
    """From a picture that shows every end that was told so far."""
    ledger.rebuild("sms", [], as_of=datetime.now(UTC) + timedelta(minutes=1))


class Between(Server):
    """A server before which something happens whenever a rebuild comes to drop details."""

    def __init__(self, settings: RedisSettings, happens: Callable[[], object]) -> None:
        self._server, self._happens = redis_server(settings), happens

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        if any(command[1] == DROP for command in commands):
            self._happens()
        return self._server.ask(commands, answer_by)

    def is_connected(self) -> bool:
        return self._server.is_connected()

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def with_between(any_settings: RedisSettings) -> Iterator[Callable[[Callable[[], object]], RedisSlotLedger]]:
    """A ledger to whose rebuilds something happens."""
    made: list[RedisSlotLedger] = []

    def make(happens: Callable[[], object]) -> RedisSlotLedger:
        made.append(RedisSlotLedger(any_settings, make_server=lambda settings: Between(settings, happens)))
        return made[-1]

    yield make
    for ledger in made:
        ledger.close()


def lost() -> None:
    raise TimeoutError


def test_a_server_without_memory_removes_them_all_the_same(node: RedisSettings) -> None:
    single, raw = RedisSlotLedger(node), raw_client(node)
    single.record("sms", holder())
    raw.config_set("maxmemory", "1")
    try:
        assert single.release("sms", "a", 1) == 0
    finally:
        raw.config_set("maxmemory", "0")
    assert raw.exists(DETAILS) == 0
    single.close()
    raw.close()


def test_a_node_of_a_cluster_that_was_away_at_the_end_is_asked_again_by_a_rebuild(
    cluster_settings: RedisSettings,
) -> None:
    raw = raw_client(cluster_settings)
    pool = raw.get_node_from_key(SET)
    name = next(f"c{n}" for n in range(100) if raw.get_node_from_key(f"campaign:execution:c{n}") != pool)
    details = f"campaign:execution:{name}"
    ledger = RedisSlotLedger(evolve(cluster_settings, timeout_seconds=5.0))
    ledger.record("sms", holder(name))
    user = ["ACL", "SETUSER", cluster_settings.username]
    raw.execute_command(*user, "-evalsha", "-eval", target_nodes=raw.get_node_from_key(details))
    try:
        with pytest.raises(LedgerUnavailable):
            ledger.release("sms", name, 1)
    finally:
        raw.execute_command(*user, "+evalsha", "+eval", target_nodes=raw.get_node_from_key(details))
    assert raw.hget(RUNS, name).startswith("1 ended ")
    assert raw.exists(details) == 1
    rebuild_of_nobody(ledger)
    assert raw.exists(details) == 0
    ledger.close()
    raw.close()


def test_an_end_is_looked_after_once_and_remembered_as_before(ledger: SlotLedger, raw: Any) -> None:
    ledger.record("sms", holder())
    ledger.release("sms", "a", 1)
    _, _, at = raw.hget(RUNS, "a").split()
    rebuild_of_nobody(ledger)
    assert raw.hget(RUNS, "a") == f"1 settled {at}"
    assert ledger.record("sms", holder()) == 0
    raw.set(DETAILS, "{}")
    rebuild_of_nobody(ledger)
    assert raw.exists(DETAILS) == 1


def test_a_rebuild_that_is_lost_before_it_drops_them_is_made_good_by_the_next_one(
    ledger: SlotLedger, raw: Any, with_between: Callable[[Callable[[], object]], RedisSlotLedger]
) -> None:
    ledger.record("sms", holder())
    with pytest.raises(LedgerUnavailable):
        rebuild_of_nobody(with_between(lost))
    assert (raw.exists(SET), raw.exists(DETAILS)) == (0, 1)
    rebuild_of_nobody(ledger)
    assert (raw.exists(DETAILS), raw.exists(RUNS)) == (0, 0)


@pytest.mark.parametrize("first_is_released", [False, True])
def test_a_run_that_begins_while_those_of_the_one_before_are_dropped_keeps_its_own(
    ledger: SlotLedger,
    raw: Any,
    with_between: Callable[[Callable[[], object]], RedisSlotLedger],
    first_is_released: bool,
) -> None:
    ledger.record("sms", holder())
    if first_is_released:
        ledger.release("sms", "a", 1)
    rebuild_of_nobody(with_between(lambda: ledger.record("sms", holder("a", 2))))
    assert raw.hget(RUNS, "a").startswith("2 held ")
    assert (raw.smembers(SET), raw.exists(DETAILS)) == ({"a"}, 1)


def test_an_entry_whose_end_lies_ahead_was_forged_and_goes_at_once(
    ledger: SlotLedger, raw: Any, with_between: Callable[[Callable[[], object]], RedisSlotLedger]
) -> None:
    raw.hset(RUNS, "a", "1 ended 9999999999999")
    rebuild_of_nobody(with_between(lost))
    assert raw.exists(RUNS) == 0


@pytest.mark.parametrize("campaign", [b"\xff", "ü".encode()])
def test_an_entry_that_could_not_be_settled_does_not_stay(ledger: SlotLedger, raw: Any, campaign: bytes) -> None:
    raw.hset(RUNS, campaign, "1 held 1")
    rebuild_of_nobody(ledger)
    assert raw.exists(RUNS) == 0

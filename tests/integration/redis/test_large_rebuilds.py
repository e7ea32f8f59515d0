"""A rebuild of more holders than one call has time for: it ends in time, and several of them come to the end."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator_adapters.redis.node_connection import Command
from orchestrator_adapters.redis.rebuilding import PART
from orchestrator_adapters.redis.sending import Server, redis_server
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable
from orchestrator_domain.pools import Holder

NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
SET, RUNS = "campaign:type:sms:active", "{campaign:type:sms:active}:runs"
DETAILS = "campaign:execution:*"
PARTS = 3
HOLDERS = [
    Holder(campaign_id=f"c{number}", campaign_type="sms", run_number=1, since=NOW - timedelta(hours=2))
    for number in range(PARTS * PART - 1)
]


class OutOfTime(Server):
    """A server that has time for ``most`` questions of each call.

    Attributes:
        commands: how many each question of the last call had.
        answer_by: of the last call.
    """

    def __init__(self, settings: RedisSettings, most: int) -> None:
        self._server, self._most = redis_server(settings), most
        self.commands: list[int] = []
        self.answer_by = 0.0

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        if answer_by != self.answer_by:
            self.commands, self.answer_by = [], answer_by
        if len(self.commands) == self._most:
            raise TimeoutError
        answers = self._server.ask(commands, answer_by)
        self.commands.append(len(commands))
        return answers

    def is_connected(self) -> bool:
        return self._server.is_connected()

    def close(self) -> None:
        pass  # the ledger gives it up at the end of the time, and is given it again


Made = tuple[RedisSlotLedger, OutOfTime]


@pytest.fixture
def with_time_for(node: RedisSettings) -> Iterator[Callable[[int], Made]]:
    known = RedisSlotLedger(node)  # the scripts are known to the server
    known.rebuild("other", HOLDERS[:1], as_of=NOW)
    known.rebuild("other", [], as_of=NOW)
    known.close()
    servers: list[OutOfTime] = []

    def make(most: int) -> Made:
        server = OutOfTime(node, most)
        servers.append(server)
        return RedisSlotLedger(node, make_server=lambda _: server), server

    yield make
    for server in servers:
        server._server.close()


def test_details_go_in_parts(with_time_for: Callable[[int], Made], raw_node: Any) -> None:
    ledger, server = with_time_for(100)
    assert len(ledger.rebuild("sms", HOLDERS, as_of=NOW).added) == len(HOLDERS)
    assert server.commands == [1 + PART, PART, PART - 1]
    assert len(raw_node.keys(DETAILS)) == len(HOLDERS)
    assert ledger.rebuild("sms", HOLDERS[:1], as_of=NOW).removed
    assert server.commands == [2, PART, 1, PART, 1, PART - 2, 1]
    assert (len(raw_node.keys(DETAILS)), raw_node.hlen(RUNS)) == (1, 1)


def test_rebuilds_that_end_early_show_all_details_together(
    with_time_for: Callable[[int], Made], raw_node: Any
) -> None:
    ledger, _ = with_time_for(1)
    for moment in range(PARTS):
        with pytest.raises(LedgerUnavailable) as away:
            ledger.rebuild("sms", HOLDERS, as_of=NOW + timedelta(microseconds=moment))
        assert away.value.cause == "no_answer"
        assert raw_node.scard(SET) == len(HOLDERS)  # the set is right from the first on
    assert len(raw_node.keys(DETAILS)) == len(HOLDERS)


def test_rebuilds_that_end_early_remove_all_details_together(
    with_time_for: Callable[[int], Made], raw_node: Any
) -> None:
    with_time_for(100)[0].rebuild("sms", HOLDERS, as_of=NOW)
    ledger, _ = with_time_for(3)
    for _ in range(PARTS - 1):
        with pytest.raises(LedgerUnavailable):
            ledger.rebuild("sms", [], as_of=NOW)
    ledger.rebuild("sms", [], as_of=NOW)
    assert (raw_node.keys(DETAILS), raw_node.exists(RUNS)) == ([], 0)


def test_the_time_of_a_call_begins_before_its_holders_are_looked_at(with_time_for: Callable[[int], Made]) -> None:
    looked_at: list[float] = []

    class Holders(list[Holder]):
        def __iter__(self) -> Iterator[Holder]:
            looked_at.append(time.monotonic())
            return super().__iter__()

    ledger, server = with_time_for(100)
    ledger.rebuild("sms", Holders(HOLDERS[:1]), as_of=NOW)
    assert looked_at[0] >= server.answer_by - ledger._settings.timeout_seconds

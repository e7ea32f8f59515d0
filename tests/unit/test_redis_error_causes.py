"""Every class of error that redis-py knows has its word: a new version cannot bring one that escapes (F43)."""

from collections.abc import Sequence
from typing import Any

import pytest
import redis.exceptions

from orchestrator_adapters.redis.error_causes import ANSWERED, LOOKED_FOR, cause_of
from orchestrator_adapters.redis.node_client import Command
from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.errors import LedgerUnavailable

NOT_MET_BY_OUR_CALLS = {
    "ChildDeadlockedError",
    "DataError",
    "ExecAbortError",
    "IncorrectPolicyType",
    "InvalidPipelineStack",
    "LockError",
    "LockNotOwnedError",
    "ModuleError",
    "NoSuchFieldsetError",
    "PubSubError",
    "WatchError",
}
"""Locks, transactions, subscriptions, modules, and wrong use of the driver."""


def classes() -> list[type[Exception]]:
    found = [one for one in vars(redis.exceptions).values() if isinstance(one, type)]
    return [one for one in found if issubclass(one, Exception) and one.__module__ == "redis.exceptions"]


def instance(cls: type[Exception]) -> Exception:
    """One of the class, whatever its constructor wants."""
    return cls.__new__(cls, "secret of the driver")


class FailingServer:
    """A server whose calls end in one error."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.closed = False

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        raise self._error

    def close(self) -> None:
        self.closed = True


def test_every_class_is_in_the_table_or_named_as_not_met() -> None:
    listed = {name for name, _ in LOOKED_FOR}
    names = {one.__name__ for one in classes()}
    assert len(names) > 25
    assert names - listed - NOT_MET_BY_OUR_CALLS == set()
    assert listed <= names


@pytest.mark.parametrize("listed", LOOKED_FOR, ids=lambda row: str(row[0]))
def test_the_more_special_class_has_its_own_word(listed: tuple[str, str]) -> None:
    name, cause = listed
    assert cause_of(instance(getattr(redis.exceptions, name))) == cause


@pytest.mark.parametrize(
    "error",
    [
        *(instance(cls) for cls in classes()),
        OSError("x"),
        TimeoutError("x"),
        ValueError("x"),
        TypeError("x"),
        AttributeError("x"),
        KeyError("x"),
        IndexError("x"),
        RuntimeError("x"),
        RecursionError("x"),
    ],
    ids=lambda error: str(type(error).__name__),
)
def test_nothing_but_ledger_unavailable_comes_out(error: Exception) -> None:
    server = FailingServer(error)
    ledger = RedisSlotLedger(RedisSettings(host="x", port=1), make_server=lambda _: server)
    with pytest.raises(LedgerUnavailable) as away:
        ledger.usage(["sms"])
    assert "secret" not in str(away.value)
    assert server.closed is (away.value.cause not in ANSWERED)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectionRefusedError(), "connection"),
        (ConnectionResetError(), "connection"),
        (TimeoutError(), "no_answer"),
        (AttributeError(), "unexpected_error"),
    ],
    ids=lambda one: str(one if isinstance(one, str) else type(one).__name__),
)
def test_errors_from_below_and_above_the_driver_have_words_too(error: Exception, cause: str) -> None:
    assert cause_of(error) == cause


def test_a_server_that_cannot_be_reached_is_a_ledger_that_is_away() -> None:
    def make(_: RedisSettings) -> Any:
        raise redis.exceptions.RedisClusterException("no node")

    with pytest.raises(LedgerUnavailable) as away:
        RedisSlotLedger(RedisSettings(host="x", port=1), make_server=make).usage(["sms"])
    assert away.value.cause == "cluster_down"

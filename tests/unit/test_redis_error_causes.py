"""Every class of error that redis-py knows has its word: a new version cannot bring one that escapes (F43)."""

from collections.abc import Sequence
from typing import Any

import hiredis
import pytest
import redis.exceptions
from redis.connection import DefaultParser

from orchestrator_adapters.redis.error_causes import ANSWERED, BY_CODE, LOOKED_FOR, cause_of
from orchestrator_adapters.redis.node_connection import Command
from orchestrator_adapters.redis.server_refusal import NotRedis, ServerRefusal
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

    def is_connected(self) -> bool:
        return True

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


REFUSALS = {
    "NOAUTH Authentication required.": "authentication",
    "WRONGPASS invalid username-password pair or user is disabled.": "authentication",
    "ERR invalid password": "authentication",
    "ERR AUTH <password> called without any password configured for the default user. Are you sure "
    "your configuration is correct?": "authentication",
    "ERR Client sent AUTH, but no password is set": "authentication",
    "ERR wrong number of arguments for 'auth' command": "authentication",
    "ERR wrong number of arguments for 'AUTH' command": "authentication",
    "ERR problem with LDAP service": "authentication",
    "ERR max number of clients reached": "connection",
    "NOPERM User orchestrator has no permissions to run the 'get' command": "no_permission",
    "LOADING Valkey is loading the dataset in memory": "loading",
    "OOM command not allowed when used memory > 'maxmemory'.": "out_of_memory",
    "READONLY You can't write against a read only replica.": "read_only",
    "NOSCRIPT No matching script.": "script_unknown",
    "MOVED 3999 127.0.0.1:6381": "cluster_moved",
    "ASK 3999 127.0.0.1:6381": "cluster_moved",
    "TRYAGAIN Multiple keys request during rehashing of slot": "cluster_moved",
    "CROSSSLOT Keys in request don't hash to the same slot": "cluster_slots",
    "CLUSTERDOWN Hash slot not served": "cluster_down",
    "MASTERDOWN Link with MASTER is down": "cluster_down",
    "WRONGTYPE Operation against a key holding the wrong kind of value": "refused",
    "BUSY Valkey is busy running a script.": "refused",
    "ERR unknown command 'EVALSHA'": "refused",
    "DENIED Redis is running in protected mode": "refused",
    "UNHEARDOF of": "refused",
    "": "refused",
}


@pytest.mark.parametrize("text", REFUSALS)
def test_what_a_node_refuses_has_the_word_that_it_has_by_redis_py(text: str) -> None:
    assert cause_of(ServerRefusal(text)) == REFUSALS[text]
    assert cause_of(DefaultParser.parse_error(text)) == REFUSALS[text]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("text", REFUSALS)
def test_of_a_refusal_nothing_but_its_code_is_kept(text: str) -> None:
    refusal = ServerRefusal(text)
    assert str(refusal) == refusal.code
    assert " " not in repr(refusal)


OF_OLD_SCRIPTS = {
    "@user_script:2: @user_script: 2: -READONLY You can't write against a read only replica.": "read_only",
    "@user_script:1: @user_script: 1: -OOM command not allowed when used memory > 'maxmemory'.": "out_of_memory",
    "@user_script:1: @user_script: 1: -MISCONF Redis is configured to save RDB snapshots": "refused",
    "@user_script:1: WRONGTYPE Operation against a key holding the wrong kind of value": "refused",
    "@enable_strict_lua:15: user_script:1: Script attempted to access nonexistent global variable 'x'": "refused",
    "@user_script: 1: Unknown Redis command called from Lua script": "refused",
}
"""As Redis 6.2 words them."""


@pytest.mark.parametrize("message", OF_OLD_SCRIPTS)
def test_what_an_old_server_refuses_within_a_script_has_the_word_of_the_refusal(message: str) -> None:
    """By another word the connection to a primary that is one no more would be kept (F32)."""
    reader = hiredis.Reader(replyError=ServerRefusal)
    reader.feed(f"-ERR Error running script (call to f_c696ab57977ad8c02d87897536d3499d15c44767): {message}\r\n")
    refusal = reader.gets()
    assert isinstance(refusal, ServerRefusal)
    assert cause_of(refusal) == OF_OLD_SCRIPTS[message]
    assert " " not in repr(refusal)


def test_every_code_that_redis_py_knows_is_in_the_table() -> None:
    unmet = {"ERR", "EXECABORT"}
    assert set(DefaultParser.EXCEPTION_CLASSES) - unmet <= set(BY_CODE)


def test_what_is_no_answer_has_its_word() -> None:
    assert cause_of(NotRedis("bytes of a stranger")) == "no_redis"


def test_a_server_that_cannot_be_reached_is_a_ledger_that_is_away() -> None:
    def make(_: RedisSettings) -> Any:
        raise redis.exceptions.RedisClusterException("no node")

    with pytest.raises(LedgerUnavailable) as away:
        RedisSlotLedger(RedisSettings(host="x", port=1), make_server=make).usage(["sms"])
    assert away.value.cause == "cluster_down"

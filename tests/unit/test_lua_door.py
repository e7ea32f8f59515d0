"""The doors to the Lua scripts: what does not fit fails when it is declared."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator_adapters.redis import scripts
from orchestrator_adapters.redis.keys import DetailsKeys, Key, PoolKeys
from orchestrator_adapters.redis.lua_door import ScriptCall, WrongDoor, door, script

LUA = """-- A script. KEYS and ARGV may be spoken of in comments.
local active, runs = KEYS[1], KEYS[2]
local campaign_id, run_number = ARGV[1], ARGV[2]
return 1
"""


def fitting(*, active: Key, runs: Key, campaign_id: str, run_number: int) -> None:
    """A door that fits LUA."""


def declare(declared: Callable[..., None], lua: str = LUA) -> Callable[..., ScriptCall]:
    return door("example", own=lua, text=lua)(declared)


def test_a_call_has_keys_and_arguments_in_the_declared_order() -> None:
    call = declare(fitting)(run_number=3, campaign_id="c", runs=Key("r"), active=Key("a"))
    assert call.command == ("EVALSHA", call.script.sha1, 2, "a", "r", "c", 3)
    assert call.whole_command == ("EVAL", LUA, 2, "a", "r", "c", 3)


def test_a_door_keeps_its_words() -> None:
    made = declare(fitting)
    assert (made.__name__, made.__doc__) == ("example", "A door that fits LUA.")


def keys_after_arguments(*, campaign_id: str, active: Key) -> None: ...
def positional(active: Key) -> None: ...
def with_default(*, active: Key, campaign_id: str = "") -> None: ...
def without_annotation(*, active) -> None: ...  # type: ignore[no-untyped-def]
def of_another_type(*, active: Key, since: float) -> None: ...
def without_key(*, campaign_id: str) -> None: ...
def too_few_keys(*, active: Key, campaign_id: str, run_number: int) -> None: ...
def too_few_arguments(*, active: Key, runs: Key, campaign_id: str) -> None: ...
def no_arguments(*, active: Key, runs: Key) -> None: ...
def other_names(*, active: Key, runs: Key, campaign: str, run_number: int) -> None: ...
def other_order(*, active: Key, runs: Key, run_number: int, campaign_id: str) -> None: ...
def keys_swapped(*, runs: Key, active: Key, campaign_id: str, run_number: int) -> None: ...


@pytest.mark.parametrize(
    "declared",
    [
        keys_after_arguments,
        positional,
        with_default,
        without_annotation,
        of_another_type,
        without_key,
        too_few_keys,
        too_few_arguments,
        no_arguments,
        other_names,
        other_order,
        keys_swapped,
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(declared: Callable[..., None]) -> None:
    with pytest.raises(WrongDoor):
        declare(declared)


@pytest.mark.parametrize("more", ["return KEYS[3]", "return ARGV[3]", "return #KEYS", "return unpack(ARGV)"])
def test_a_script_that_takes_more_than_it_names_is_refused(more: str) -> None:
    with pytest.raises(WrongDoor):
        declare(fitting, LUA.replace("return 1", more))


@pytest.mark.parametrize(
    "wrong",
    [{"active": "a"}, {"run_number": "3"}, {"campaign_id": 3}, {"run_number": None}],
    ids=lambda wrong: str(wrong),
)
def test_a_value_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    right = {"active": Key("a"), "runs": Key("r"), "campaign_id": "c", "run_number": 3}
    with pytest.raises(WrongDoor):
        declare(fitting)(**(right | wrong))


@pytest.mark.parametrize("given", [{}, {"active": Key("a"), "other": 1}])
def test_a_missing_or_unknown_value_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        declare(fitting)(**given)


def test_a_script_that_is_not_there_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        script("absent")


def test_a_value_of_a_more_special_type_is_taken() -> None:
    class Name(str):
        __slots__ = ()

    call = declare(fitting)(run_number=True, campaign_id=Name("c"), runs=Key("r"), active=Key("a"))
    assert call.command[3:] == ("a", "r", "c", True)


def test_the_parts_that_a_script_shares_are_sent_before_it_and_no_others() -> None:
    alone = scripts.read_pool(active=PoolKeys("sms").active).script.text
    assert alone.startswith("-- The campaigns that a pool's set shows")
    dropping = scripts.drop_details(details=DetailsKeys("a").details, run_number=1).script.text
    assert [dropping.count(f"local function {part}(") for part in ("only", "run_shown", "ours")] == [1, 1, 0]
    assert dropping.rstrip().endswith("return redis.call('DEL', details)")


def test_redis_py_is_not_imported_for_one_node() -> None:
    program = "import sys, orchestrator_adapters.redis.slot_ledger; print('redis' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"

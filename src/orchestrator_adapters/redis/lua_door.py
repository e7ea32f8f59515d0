"""Typed doors to Lua scripts: a function's signature declares the keys and arguments of the script behind it.

    @script("release")
    def release(*, active: Key, runs: Key, campaign_id: str, run_number: int) -> None: ...

The script in ``lua/release.lua`` names the same, in the same order, in its first statements:

    local active, runs = KEYS[1], KEYS[2]
    local campaign_id, run_number = ARGV[1], ARGV[2]

A door that does not fit its script fails when its module is imported. Calling it gives a ScriptCall to be sent.
A script may use what is in ``lua/shared``; its door names the parts, and they are put before it.
"""

import hashlib
import inspect
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec

from attrs import define, frozen

from orchestrator_adapters.redis.keys import Key

Declared = ParamSpec("Declared")
Values = tuple[str | int, ...]

LUA: Final = Path(__file__).parent / "lua"
ARGUMENT_TYPES: Final = (str, int)


class WrongDoor(TypeError):
    """A door and its script do not fit together."""


@frozen(eq=False)
class Script:
    """A script as it is sent, and how many of the values that it is given are keys."""

    text: str
    sha1: str
    key_count: int


@define(eq=False)
class ScriptCall:
    """One call of a script, not sent yet.

    Attributes:
        command: for a server that knows the script; with the keys, and then the arguments, at its end.
    """

    script: Script
    command: Values

    @property
    def whole_command(self) -> Values:
        """The command that brings the script along."""
        return ("EVAL", self.script.text, *self.command[2:])


def _digest(text: str) -> str:
    """The protocol's own name for a script: https://redis.io/docs/latest/commands/evalsha/"""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def script(name: str, *shared: str) -> Callable[[Callable[Declared, None]], Callable[Declared, ScriptCall]]:
    """The door to ``lua/NAME.lua``, sent after the parts of ``lua/shared`` that it uses.

    Raises WrongDoor when the function declares something else.
    """
    own = _read(name)
    return door(name, own=own, text="\n".join([*(_read(f"shared/{part}") for part in shared), own]))


def door(name: str, *, own: str, text: str) -> Callable[[Callable[Declared, None]], Callable[Declared, ScriptCall]]:
    """The door to the script ``own``, which is sent as ``text``."""

    def build(declared: Callable[Declared, None]) -> Callable[Declared, ScriptCall]:
        signature = inspect.signature(declared, eval_str=True)
        keys, arguments = _declared(name, signature)
        _require_names(name, own, "KEYS", keys)
        _require_names(name, own, "ARGV", arguments)

        sent = Script(text, _digest(text), len(keys))
        names = (*keys, *arguments)
        types = tuple(signature.parameters[name].annotation for name in names)
        given = {
            "ScriptCall": ScriptCall,
            "sent": sent,
            "known": ("EVALSHA", sent.sha1, sent.key_count),
            "looked_at": partial(_looked_at, name, names, types),
        }
        given |= {f"type_{parameter}": wanted for parameter, wanted in zip(names, types, strict=True)}
        call: Callable[Declared, ScriptCall] = eval(_checking(names), given)  # noqa: S307 - the names of parameters

        call.__name__, call.__doc__ = name, declared.__doc__
        return call

    return build


def _checking(names: Sequence[str]) -> str:
    """A function that makes a call of values with these names. A loop over them would cost more than all else."""
    right = " and ".join(f"type({name}) is type_{name}" for name in names)
    values = "".join(f"{name}, " for name in names)
    return (
        f"lambda *, {values}: ScriptCall(sent, (*known, {values}) if {right} else (*known, *looked_at(({values}))))"
    )


def _looked_at(name: str, names: Sequence[str], types: Sequence[type], values: Values) -> Values:
    """``values``, of which each is of its type or a more special one; raises WrongDoor for one that is not."""
    for parameter, wanted, value in zip(names, types, values, strict=True):
        if not isinstance(value, wanted):
            raise WrongDoor(f"{parameter} of {name} must be {wanted.__name__}, not {type(value).__name__}")
    return values


def _declared(name: str, signature: inspect.Signature) -> tuple[list[str], list[str]]:
    keys: list[str] = []
    arguments: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.default is not parameter.empty:
            raise WrongDoor(f"{parameter.name} of {name} must be keyword-only and without a default")
        if parameter.annotation is Key:
            if arguments:
                raise WrongDoor(f"{parameter.name} of {name} is a key, and keys come before arguments")
            keys.append(parameter.name)
        elif parameter.annotation in ARGUMENT_TYPES:
            arguments.append(parameter.name)
        else:
            raise WrongDoor(f"{parameter.name} of {name} must be a Key, a str or an int")
    if not keys:
        raise WrongDoor(f"{name} has no key, and a cluster could not tell where to run it")
    return keys, arguments


def _require_names(name: str, own: str, table: str, wanted: Sequence[str]) -> None:
    """The script takes exactly ``wanted`` out of KEYS or ARGV, in one statement, and nothing elsewhere."""
    places = ", ".join(f"{table}[{number}]" for number in range(1, len(wanted) + 1))
    statement = f"local {', '.join(wanted)} = {places}"
    code = re.sub(r"--.*", "", own)
    if wanted and statement not in code.splitlines():
        raise WrongDoor(f"{name}.lua must have the line: {statement}")
    if re.search(rf"\b{table}\b", code.replace(statement, "", 1) if wanted else code):
        raise WrongDoor(f"{name}.lua must use {table} for nothing but {', '.join(wanted) or 'nothing'}")


def _read(name: str) -> str:
    return (LUA / f"{name}.lua").read_text(encoding="utf-8")

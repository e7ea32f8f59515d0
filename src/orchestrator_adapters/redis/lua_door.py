"""Typed doors to Lua scripts: a function's signature declares the keys and arguments of the script behind it.

    @script("release")
    def release(*, active: Key, runs: Key, campaign_id: str, run_number: int) -> None: ...

The script in ``lua/release.lua`` names the same, in the same order, in its first statements:

    local active, runs = KEYS[1], KEYS[2]
    local campaign_id, run_number = ARGV[1], ARGV[2]

A door that does not fit its script fails when its module is imported. Calling it gives a ScriptCall to be sent.
"""

import hashlib
import inspect
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Final, ParamSpec

from attrs import frozen

from orchestrator_adapters.redis.keys import Key

Declared = ParamSpec("Declared")

SHARED: Final = "shared/ledger"
ARGUMENT_TYPES: Final = (str, int)


class WrongDoor(TypeError):
    """A door and its script do not fit together."""


@frozen
class ScriptCall:
    """One call of a script, not sent yet."""

    name: str
    text: str
    sha1: str
    keys: tuple[str, ...]
    arguments: tuple[str | int, ...]

    @property
    def command(self) -> tuple[str | int, ...]:
        """The command for a server that knows the script."""
        return ("EVALSHA", self.sha1, len(self.keys), *self.keys, *self.arguments)

    @property
    def whole_command(self) -> tuple[str | int, ...]:
        """The command that brings the script along."""
        return ("EVAL", self.text, len(self.keys), *self.keys, *self.arguments)


def _digest(text: str) -> str:
    """The protocol's own name for a script: https://redis.io/docs/latest/commands/evalsha/"""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def script(name: str) -> Callable[[Callable[Declared, None]], Callable[Declared, ScriptCall]]:
    """The door to ``lua/NAME.lua``; raises WrongDoor when the function declares something else."""
    own = _read(name)
    text = f"{_read(SHARED)}\n{own}"
    return door(name, own=own, text=text)


def door(name: str, *, own: str, text: str) -> Callable[[Callable[Declared, None]], Callable[Declared, ScriptCall]]:
    """The door to the script ``own``, which is sent as ``text``."""
    sha1 = _digest(text)

    def build(declared: Callable[Declared, None]) -> Callable[Declared, ScriptCall]:
        signature = inspect.signature(declared, eval_str=True)
        keys, arguments = _declared(name, signature)
        _require_names(name, own, "KEYS", keys)
        _require_names(name, own, "ARGV", arguments)

        types = {name: parameter.annotation for name, parameter in signature.parameters.items()}
        wanted = set(types)

        def call(*positional: Declared.args, **named: Declared.kwargs) -> ScriptCall:
            if positional or named.keys() != wanted:
                signature.bind(*positional, **named)  # says what is wrong
            for parameter, value in named.items():
                if not isinstance(value, types[parameter]):
                    its, other = types[parameter].__name__, type(value).__name__
                    raise WrongDoor(f"{parameter} of {name} must be {its}, not {other}")
            values: dict[str, Any] = named
            return ScriptCall(
                name,
                text,
                sha1,
                tuple(map(values.__getitem__, keys)),
                tuple(map(values.__getitem__, arguments)),
            )

        call.__name__, call.__doc__ = name, declared.__doc__
        return call

    return build


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
    return (files("orchestrator_adapters.redis") / "lua" / f"{name}.lua").read_text(encoding="utf-8")

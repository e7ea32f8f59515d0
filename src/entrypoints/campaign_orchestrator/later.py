"""Imports what is made when it is made: a cold start pays for one route, and not for all."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def later(path: str) -> Callable[..., Any]:
    """Makes an object of the class at ``path`` ("package.module:Class"); the first call imports it."""
    module, _, name = path.partition(":")

    def make(**parts: Any) -> Any:
        return getattr(import_module(module), name)(**parts)

    make.__qualname__ = path
    return make

"""Waits until something is so, and not for long."""

import time
from collections.abc import Callable

from orchestrator_adapters.postgres.settings import PostgresSettings
from serving import direct_sql


def until(is_so: Callable[[], bool], seconds: float = 2.5) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


def until_a_lock_is_waited_for(database: PostgresSettings, seconds: float = 10.0) -> None:
    until(lambda: bool(direct_sql.ask(database, "SELECT 1 FROM pg_locks WHERE NOT granted")), seconds)

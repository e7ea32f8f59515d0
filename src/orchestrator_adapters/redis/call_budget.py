"""A bound on all that one call does."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """The result or the error of ``work``; TimeoutError after ``seconds``, whatever it is waiting for.

    The driver's timeouts bound one wait each, not their sum: a name that is looked up, several addresses of one
    host, a cluster that is asked for its nodes, an answer that comes byte by byte. So the work has a thread of
    its own, which is left behind when the time is over, and ends with its connection.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    Thread(target=run, name="slot-ledger", daemon=True).start()
    return outcome.result(timeout=seconds)

"""Aftercare: watches the calls of an execution that was aborted, until they have ended."""

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen

from voice_workflow.call_book import CallBook
from voice_workflow.monitor import SECONDS_BETWEEN_LOOKS, SECONDS_TO_ANSWER, Monitor
from voice_workflow.work_order import WorkOrder

NOTHING_BEGUN: Final = "nothing_begun"


class StillCalling(RuntimeError):
    """Calls go on. The invocation fails on purpose: Lambda tries it again."""


@frozen(kw_only=True)
class Aftercare:
    """Stopping an execution ends no call, and nobody looks at its calls then. Without this the slot would be held
    for as long as a call may last; with it, for as long as the calls do last.

    It may look at the same time as a Monitor task that is still alive: what they record is the same.
    """

    calls: CallBook
    monitor: Monitor

    def execute(self, execution_name: str, *, seconds_left: Callable[[], float]) -> dict[str, Any]:
        """Watch until every call has ended, and end the batch.

        Raises:
            StillCalling: the time is over.
            StoreUnavailable, psycopg.Error: the database does not answer.
        """
        while True:
            batch = self.calls.batch_of(execution_name)
            if batch is None:
                return {"next": None, "why": NOTHING_BEGUN}
            order = WorkOrder.read(batch.work_order)
            # In this order: contacts that Dispatch takes up after the look are not seen by it.
            if batch.is_placed and not self.monitor.look(order):
                return self.monitor.end_batch(order)
            if seconds_left() < SECONDS_TO_ANSWER:
                raise StillCalling
            self.monitor.sleep(SECONDS_BETWEEN_LOOKS)

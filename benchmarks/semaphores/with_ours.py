"""The orchestrator's slot ledger, through its port: what shows a slot that PostgreSQL has given."""

from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from benchmarks.semaphores.terms import Terms

from orchestrator_adapters.redis.settings import RedisSettings
from orchestrator_adapters.redis.slot_ledger import RedisSlotLedger
from orchestrator_domain.pools import Holder


class OfOurs:
    def __init__(self, terms: Terms) -> None:
        settings = RedisSettings(host=terms.host, port=terms.port, password=terms.password)
        self._ledger = RedisSlotLedger(settings)
        self._campaign, self._numbers, self._number = uuid4().hex, count(1), 0

    def acquire(self) -> bool:
        self._number = next(self._numbers)
        holder = Holder(
            campaign_id=self._campaign,
            campaign_type="sms",
            run_number=self._number,
            since=datetime.now(UTC),
            execution_reference="reference",
        )
        return self._ledger.record("sms", holder) > 0

    def release(self) -> None:
        self._ledger.release("sms", self._campaign, self._number)


semaphore = OfOurs

"""What is done while a dispatch is recorded is done while the server works."""

import time

from asking.requests import ORIGIN, admission, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_domain.run import RunState

SECONDS_TO_SEE_IT = 5.0


def test_the_server_records_meanwhile(postgres_store: PostgresStoreUnderTest) -> None:
    run = postgres_store.repository.admit(admission(postgres_store.put_campaign(unique("c")))).run
    assert run is not None
    seen: list[bool] = []

    def look() -> None:
        give_up = time.monotonic() + SECONDS_TO_SEE_IT
        found = "SELECT 1 FROM campaign_runs WHERE campaign_id = %s AND state = 'dispatched'"
        while not postgres_store.sql(found, run.campaign_id) and time.monotonic() < give_up:
            time.sleep(0.01)
        seen.append(bool(postgres_store.sql(found, run.campaign_id)))

    postgres_store.repository.mark_dispatched(
        run.identity, reference="r", state=RunState.DISPATCHED, origin=ORIGIN, meanwhile=look
    )
    assert seen == [True]

"""Campaigns with contacts and runs in a real database, and dispatchers of this process to work on them."""

import json
from collections.abc import Mapping
from typing import Any

from asking.requests import ORIGIN, admission, end_of, stopping, unique
from asking.stores import PostgresStoreUnderTest
from campaign_contacts.contact_book import ContactBook
from orchestrator_adapters.postgres.connection_pool import BoundedPool
from orchestrator_domain.campaign import Action
from orchestrator_domain.decisions import EndVerdict
from orchestrator_domain.ports.run_claims import RunClaims
from orchestrator_domain.run import Run, RunIdentity, RunOutcome, RunState
from watching.canaries import CONFIG_CANARY

CONFIGS: dict[str, dict[str, Any]] = {
    "sms": {"message": "Good day, $name", "messagesPerSecond": 10_000, "note": CONFIG_CANARY},
    "voice": {"callsAtOnce": 2, "note": CONFIG_CANARY},
    "hybrid": {
        "callsAtOnce": 2,
        "smsActions": {"message": "Thank you, $name", "topicArn": "arn:topic"},
        "note": CONFIG_CANARY,
    },
}


class Desk:
    """Where work is laid out. ``store`` is the orchestrator's own."""

    def __init__(self, store: PostgresStoreUnderTest) -> None:
        self.store = store
        self.pool: BoundedPool = store.doors_of_dispatchers.pool
        self.claims: RunClaims = store.run_claims
        self.book = ContactBook(self.pool)

    def put_campaign(
        self,
        campaign_type: str = "sms",
        *,
        contacts: int = 7,
        variables: Mapping[str, Any] | None = None,
        **config: Any,
    ) -> str:
        campaign = self.store.put_campaign(
            unique("c"), campaign_type=campaign_type, config=CONFIGS[campaign_type] | config
        )
        self.store.sql(
            "INSERT INTO campaign_contacts (campaign_id, contact_id, phone, variables)"
            " SELECT %s, 'contact-' || n, '+1555' || lpad(n::text, 7, '0'), %s FROM generate_series(1, %s) n",
            campaign,
            json.dumps({"name": "neighbour"} if variables is None else variables),
            contacts,
        )
        return campaign

    def order(self, campaign: str, action: Action = Action.START, *, batch_size: int = 3) -> dict[str, Any]:
        """Admit a run and hand it over; the dispatch input, as its dispatcher gets it."""
        run = self.store.repository.admit(admission(campaign, action)).run
        assert run is not None
        self.store.repository.mark_dispatched(
            run.identity, reference="ref", state=RunState.DISPATCHED, origin=ORIGIN
        )
        order: dict[str, Any] = json.loads(run.dispatch_input)
        return {**order, "batchSize": batch_size, "attempt": 1}

    def stop(self, campaign: str, action: Action = Action.STOP) -> None:
        self.store.repository.begin_stopping(stopping(campaign, action))

    def run(self, order: Mapping[str, Any]) -> Run:
        """The run of a dispatch input, or the one that has taken its place."""
        ((number,),) = self.store.sql(
            "SELECT max(number) FROM campaign_runs WHERE campaign_id = %s", order["campaignId"]
        )
        run = self.store.repository.find_run(RunIdentity(campaign_id=order["campaignId"], number=number))
        assert run is not None
        return run

    def end(self, order: Mapping[str, Any], outcome: RunOutcome = RunOutcome.SUCCEEDED) -> None:
        """End the run, as the orchestrator does when it sees that the execution has closed."""
        assert self.store.repository.end_run(end_of(self.run(order), outcome)).verdict is EndVerdict.ENDED

    def status(self, campaign: str) -> str:
        return str(self.store.sql("SELECT status FROM campaigns WHERE id = %s", campaign)[0][0])

    def states(self, campaign: str) -> dict[str, int]:
        """How many contacts are in each state."""
        return dict(
            self.store.sql(
                "SELECT state, count(*) FROM campaign_contacts WHERE campaign_id = %s GROUP BY state", campaign
            )
        )

    def contacts(self, campaign: str) -> dict[str, str]:
        """The state of each contact."""
        return dict(
            self.store.sql("SELECT contact_id, state FROM campaign_contacts WHERE campaign_id = %s", campaign)
        )

    def codes(self, campaign: str) -> set[str | None]:
        return {
            row[0] for row in self.store.sql("SELECT code FROM campaign_contacts WHERE campaign_id = %s", campaign)
        }

    def recorded(self, table: str, campaign: str) -> dict[str, int]:
        """How often each contact is in a table of a recording provider."""
        return dict(
            self.store.sql(
                f"SELECT contact_id, count(*) FROM {table} WHERE campaign_id = %s GROUP BY contact_id", campaign
            )
        )

    def everybody_hangs_up(self) -> None:
        """End every call, as those who are called might."""
        self.store.sql("UPDATE recorded_calls SET hung_up_at = clock_timestamp() WHERE hung_up_at IS NULL")

    def opt_out(self, number: int) -> None:
        self.store.sql(
            "INSERT INTO opt_outs (phone) VALUES ('+1555' || lpad(%s::text, 7, '0')) ON CONFLICT DO NOTHING",
            str(number),
        )

    def close(self) -> None:
        """Nothing of it outlives the store."""

"""A config that Python cannot read is refused like any other that cannot be run, and breaks no query."""

from asking.requests import admission, unique
from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.decisions import Verdict
from serving import direct_sql

DEEPER_THAN_PYTHON_READS = 3_000


def test_a_config_deeper_than_python_reads(
    postgres_store: PostgresStoreUnderTest, database: PostgresSettings
) -> None:
    campaign = postgres_store.put_campaign(unique("c"))
    deep = '{"a":' * DEEPER_THAN_PYTHON_READS + "1" + "}" * DEEPER_THAN_PYTHON_READS
    with direct_sql.connect(database) as connection:
        connection.execute("UPDATE campaigns SET config = %s::jsonb WHERE id = %s", (deep, campaign))
    decision = postgres_store.repository.admit(admission(campaign))
    assert decision.verdict is Verdict.INVALID_CAMPAIGN
    assert decision.invalid_field is not None
    assert decision.invalid_field.name == "config"
    assert postgres_store.repository.find_campaigns([campaign])[campaign].config == {}

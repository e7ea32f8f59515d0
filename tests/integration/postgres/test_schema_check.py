"""Whether the database has the schema of this version."""

import pytest

from asking.stores import PostgresStoreUnderTest
from orchestrator_adapters.postgres.connection_pool import connection_pool
from orchestrator_adapters.postgres.doors import Doors
from orchestrator_adapters.postgres.schema_check import schema_difference
from orchestrator_adapters.postgres.settings import PostgresSettings
from orchestrator_domain.errors import StoreUnavailable


def test_a_migrated_database_fits(postgres_store: PostgresStoreUnderTest) -> None:
    assert schema_difference(postgres_store.doors).is_none


def test_each_difference_is_named(postgres_store: PostgresStoreUnderTest) -> None:
    postgres_store.sql("DELETE FROM campaign_schema_migrations WHERE name = 'doors/80_claims.sql'")
    postgres_store.sql("UPDATE campaign_schema_migrations SET checksum = 'x' WHERE name = 'doors/40_admit.sql'")
    postgres_store.sql("INSERT INTO campaign_schema_migrations VALUES ('migrations/9999_later.sql', 'x')")
    found = schema_difference(postgres_store.doors)
    assert not found.is_none
    assert found.missing == ("doors/80_claims.sql",)
    assert found.changed == ("doors/40_admit.sql",)
    assert found.unknown == ("migrations/9999_later.sql",)


def test_an_empty_database_is_told(empty_database: PostgresSettings) -> None:
    doors = Doors(connection_pool(empty_database))
    with pytest.raises(StoreUnavailable) as error:
        schema_difference(doors)
    doors.close()
    assert error.value.cause == "schema_does_not_fit"

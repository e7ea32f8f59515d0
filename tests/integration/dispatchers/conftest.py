"""A database with campaigns, runs and contacts, for dispatchers that run in this process."""

from collections.abc import Iterator

import pytest

from asking.stores import PostgresStoreUnderTest
from campaign_orchestrator.local.contact_tables import create_contact_tables
from campaign_orchestrator.local.run_time_users import DISPATCHER
from dispatching.desk import Desk
from serving.stack import Stack


@pytest.fixture
def desk(postgres_store: PostgresStoreUnderTest) -> Iterator[Desk]:
    """Where the work of dispatchers is laid out."""
    create_contact_tables(postgres_store.settings, DISPATCHER)
    laid_out = Desk(postgres_store)
    yield laid_out
    laid_out.close()


@pytest.fixture
def stack(campaigns: Stack) -> Stack:
    """The deployed service, with no campaign live before and after the test."""
    return campaigns

"""Dispatchers that know nothing of runs, in LocalStack."""

from collections.abc import Iterator

import pytest

from serving.deployed import Deployed
from serving.stack import Stack
from serving.unreported import UnreportedDispatchers


@pytest.fixture(scope="package")
def made(deployed: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnreportedDispatchers]:
    dispatchers = UnreportedDispatchers(deployed, tmp_path_factory.mktemp("plain-code"))
    dispatchers.deploy()
    yield dispatchers
    dispatchers.delete()


@pytest.fixture
def plain(made: UnreportedDispatchers, campaigns: Deployed) -> UnreportedDispatchers:
    """The orchestrator, with no campaign live before and after the test, told of every invocation's end."""
    assert campaigns is made.deployed
    made.told(destinations=True)
    return made

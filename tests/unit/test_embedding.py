"""The domain inside a service of somebody else's, as docs/embedding.md shows it."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import orchestrator_domain as domain
from embedding import service
from orchestrator_adapters.memory.deadline import NoDeadline

EXAMPLE = Path(service.__file__)


@pytest.fixture
def client() -> TestClient:
    service.queue.clear()
    for name in ("a", "b", "c"):
        service.store.put_campaign(name, campaign_type="email", status="draft")
    return TestClient(service.app)


def test_campaigns_run_in_the_service_s_own_queue_within_its_own_pool(client: TestClient) -> None:
    first = client.post("/campaigns/a/start", headers={"Idempotency-Key": "k"})
    assert (first.status_code, first.json()["runState"]) == (200, "dispatched")
    assert client.post("/campaigns/a/start", headers={"Idempotency-Key": "k"}).json() == first.json()
    assert client.post("/campaigns/b/start").status_code == 200
    full = client.post("/campaigns/c/start")
    assert (full.status_code, full.json()["errorCode"]) == (429, "resource_limit_reached")
    assert len(service.queue) == 2
    assert client.post("/campaigns/nobody/start").status_code == 404
    assert client.post("/campaigns/a/pause").status_code in (200, 202)
    for campaign in ("a", "b"):
        assert client.post(f"/campaigns/{campaign}/stop").status_code in (200, 202)
    shown = client.get("/metrics").text
    assert 'campaign_orchestrator_campaign_starts_total{action="start",pool="email"} 2.0' in shown
    assert 'campaign_orchestrator_campaign_start_failures_total{pool="email"} 1.0' in shown


def test_signals_are_followed_up_and_a_reconciliation_finishes_what_is_half_done(client: TestClient) -> None:
    orchestrator, origin = service.orchestrator, domain.Origin(source="test")
    assert client.post("/campaigns/a/start").json()["runNumber"] >= 1
    (pool,) = orchestrator.status(domain.StatusQuery(), NoDeadline()).pools
    assert (pool.usage.name, pool.usage.active, pool.usage.limit) == ("email", 1, 2)
    hint = domain.OutcomeHint(campaign_id="a", run_number=1, said="something", origin=origin)
    assert orchestrator.follow_up(hint, NoDeadline()).run is not None
    service.store.put_campaign("a", campaign_type="email", status="cancelled")
    done = orchestrator.reconcile(domain.ReconcileCommand(origin=origin), NoDeadline())
    assert [repair.repair.value for repair in done.pools[0].repairs] == ["fenced", "stopped"]
    (pool,) = orchestrator.status(domain.StatusQuery(), NoDeadline()).pools
    assert pool.usage.active == 0


def test_the_example_has_under_sixty_lines() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60


def test_every_public_name_is_there_and_no_other() -> None:
    shown = {name: getattr(domain, name).__name__ for name in domain.PUBLIC}
    assert shown == {name: name for name in domain.__all__}
    with pytest.raises(AttributeError, match="no attribute 'nobody'"):
        _ = domain.nobody

"""A state machine that polls the campaign's status, and sets it itself."""

import pytest

from serving.deployed import Deployed
from serving.unreported import UnreportedDispatchers


def settled(plain: UnreportedDispatchers, campaigns: Deployed, campaign: str) -> str | None:
    """How the run has ended, found by reconciliations that come at any moment."""

    def ended() -> bool:
        assert plain.ask("reconcile")["success"]
        return plain.run(campaign)[1] == "ended"

    campaigns.wait_until(ended, what="the run has ended")
    return plain.run(campaign)[2]


@pytest.mark.parametrize(
    ("call_outcome", "status", "outcome"),
    [("answered", "completed", "succeeded"), ("busy", "failed", "failed")],
)
def test_the_status_that_it_sets_is_no_surprise(
    plain: UnreportedDispatchers, campaigns: Deployed, call_outcome: str, status: str, outcome: str
) -> None:
    variables = {"callSeconds": 0, "callOutcome": call_outcome}
    campaign = campaigns.put_campaign("voice", contacts=2, variables=variables)
    assert plain.ask("start", campaign)["runState"] == "running"
    assert settled(plain, campaigns, campaign) == outcome
    assert campaigns.status_of(campaign) == status
    kinds = [kind for (kind,) in campaigns.sql("SELECT kind FROM campaign_events WHERE campaign_id = %s", campaign)]
    assert "fenced" not in kinds
    assert campaigns.live("voice") == campaigns.members("voice") == set()


def test_pause_stops_its_execution_and_resume_begins_another(
    plain: UnreportedDispatchers, campaigns: Deployed
) -> None:
    campaign = campaigns.put_campaign("voice", contacts=1)
    started = plain.ask("start", campaign)
    campaigns.wait_until_calling(campaign)
    assert plain.ask("pause", campaign)["success"]
    assert settled(plain, campaigns, campaign) == "stopped"
    assert (campaigns.status_of(campaign), campaigns.live("voice")) == ("paused", set())
    assert campaigns.has_closed(started)
    campaigns.sql("UPDATE recorded_calls SET hung_up_at = clock_timestamp() WHERE campaign_id = %s", campaign)
    assert plain.ask("resume", campaign)["runNumber"] == 2
    assert settled(plain, campaigns, campaign) == "succeeded"
    assert campaigns.status_of(campaign) == "completed"

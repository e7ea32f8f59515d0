"""Tells listeners what has happened, after its commit."""

from attrs import frozen

from orchestrator_domain.campaign import Action
from orchestrator_domain.ports.event_publisher import CampaignEvent, EventPublisher
from orchestrator_domain.run import Run, RunOutcome

AFTER_ACTION = {
    Action.START: "campaign.started",
    Action.RESUME: "campaign.resumed",
    Action.RETRY: "campaign.retried",
    Action.PAUSE: "campaign.paused",
    Action.STOP: "campaign.stopped",
}


@frozen(kw_only=True, eq=False, repr=False)
class Announcements:
    """Publishes what has happened to a run. Best effort: the audit trail is the record."""

    publisher: EventPublisher

    def action_done(self, action: Action, run: Run) -> None:
        """An action had its effect on ``run``."""
        self._publish(AFTER_ACTION[action], run)

    def run_ended(self, run: Run) -> None:
        """``run`` has ended by itself, or was given up."""
        completed = run.outcome is RunOutcome.SUCCEEDED
        self._publish("campaign.completed" if completed else "campaign.failed", run)

    def _publish(self, kind: str, run: Run) -> None:
        self.publisher.publish(
            CampaignEvent(
                kind=kind,
                campaign_id=run.campaign_id,
                campaign_type=run.campaign_type,
                run_number=run.number,
                at=run.observed_at,
                detail={"runId": run.run_id, "outcome": run.outcome.value if run.outcome else None},
            )
        )

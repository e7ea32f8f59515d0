"""The common path of pause and stop: commit the fence, then bring the run to rest."""

from attrs import field, frozen

from orchestrator_domain import budgets
from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.decisions import Decision, RequestKey, StopRequest
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.ports.campaign_repository import CampaignRepository
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.ports.metrics import Metrics, NoMetrics
from orchestrator_domain.run import Run, RunState
from orchestrator_domain.use_cases.announcements import Announcements
from orchestrator_domain.use_cases.gauges import Gauges
from orchestrator_domain.use_cases.refusals import AGREEMENTS, refusal_of
from orchestrator_domain.use_cases.time_left import require_time
from orchestrator_domain.use_cases.wind_down import Rest, WindDown

AT_REST = {Action.PAUSE: "Campaign paused successfully", Action.STOP: "Campaign stopped successfully"}
COMING_TO_REST = {
    Action.PAUSE: "Campaign paused; no further batch begins, and its run is still stopping",
    Action.STOP: "Campaign stopped; no further batch begins, and its run is still stopping",
}

NOT_FENCED = {
    Action.PAUSE: "Campaign paused; its invocation cannot be stopped, and holds its slot until it has ended",
    Action.STOP: "Campaign stopped; its invocation cannot be stopped, and holds its slot until it has ended",
}


@frozen(kw_only=True, eq=False, repr=False)
class HaltCampaign:
    """Takes a campaign out of work.

    1. One commit: campaign paused or cancelled, its live run STOPPING, key and audit row. From here on no
       batch of the campaign begins.
    2. The run is brought to rest; its slot is free once it is.
    3. The answer is a success as soon as 1 holds, and says whether the run is still stopping, with how many
       contacts are in flight.
    4. Repeating it, with or without the same key, finishes what an earlier call left.
    """

    repository: CampaignRepository
    wind_down: WindDown
    announcements: Announcements
    metrics: Metrics = field(factory=NoMetrics)

    def halt(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        """Carry the command out; raises an OrchestratorError for every refusal."""
        try:
            return self._halt(command, deadline)
        except OrchestratorError as error:
            Gauges(self.metrics).refused(error, action=command.action.value)
            raise

    def _halt(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        require_time(deadline, budgets.STORE_SECONDS + budgets.ANSWER_RESERVE_SECONDS)
        decision = self.repository.begin_stopping(
            StopRequest(
                campaign_id=command.campaign_id,
                action=command.action,
                key=RequestKey(key=command.idempotency_key, content_hash=command.content_hash),
                origin=command.origin,
            )
        )
        if decision.verdict not in AGREEMENTS:
            raise refusal_of(
                decision,
                campaign_id=command.campaign_id,
                action=command.action,
                seed=command.idempotency_key,
            )
        rest = self._bring_to_rest(decision, command, deadline)
        run = rest.run if rest else None
        if run is not None and not decision.replayed:
            self.announcements.action_done(command.action, run)
        return ActionAnswer(
            campaign_id=decision.campaign.campaign_id if decision.campaign else command.campaign_id,
            campaign_type=_campaign_type(decision, run),
            action=command.action,
            message=self._message(command.action, run),
            run=run,
            projection=rest.projection if rest else None,
        )

    def _message(self, action: Action, run: Run | None) -> str:
        if run is None or run.state is RunState.ENDED:
            return AT_REST[action]
        fenced = not self.wind_down.dispatchers.is_unreported_invocation(run)
        return (COMING_TO_REST if fenced else NOT_FENCED)[action]

    def _bring_to_rest(self, decision: Decision, command: ActionCommand, deadline: Deadline) -> Rest | None:
        if decision.run is None:
            return None
        return self.wind_down.bring_to_rest(decision.run, deadline, origin=command.origin)


def _campaign_type(decision: Decision, run: Run | None) -> str | None:
    if decision.campaign is not None:
        return decision.campaign.campaign_type
    return run.campaign_type if run else None

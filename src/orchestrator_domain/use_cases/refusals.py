"""The error that each refusal of the repository is told as."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from orchestrator_domain import budgets, errors
from orchestrator_domain.campaign import Action, Campaign, CampaignStatus, actions_allowed_in
from orchestrator_domain.decisions import Decision, Verdict
from orchestrator_domain.retry_after import retry_after_seconds
from orchestrator_domain.run import Run
from orchestrator_domain.shown_values import harmless

AGREEMENTS: Final = frozenset({Verdict.ADMITTED, Verdict.STOPPING, Verdict.ALREADY_DONE})


def refusal_of(decision: Decision, *, campaign_id: str, action: Action, seed: str) -> errors.OrchestratorError:
    """The error for a decision that is no agreement. ``seed`` spreads the retry times of several callers."""
    return _BUILDERS[decision.verdict](decision, campaign_id, action, seed)


def _type_of(decision: Decision) -> str | None:
    return decision.campaign.campaign_type if decision.campaign else None


def _not_found(_: Decision, campaign_id: str, __: Action, ___: str) -> errors.OrchestratorError:
    return errors.CampaignNotFound(campaign_id=campaign_id)


def _key_reused(_: Decision, __: str, ___: Action, ____: str) -> errors.OrchestratorError:
    return errors.IdempotencyKeyReused()


def _invalid_state(decision: Decision, _: str, action: Action, __: str) -> errors.OrchestratorError:
    if decision.campaign is None:
        raise AssertionError("a repository refuses a state only of a campaign that it found")
    return invalid_state(decision.campaign, action, decision.run)


def invalid_state(campaign: Campaign, action: Action, run: Run | None) -> errors.InvalidState:
    """The refusal that names the status, the run in the way, and what would be allowed."""
    in_the_way = f" (run {run.number}, since {run.created_at.isoformat()})" if run and run.is_live else ""
    known = {status.value: status for status in CampaignStatus}.get(campaign.status)
    allowed = tuple(allowed.value for allowed in actions_allowed_in(known)) if known else ()
    return errors.InvalidState(
        f"Campaign {campaign.campaign_id} is {harmless(campaign.status)}{in_the_way}: "
        f"{action.value} is not allowed; allowed: {', '.join(allowed) or 'nothing'}",
        status=campaign.status,
        allowed_actions=allowed,
        campaign_type=campaign.campaign_type,
    )


def _invalid_campaign(decision: Decision, _: str, __: Action, ___: str) -> errors.OrchestratorError:
    field = decision.invalid_field
    if field is None:
        raise AssertionError("a repository names the field of an invalid campaign")
    return errors.InvalidCampaign(
        field=field.name, value=field.value, allowed=field.allowed, campaign_type=_type_of(decision)
    )


def _too_large(decision: Decision, _: str, __: Action, ___: str) -> errors.OrchestratorError:
    return errors.PayloadTooLarge(
        field=decision.largest_field or "config",
        size_bytes=decision.size_bytes or 0,
        limit_bytes=decision.limit_bytes or 0,
        campaign_type=_type_of(decision),
    )


def _still_stopping(decision: Decision, _: str, __: Action, ___: str) -> errors.OrchestratorError:
    run = decision.run
    if run is None:
        raise AssertionError("a repository names the run that is still stopping")
    return errors.StillStopping(
        run_number=run.number,
        in_flight=run.in_flight,
        retry_after_seconds=budgets.STILL_STOPPING_RETRY_SECONDS,
        campaign_type=_type_of(decision),
    )


def _full(decision: Decision, _: str, __: Action, seed: str) -> errors.OrchestratorError:
    if decision.usage is None:
        raise AssertionError("a repository shows the pool that is full")
    return errors.ResourceLimitReached(
        usage=decision.usage,
        retry_after_seconds=retry_after_seconds(decision.usage, seed=seed),
        campaign_type=_type_of(decision),
    )


def _halted(decision: Decision, _: str, __: Action, ___: str) -> errors.OrchestratorError:
    if decision.usage is None or decision.usage.halted_reason is None:
        raise AssertionError("a repository shows the pool that is halted")
    return errors.PoolHalted(
        pool=decision.usage.name,
        reason=decision.usage.halted_reason,
        retry_after_seconds=budgets.HALTED_RETRY_SECONDS,
        campaign_type=_type_of(decision),
    )


_Builder = Callable[[Decision, str, Action, str], errors.OrchestratorError]
_BUILDERS: Final[Mapping[Verdict, _Builder]] = MappingProxyType(
    {
        Verdict.CAMPAIGN_NOT_FOUND: _not_found,
        Verdict.IDEMPOTENCY_KEY_REUSED: _key_reused,
        Verdict.INVALID_STATE: _invalid_state,
        Verdict.INVALID_CAMPAIGN: _invalid_campaign,
        Verdict.PAYLOAD_TOO_LARGE: _too_large,
        Verdict.STILL_STOPPING: _still_stopping,
        Verdict.RESOURCE_LIMIT_REACHED: _full,
        Verdict.POOL_HALTED: _halted,
    }
)
